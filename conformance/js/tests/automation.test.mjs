// The official Call Automation SDK: calls begun, answered, turned away, taken in hand and steered, with real people at
// hand-written clients and a receiver of events on loopback. A server of its own, because its configuration names the receiver.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CallAutomationClient, CallConnection, parseCallAutomationEvent } from '@azure/communication-call-automation';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { AzureKeyCredential } from '@azure/core-auth';
import { Demo } from '../../../e2e/harness/demo.mjs';
import { credentials, signed } from '../../../e2e/harness/wire.mjs';
import { Hand } from '../hand.mjs';
import { refusal } from '../parvis.mjs';
import { Receiver, verified } from '../receiver.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const binary = process.env.PARVIS_BINARY ?? path.join(root, 'target/debug/parvis');
let folder;
let receiver;
let demo;
let client;
let identities;
let callback;
const hands = [];

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'parvis-automation-'));
  receiver = await Receiver.open();
  const config = path.join(folder, 'parvis.toml');
  await writeFile(config, `[webhooks]\nloopback_http = true\nincoming_calls = [{ url = "${receiver.origin}/incoming" }]\n`);
  process.env.PARVIS_CONFIG = config;
  demo = await Demo.start(binary);
  callback = `${receiver.origin}/events`;
  connectClients();
});

after(async () => {
  for (const hand of hands) hand.close();
  await demo?.stop();
  receiver?.close();
  delete process.env.PARVIS_CONFIG;
  if (folder) await rm(folder, { recursive: true, force: true });
});

function connectClients() {
  const options = { tlsOptions: { ca: demo.ca } };
  client = new CallAutomationClient(demo.info.connection_string, options);
  identities = new CommunicationIdentityClient(demo.info.connection_string, options);
}

/** A user and, if wanted, somebody at a client of theirs. */
async function newUser() {
  const { user, token } = await identities.createUserAndToken(['voip']);
  return { user, id: user.communicationUserId, open: () => atClient(token) };
}

async function atClient(token) {
  const hand = await Hand.open(demo.origin, demo.ca, token);
  hands.push(hand);
  return hand;
}

const idsOf = (participants) => participants.map(({ identifier }) => identifier.communicationUserId ?? identifier.rawId).sort();
const of = (connection) => (data) => data.callConnectionId === connection;
const withPeople = (connection, ...ids) => (data) =>
  data.callConnectionId === connection && ids.every((id) => data.participants.some(({ identifier }) => identifier.rawId === id));

/** An app's call that one person has taken. */
async function callWith(person, options = {}) {
  const hand = await person.open();
  const { callConnection, callConnectionProperties } = await client.createCall({ targetParticipant: person.user, sourceDisplayName: 'Reception' }, callback, options);
  const incoming = await hand.accept('Ana');
  const id = callConnectionProperties.callConnectionId;
  await receiver.event('CallConnected', of(id));
  return { hand, incoming, id, connection: callConnection, properties: callConnectionProperties };
}

test('a created call rings a person, and its events tell of it', async () => {
  const ana = await newUser();
  const { hand, incoming, id, connection, properties } = await callWith(ana, { operationContext: 'visit 7' });
  assert.equal(properties.callConnectionState, 'connecting');
  assert.equal(properties.callbackUrl ?? properties.callbackUri, callback);
  assert.deepEqual(properties.targetParticipants, [{ communicationUserId: ana.id }]);
  assert.equal(incoming.caller.displayName, 'Reception');
  const updated = await receiver.delivery('ParticipantsUpdated', withPeople(id, ana.id));
  const parsed = parseCallAutomationEvent(updated.events);
  assert.equal(parsed.kind, 'ParticipantsUpdated');
  assert.ok(idsOf(parsed.participants).includes(ana.id));
  assert.equal(parsed.correlationId, properties.correlationId);
  assert.equal(parsed.serverCallId, properties.serverCallId);
  const now = await connection.getCallConnectionProperties();
  assert.equal(now.callConnectionState, 'connected');
  const { values } = await connection.listParticipants();
  assert.ok(idsOf(values).includes(ana.id));
  const one = await connection.getParticipant(ana.user);
  assert.deepEqual([one.identifier.communicationUserId, one.isMuted], [ana.id, false]);
  await connection.hangUp(true);
  assert.equal((await hand.frame('ended')).subCode, 7000);
  const over = await receiver.event('CallDisconnected', of(id));
  assert.equal(over.data.operationContext, 'visit 7');
  assert.equal(over.data.resultInformation.subCode, 7000);
  const gone = await refusal(connection.getCallConnectionProperties());
  assert.deepEqual([gone.statusCode, gone.code], [404, '8522']);
});

test('every event is signed for the resource, with an id and a trace of its own', async () => {
  const ana = await newUser();
  const { id, connection } = await callWith(ana);
  const { deliveries } = receiver;
  const mine = deliveries.filter(({ event }) => event.data.callConnectionId === id);
  const resource = ana.id.slice('8:acs:'.length).split('_')[0];
  for (const delivery of mine) {
    const claims = await verified(delivery, demo.request.bind(demo));
    assert.equal(claims.aud, resource);
    assert.equal(claims.jti, delivery.event.id);
    assert.ok(claims.exp - claims.iat <= 300);
    assert.equal(delivery.event.specversion, '1.0');
    assert.equal(delivery.event.source, `calling/callConnections/${id}`);
    assert.match(delivery.headers.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  }
  assert.equal(new Set(mine.map(({ event }) => event.id)).size, mine.length);
  // The token opens no door of ours.
  const token = mine[0].headers.authorization.replace('Bearer ', '');
  assert.equal((await demo.request('GET', '/chat/threads?api-version=2025-03-15', { token })).status, 401);
  assert.equal((await demo.request('GET', '/v1.0/me', { token })).status, 401);
  await connection.hangUp(true);
});

test('a call that is declined has failed', async () => {
  const ben = await newUser();
  const hand = await ben.open();
  const declined = await client.createCall({ targetParticipant: ben.user }, callback);
  await hand.decline();
  const { data } = await receiver.event('CreateCallFailed', of(declined.callConnectionProperties.callConnectionId));
  assert.equal(data.resultInformation.code, 603);
  const gone = await refusal(declined.callConnection.getCallConnectionProperties());
  assert.equal(gone.statusCode, 404);
});

test('people are added, muted, taken back and removed', async () => {
  const [ana, ben, cy] = [await newUser(), await newUser(), await newUser()];
  const { hand, id, connection } = await callWith(ana);
  const atBen = await ben.open();
  const added = await connection.addParticipant({ targetParticipant: ben.user }, { operationContext: 'second opinion', invitationTimeoutInSeconds: 30 });
  assert.match(added.invitationId, /^[0-9a-f-]{36}$/);
  assert.equal(added.participant.identifier.communicationUserId, ben.id);
  await atBen.accept('Ben');
  const came = await receiver.event('AddParticipantSucceeded', of(id));
  assert.deepEqual([came.data.operationContext, came.data.participant.rawId], ['second opinion', ben.id]);
  await receiver.event('ParticipantsUpdated', withPeople(id, ana.id, ben.id));

  if (connection.muteParticipant) {
    await connection.muteParticipant(ana.user, { operationContext: 'quiet' });
    await hand.frame('mutedByOther');
    const muted = await receiver.event('ParticipantsUpdated', (data) => of(id)(data) && data.participants.some(({ identifier, isMuted }) => identifier.rawId === ana.id && isMuted));
    assert.ok(muted);
    assert.equal((await connection.getParticipant(ana.user)).isMuted, true);
    assert.equal((await refusal(connection.muteParticipant(cy.user))).statusCode, 404);
  }

  const atCy = await cy.open();
  const third = await connection.addParticipant({ targetParticipant: cy.user });
  await atCy.frame('incoming');
  if (connection.cancelAddParticipantOperation) {
    const cancelled = await connection.cancelAddParticipantOperation(third.invitationId, { operationContext: 'changed my mind' });
    assert.equal(cancelled.invitationId, third.invitationId);
    assert.equal((await atCy.frame('incomingEnded')).code, 487);
    const told = await receiver.event('CancelAddParticipantSucceeded', of(id));
    assert.deepEqual([told.data.invitationId, told.data.operationContext], [third.invitationId, 'changed my mind']);
    await connection.cancelAddParticipantOperation(third.invitationId);
    const late = await receiver.event('CancelAddParticipantFailed', of(id));
    assert.equal(late.data.resultInformation.code, 404);
  } else {
    await connection.removeParticipant(cy.user);
    await atCy.frame('incomingEnded');
  }

  const removed = await connection.removeParticipant(ben.user, { operationContext: 'done' });
  assert.equal(removed.operationContext, 'done');
  assert.equal((await atBen.frame('ended')).subCode, 5300);
  const told = await receiver.event('RemoveParticipantSucceeded', (data) => data.operationContext === 'done');
  assert.equal(told.data.participant.rawId, ben.id);
  await connection.removeParticipant(ben.user, { operationContext: 'again' });
  const again = await receiver.event('RemoveParticipantFailed', (data) => data.operationContext === 'again');
  assert.equal(again.data.resultInformation.code, 404);

  await connection.hangUp(false);
  await receiver.event('CallDisconnected', of(id));
  assert.equal(receiver.typesOf(id).at(-1), 'CallDisconnected');
  assert.equal(receiver.typesOf(id)[0], 'CallConnected');
});

test('an app answers a call to one of its users, and another turns one away', async () => {
  const [ana, desk] = [await newUser(), await newUser()];
  const hand = await ana.open();
  await hand.start([desk.id], 'Ana');
  const { event, headers } = await receiver.delivery('IncomingCall', (data) => data.to.rawId === desk.id);
  assert.equal(headers['aeg-event-type'], 'Notification');
  assert.deepEqual([event.data.from.rawId, event.data.callerDisplayName], [ana.id, 'Ana']);
  assert.match(event.data.incomingCallContext, /^[\w-]+$/);
  const answered = await client.answerCall(event.data.incomingCallContext, callback, { operationContext: 'desk' });
  const { callConnectionId: id, serverCallId, source } = answered.callConnectionProperties;
  assert.deepEqual([serverCallId, source], [event.data.serverCallId, { communicationUserId: ana.id }]);
  const up = await receiver.event('CallConnected', of(id));
  assert.deepEqual([up.data.operationContext, up.data.correlationId], ['desk', event.data.correlationId]);
  await receiver.event('ParticipantsUpdated', withPeople(id, ana.id));
  const twice = await refusal(client.answerCall(event.data.incomingCallContext, callback));
  assert.equal(twice.statusCode, 404, 'the ring is over');
  await answered.callConnection.hangUp(true);
  await hand.frame('ended');

  await hand.start([desk.id], 'Ana');
  const second = await receiver.event('IncomingCall', (data) => data.to.rawId === desk.id);
  await client.rejectCall(second.data.incomingCallContext, { callRejectReason: 'busy' });
  assert.equal((await hand.frame('ended')).code, 486);
});

test('a call is sent on to somebody else', async () => {
  const [ana, desk, ben] = [await newUser(), await newUser(), await newUser()];
  const [hand, atBen] = [await ana.open(), await ben.open()];
  await hand.start([desk.id], 'Ana');
  const { data } = await receiver.event('IncomingCall', ({ to }) => to.rawId === desk.id);
  await client.redirectCall(data.incomingCallContext, { targetParticipant: ben.user });
  const incoming = await atBen.accept('Ben');
  assert.equal(incoming.caller.rawId, ana.id);
});

test('a context that was changed, or another\'s, answers nothing', async () => {
  const [ana, desk] = [await newUser(), await newUser()];
  const hand = await ana.open();
  await hand.start([desk.id], 'Ana');
  const { data } = await receiver.event('IncomingCall', ({ to }) => to.rawId === desk.id);
  const context = data.incomingCallContext;
  const flipped = `${context.slice(0, 20)}${context[20] === 'A' ? 'B' : 'A'}${context.slice(21)}`;
  for (const wrong of [flipped, context.slice(0, -2), 'nonsense', `${context}AAAA`]) {
    const error = await refusal(client.answerCall(wrong, callback));
    assert.deepEqual([error.name, error.statusCode, error.code], ['RestError', 400, 'BadRequest'], wrong);
    assert.equal((await refusal(client.rejectCall(wrong))).statusCode, 400);
  }
  await client.rejectCall(context);
  assert.equal((await hand.frame('ended')).code, 603);
});

if (CallAutomationClient.prototype.connectCall) {
  test('a running group call is taken in hand, by its group and by its own id', async () => {
    const [ana, ben] = [await newUser(), await newUser()];
    const groupId = randomUUID();
    const hand = await ana.open();
    const { callId } = await hand.joinGroup(groupId, 'Ana');
    const byGroup = await client.connectCall({ kind: 'groupCallLocator', id: groupId }, callback, { operationContext: 'watch' });
    const id = byGroup.callConnectionProperties.callConnectionId;
    assert.equal(byGroup.callConnectionProperties.serverCallId, callId);
    await receiver.event('CallConnected', of(id));
    await receiver.event('ParticipantsUpdated', withPeople(id, ana.id));
    const byCall = await client.connectCall({ kind: 'serverCallLocator', id: callId }, callback);
    const other = byCall.callConnectionProperties.callConnectionId;
    await receiver.event('CallConnected', of(other));
    const atBen = await ben.open();
    await byGroup.callConnection.addParticipant({ targetParticipant: ben.user, sourceDisplayName: 'Desk' });
    await atBen.accept('Ben');
    await receiver.event('AddParticipantSucceeded', of(id));
    await byCall.callConnection.hangUp(false);
    const left = await receiver.event('CallDisconnected', of(other));
    assert.equal(left.data.resultInformation.code, 0);
    await byGroup.callConnection.removeParticipant(ana.user);
    await hand.frame('ended');
    await byGroup.callConnection.hangUp(true);
    await atBen.frame('ended');
    await receiver.event('CallDisconnected', of(id));
    for (const locator of [{ kind: 'groupCallLocator', id: randomUUID() }, { kind: 'serverCallLocator', id: randomUUID() }, { kind: 'serverCallLocator', id: 'x' }]) {
      const error = await refusal(client.connectCall(locator, callback));
      assert.deepEqual([error.statusCode, error.code], [404, '8522']);
    }
  });
}

test('what cannot be done is refused in words, at once', async () => {
  const ana = await newUser();
  const { id, connection } = await callWith(ana);
  const media = connection.getCallMedia();
  const tone = { kind: 'fileSource', url: 'https://a.example/a.wav' };
  const begun = Date.now();
  for (const action of [
    () => media.playToAll([tone]),
    () => media.play([tone], [ana.user]),
    () => media.startRecognizing(ana.user, { kind: 'callMediaRecognizeDtmfOptions', maxTonesToCollect: 1 }),
    () => media.sendDtmfTones(['one'], ana.user),
    () => media.cancelAllOperations(),
    () => media.startContinuousDtmfRecognition(ana.user),
    () => media.stopContinuousDtmfRecognition(ana.user),
    () => connection.transferCallToParticipant(ana.user),
    () => client.getCallRecording().start({ callLocator: { kind: 'serverCallLocator', id } }),
    () => client.getCallRecording().getState(id),
    () => client.getCallRecording().stop(id),
    () => client.getCallRecording().pause(id),
    () => client.getCallRecording().resume(id),
  ]) {
    const error = await refusal(action());
    assert.deepEqual([error.name, error.statusCode, error.code], ['RestError', 501, 'NotImplemented'], String(action));
    assert.match(error.message, /does not offer/);
  }
  assert.ok(Date.now() - begun < 15_000, 'nothing was tried again');
  const phone = await refusal(connection.addParticipant({ targetParticipant: { phoneNumber: '+14255550123' }, sourceCallIdNumber: { phoneNumber: '+14255550124' } }));
  assert.deepEqual([phone.statusCode, phone.code], [400, 'TelephonyNotConfigured']);
  const number = await refusal(client.createCall({ targetParticipant: { phoneNumber: '+14255550123' } }, callback));
  assert.equal(number.code, 'TelephonyNotConfigured');
  await connection.hangUp(true);
});

test('callbacks go to no place that a stranger should not reach', async () => {
  const ana = await newUser();
  for (const address of ['http://a.example/', 'https://10.0.0.1/', 'https://169.254.169.254/latest/meta-data', 'https://[::ffff:10.0.0.1]/', 'https://[fd00::1]/', 'ftp://a.example/', 'nonsense', 'https://user:secret@a.example/', `https://a.example/${'a'.repeat(3_000)}`]) {
    const error = await refusal(client.createCall({ targetParticipant: ana.user }, address));
    assert.deepEqual([error.name, error.statusCode, error.code], ['RestError', 400, 'BadRequest'], address);
  }
});

test('strangers, other keys and made-up names get nothing', async () => {
  const ana = await newUser();
  const { endpoint, key } = credentials(demo.info.connection_string);
  const options = { tlsOptions: { ca: demo.ca } };
  const stranger = new CallAutomationClient(endpoint, new AzureKeyCredential(Buffer.alloc(64, 7).toString('base64')), options);
  assert.deepEqual(codes(await refusal(stranger.createCall({ targetParticipant: ana.user }, callback))), [401, 'Denied']);
  const own = new CallAutomationClient(endpoint, new AzureKeyCredential(key), { ...options, sourceIdentity: ana.user });
  assert.deepEqual(own.getSourceIdentity(), ana.user);
  const foreign = { communicationUserId: '8:acs:00000000-0000-4000-8000-000000000001_00000000-0000-4000-8000-000000000002' };
  for (const targetParticipant of [foreign, { communicationUserId: '8:acs:nonsense' }, { communicationUserId: ana.id.replace(/_.*/, '_00000000-0000-4000-8000-000000000009') }]) {
    assert.deepEqual(codes(await refusal(own.createCall({ targetParticipant }, callback))), [400, 'BadRequest']);
  }
  for (const id of [randomUUID(), 'nonsense', '../identities']) {
    assert.deepEqual(codes(await refusal(client.getCallConnection(id).getCallConnectionProperties())), [404, '8522'], id);
  }
});

test('another resource finds neither the connection nor the call, and its context answers nothing', async () => {
  const command = ['resource', '--dir', path.join(demo.folder, 'data'), '--public-url', demo.origin, 'create', 'other'];
  const { stdout } = await promisify(execFile)(binary, command);
  const other = new CallAutomationClient(JSON.parse(stdout).primary, { tlsOptions: { ca: demo.ca } });
  const [ana, desk] = [await newUser(), await newUser()];
  const { hand, id, connection, properties } = await callWith(ana);
  // Its key is known to the running server within a second.
  const until = Date.now() + 10_000;
  let error = await refusal(other.getCallConnection(id).getCallConnectionProperties());
  while (error.statusCode === 401 && Date.now() < until) error = await refusal(other.getCallConnection(id).getCallConnectionProperties());
  assert.deepEqual(codes(error), [404, '8522']);
  for (const action of [
    () => other.getCallConnection(id).hangUp(true),
    () => other.getCallConnection(id).listParticipants(),
    () => other.getCallConnection(id).removeParticipant(ana.user),
    () => other.connectCall?.({ kind: 'serverCallLocator', id: properties.serverCallId }, callback) ?? other.getCallConnection(id).getParticipant(ana.user),
  ]) assert.deepEqual(codes(await refusal(action())), [404, '8522']);
  await hand.start([desk.id], 'Ana');
  const ring = await receiver.event('IncomingCall', ({ to }) => to.rawId === desk.id);
  assert.deepEqual(codes(await refusal(other.answerCall(ring.data.incomingCallContext, callback))), [400, 'BadRequest']);
  assert.equal((await connection.getCallConnectionProperties()).callConnectionState, 'connected');
  await connection.hangUp(true);
});

test('a crash of the server loses no call, no connection and no event', async () => {
  const [ana, ben] = [await newUser(), await newUser()];
  const { id, properties } = await callWith(ana);
  receiver.failing = 503;
  const atBen = await ben.open();
  await client.getCallConnection(id).addParticipant({ targetParticipant: ben.user }, { operationContext: 'before the crash' });
  await atBen.accept('Ben');
  const until = Date.now() + 10_000;
  while (!receiver.deliveries.some(({ failed, event }) => failed && event.data.callConnectionId === id)) {
    assert.ok(Date.now() < until, 'nothing was sent');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await demo.kill();
  await demo.restart();
  connectClients();
  receiver.failing = undefined;
  const told = await receiver.event('AddParticipantSucceeded', (data) => data.operationContext === 'before the crash');
  assert.equal(told.data.callConnectionId, id);
  const now = await client.getCallConnection(id).getCallConnectionProperties();
  assert.deepEqual([now.callConnectionState, now.serverCallId], ['connected', properties.serverCallId]);
  await client.getCallConnection(id).hangUp(true);
  await receiver.event('CallDisconnected', of(id));
  assert.equal(receiver.typesOf(id).at(-1), 'CallDisconnected');
});

// A request that was sent again makes no second call, also when the server went down in between.
test('a repeated request begins one call', async () => {
  const ana = await newUser();
  const hand = await ana.open();
  const { key } = credentials(demo.info.connection_string);
  const target = '/calling/callConnections?api-version=2026-03-12';
  const body = JSON.stringify({ targets: [{ rawId: ana.id }], callbackUri: callback });
  const named = { 'repeatability-request-id': randomUUID(), 'repeatability-first-sent': new Date().toUTCString() };
  const send = async () => {
    const headers = { 'content-type': 'application/json', ...named, ...signed(key, 'POST', target, new URL(demo.origin).host, body) };
    const answer = await demo.request('POST', target, { headers, body });
    assert.deepEqual([answer.status, answer.headers['repeatability-result']], [201, 'accepted']);
    return answer.json().callConnectionId;
  };
  const [one, other] = await Promise.all([send(), send()]);
  assert.equal(one, other);
  await hand.accept('Ana');
  await receiver.event('CallConnected', of(one));
  await demo.kill();
  await demo.restart();
  connectClients();
  assert.equal(await send(), one);
  await client.getCallConnection(one).hangUp(true);
  await receiver.event('CallDisconnected', of(one));
});

test('clients made of endpoint and key do as well; a group is called and heard of', async () => {
  const { endpoint, key } = credentials(demo.info.connection_string);
  const [secret, options] = [new AzureKeyCredential(key), { tlsOptions: { ca: demo.ca } }];
  const [ana, ben] = [await newUser(), await newUser()];
  const [atAna, atBen] = [await ana.open(), await ben.open()];
  const byKey = new CallAutomationClient(endpoint, secret, options);
  const { callConnectionProperties } = await byKey.createGroupCall([ana.user, ben.user], callback);
  const id = callConnectionProperties.callConnectionId;
  await atAna.accept('Ana');
  await atBen.accept('Ben');
  await receiver.event('ParticipantsUpdated', withPeople(id, ana.id, ben.id));
  const connection = new CallConnection(id, endpoint, secret, options);
  assert.ok(connection.getCallMedia());
  const { values } = await connection.listParticipants();
  assert.deepEqual(idsOf(values).filter((one) => [ana.id, ben.id].includes(one)), [ana.id, ben.id].sort());
  await connection.hangUp(true);
  await receiver.event('CallDisconnected', of(id));
  const stranger = new CallAutomationClient(endpoint, new AzureKeyCredential(`${'B'.repeat(86)}==`), options);
  assert.equal((await refusal(stranger.createGroupCall([ana.user], callback))).statusCode, 401);
});

function codes({ statusCode, code }) {
  return [statusCode, code];
}
