// What each operation needs so that it would succeed with the right credentials: real ids in its path, a body, headers.
// Every operation has its own, so that one cannot spoil another.
import { randomUUID } from 'node:crypto';
import { VERSION, fresh } from './stage.mjs';

const chat = (path) => `${path}?api-version=${VERSION.chat}`;
const rooms = (path) => `${path}?api-version=${VERSION.rooms}`;
const automation = (path) => `${path}?api-version=${VERSION.automation}`;
const days = (count) => new Date(Date.now() + count * 86_400_000).toISOString();

const BODIES = {
  'POST /access/entra/:exchangeAccessToken': () => ({}),
  'POST /access/teamsExtension/:exchangeAccessToken': () => ({}),
  'PUT /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}': () => ({ principalType: 'user', clientIds: [] }),
  'POST /identities': () => ({ createTokenWithScopes: ['chat'], expiresInMinutes: 60 }),
  'POST /identities/{id}/:issueAccessToken': () => ({ scopes: ['chat'], expiresInMinutes: 60 }),
  'POST /teamsUser/:exchangeAccessToken': ({ stage }) => ({ token: stage.member.token, appId: stage.demo.info.client_id, userId: stage.member.oid }),
  'POST /chat/threads': ({ bob }) => ({ topic: 'Visit', participants: [{ communicationIdentifier: identifier(bob.id) }] }),
  'PATCH /chat/threads/{chatThreadId}': () => ({ topic: 'Another visit' }),
  'POST /chat/threads/{chatThreadId}/messages': () => ({ content: 'hello', type: 'text' }),
  'PATCH /chat/threads/{chatThreadId}/messages/{chatMessageId}': () => ({ content: 'changed' }),
  'POST /chat/threads/{chatThreadId}/participants/:add': ({ carol }) => ({ participants: [{ communicationIdentifier: identifier(carol.id) }] }),
  'POST /chat/threads/{chatThreadId}/participants/:remove': ({ bob }) => identifier(bob.id),
  'POST /chat/threads/{chatThreadId}/readReceipts': ({ message }) => ({ chatMessageId: message }),
  'POST /chat/threads/{chatThreadId}/typing': () => ({}),
  'POST /v3/registrations': () => ({
    clientDescription: { appId: 'AcsWeb', platform: 'SPOOL', templateKey: 'AcsWeb_Chat_2.1' }, registrationId: randomUUID(), nodeId: '',
    transports: { TROUTER: [{ context: '', path: 'https://localhost/', ttl: 7200 }] },
  }),
  'POST /rooms': ({ bob }) => ({ validFrom: days(0), validUntil: days(1), participants: { [bob.id]: { role: 'Attendee' } } }),
  'PATCH /rooms/{roomId}': () => ({ validFrom: days(0), validUntil: days(2) }),
  'PATCH /rooms/{roomId}/participants': ({ bob }) => ({ participants: { [bob.id]: { role: 'Presenter' } } }),
  'POST /calling/callConnections': ({ bob, stage }) => ({ targets: [identifier(bob.id)], callbackUri: stage.callbacks }),
  'POST /calling/callConnections:answer': ({ stage }) => ({ incomingCallContext: 'none', callbackUri: stage.callbacks }),
  'POST /calling/callConnections:connect': ({ group, stage }) => ({ callLocator: { kind: 'groupCallLocator', groupCallId: group }, callbackUri: stage.callbacks }),
  'POST /calling/callConnections:redirect': ({ bob }) => ({ incomingCallContext: 'none', target: identifier(bob.id) }),
  'POST /calling/callConnections:reject': () => ({ incomingCallContext: 'none' }),
  'POST /calling/callConnections/{callConnectionId}/participants:add': ({ carol }) => ({ participantToAdd: identifier(carol.id) }),
  'POST /calling/callConnections/{callConnectionId}/participants:cancelAddParticipant': () => ({ invitationId: randomUUID() }),
  'POST /calling/callConnections/{callConnectionId}/participants:mute': ({ bob }) => ({ targetParticipants: [identifier(bob.id)] }),
  'POST /calling/callConnections/{callConnectionId}/participants:remove': ({ bob }) => ({ participantToRemove: identifier(bob.id) }),
};

const identifier = (id) => ({ rawId: id, communicationUser: { id } });

/** The operation's people, places and request. */
export async function fixture(stage, operation) {
  const made = { stage, operation, ...(await FIXTURES[operation.dialect](stage, operation)) };
  const target = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(made.names[name]));
  const body = BODIES[`${operation.method} ${operation.path}`]?.(made);
  const query = operation.source === 'package' ? '' : `?api-version=${VERSION[operation.dialect]}`;
  return { ...made, request: { method: operation.method, target: `${target}${query}`, body, headers: repeatable(operation) ? fresh() : {} } };
}

/** Whether the operation takes a repeatability id and answers a repeated one alike. */
export function repeatable({ method, path }) {
  return method === 'POST' && ['/identities', '/rooms', '/chat/threads', '/calling/callConnections'].includes(path);
}

const FIXTURES = {
  async identity(stage, { path }) {
    if (path.includes('{objectId}')) {
      const names = { tenantId: stage.demo.info.tenant_id, objectId: stage.demo.info.members[1].oid };
      const target = `/access/teamsExtension/tenants/${names.tenantId}/assignments/${names.objectId}?api-version=${VERSION.identity}`;
      await stage.asResource(stage.own.primary, 'PUT', target, { principalType: 'user', clientIds: [] });
      return { names };
    }
    return { names: path.includes('{id}') ? { id: (await stage.person(stage.own.primary)).id } : {} };
  },

  async chat(stage) {
    const { own, other } = stage;
    const alice = await stage.cast();
    const [bob, carol, gone, stranger, foreigner] = await Promise.all([
      stage.person(own.primary), stage.person(own.primary), stage.person(own.primary), stage.person(own.primary), stage.person(other.primary),
    ]);
    const participants = [bob, gone].map(({ id }) => ({ communicationIdentifier: identifier(id) }));
    const { chatThread } = await stage.asUser(alice.token, 'POST', chat('/chat/threads'), { topic: 'Visit', participants });
    const at = `/chat/threads/${encodeURIComponent(chatThread.id)}`;
    const { id: message } = await stage.asUser(alice.token, 'POST', chat(`${at}/messages`), { content: 'hello' });
    await stage.asResource(own.primary, 'DELETE', `/identities/${encodeURIComponent(gone.id)}?api-version=${VERSION.identity}`);
    return { names: { chatThreadId: chatThread.id, chatMessageId: message }, caller: alice, bob, carol, gone, stranger, foreigner, message, hidden: chatThread.id };
  },

  async notifications(stage, { path }) {
    const alice = await stage.cast();
    const gone = await stage.person(stage.own.primary);
    await stage.asResource(stage.own.primary, 'DELETE', `/identities/${encodeURIComponent(gone.id)}?api-version=${VERSION.identity}`);
    const names = { id: randomUUID() };
    if (path.includes('{ticket}')) {
      const answer = await stage.send({ method: 'GET', target: '/socket.io/1/?timeout=40', headers: { 'x-skypetoken': alice.token } });
      if (answer.status !== 200) throw new Error(`handshake: ${answer.status}`);
      [names.ticket] = answer.text.split(':');
    }
    return { names, caller: alice, gone };
  },

  async rooms(stage, { path, method }) {
    const bob = await stage.person(stage.own.primary);
    if (!path.includes('{roomId}') && method === 'POST') return { names: {}, bob };
    const room = await stage.asResource(stage.own.primary, 'POST', rooms('/rooms'), { participants: { [bob.id]: { role: 'Attendee' } } });
    return { names: { roomId: room.id }, bob, foreigner: await stage.person(stage.other.primary), hidden: room.id };
  },

  async automation(stage, { path }) {
    const [bob, carol] = await Promise.all([stage.person(stage.own.primary), stage.person(stage.own.primary)]);
    const names = { participantRawId: bob.id, recordingId: randomUUID() };
    if (path.includes('{callConnectionId}')) {
      const hand = await stage.atClient(bob.token);
      const body = { targets: [identifier(bob.id)], callbackUri: stage.callbacks };
      const call = await stage.asResource(stage.own.primary, 'POST', automation('/calling/callConnections'), body);
      names.callConnectionId = call.callConnectionId;
      await hand.accept('Bob');
    }
    const group = randomUUID();
    if (path.endsWith(':connect')) await (await stage.atClient(bob.token)).joinGroup(group, 'Bob');
    return { names, bob, carol, group };
  },
};
