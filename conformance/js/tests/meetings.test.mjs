// Meetings over the Graph-shaped API, by the unmodified Graph client with a member's token.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Client } from '@microsoft/microsoft-graph-client';
import { info, openIdClient, origin, refusal, signIn } from '../parvis.mjs';

const [member, colleague] = info.members;
const start = new Date(Date.now() + 3_600_000).toISOString();
const end = new Date(Date.now() + 7_200_000).toISOString();
let graph;
let othersGraph;

async function graphOf(person) {
  const app = openIdClient();
  const { accessToken } = await signIn(app, person, [`${origin}/.default`]);
  return graphWith(accessToken);
}

function graphWith(token) {
  return Client.initWithMiddleware({
    baseUrl: `${origin}/`,
    customHosts: new Set([new URL(origin).hostname]),
    authProvider: { getAccessToken: async () => token },
  });
}

before(async () => {
  graph = await graphOf(member);
  othersGraph = await graphOf(colleague);
});

const schedule = (subject) => graph.api('/me/onlineMeetings').post({ subject, startDateTime: start, endDateTime: end });

test('[D1][D2] a member schedules a meeting and gets its link, id, passcode and thread', async () => {
  const meeting = await schedule('Planning');
  assert.equal(meeting.subject, 'Planning');
  assert.ok(meeting.id);
  const link = new URL(meeting.joinWebUrl);
  assert.equal(link.origin, origin);
  assert.match(decodeURIComponent(link.pathname), /^\/l\/meetup-join\/19:meeting_[\w-]+@thread\.v2\/0$/);
  const context = JSON.parse(link.searchParams.get('context'));
  assert.deepEqual([context.Tid, context.Oid], [info.tenant_id, member.oid]);
  assert.match(meeting.chatInfo.threadId, /^19:meeting_[\w-]+@thread\.v2$/);
  assert.match(meeting.joinMeetingIdSettings.joinMeetingId, /^\d+$/);
  assert.equal(meeting.participants.organizer.identity.user.id, member.oid);
});

test('[D2] read by id, find by link in both spellings and by meeting id', async () => {
  const made = await schedule('Found');
  assert.equal((await graph.api(`/me/onlineMeetings/${made.id}`).get()).joinWebUrl, made.joinWebUrl);
  const { joinMeetingId } = made.joinMeetingIdSettings;
  const filters = [
    `JoinWebUrl eq '${made.joinWebUrl}'`,
    `JoinWebUrl eq '${encodeURIComponent(made.joinWebUrl)}'`,
    `joinMeetingIdSettings/joinMeetingId eq '${joinMeetingId}'`,
  ];
  for (const filter of filters) {
    const { value } = await graph.api('/me/onlineMeetings').filter(filter).get();
    assert.deepEqual(value.map((meeting) => meeting.id), [made.id], filter);
  }
});

test('[D2] change and delete', async () => {
  const made = await schedule('First name');
  const changed = await graph.api(`/me/onlineMeetings/${made.id}`).patch({
    subject: 'Second name',
    lobbyBypassSettings: { scope: 'organizer' },
  });
  assert.equal(changed.subject, 'Second name');
  assert.equal(changed.lobbyBypassSettings.scope, 'organizer');
  assert.equal(changed.joinWebUrl, made.joinWebUrl);
  await graph.api(`/me/onlineMeetings/${made.id}`).delete();
  const gone = await refusal(graph.api(`/me/onlineMeetings/${made.id}`).get());
  assert.deepEqual([gone.statusCode, gone.code], [404, 'NotFound']);
});

test('[D2] an end before the start is a bad request', async () => {
  const error = await refusal(graph.api('/me/onlineMeetings').post({ subject: 'Backwards', startDateTime: end, endDateTime: start }));
  assert.deepEqual([error.statusCode, error.code], [400, 'BadRequest']);
});

test('[D2] another member\'s meeting cannot be read, changed or deleted', async () => {
  const made = await schedule('Mine');
  const path = `/me/onlineMeetings/${made.id}`;
  const tries = [() => othersGraph.api(path).get(), () => othersGraph.api(path).patch({ subject: 'x' }), () => othersGraph.api(path).delete()];
  for (const attempt of tries) {
    assert.ok([403, 404].includes((await refusal(attempt())).statusCode));
  }
  assert.equal((await graph.api(path).get()).subject, 'Mine');
});

test('[D2] without a member\'s token nothing is told', async () => {
  const error = await refusal(graphWith('not.a.token').api('/me/onlineMeetings').post({ subject: 'x' }));
  assert.deepEqual([error.statusCode, error.code], [401, 'InvalidAuthenticationToken']);
});

test('[D2] the seeded meetings are the organiser\'s and found by their links', async () => {
  for (const seeded of info.meetings) {
    const { value } = await graph.api('/me/onlineMeetings').filter(`JoinWebUrl eq '${seeded.join_web_url}'`).get();
    assert.deepEqual(value.map((meeting) => meeting.chatInfo.threadId), [seeded.thread_id]);
  }
});
