// The official Identity SDK: identities, tokens, revocation, and what it is told when something is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatClient } from '@azure/communication-chat';
import { AzureCommunicationTokenCredential, parseConnectionString } from '@azure/communication-common';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { listMessages } from '../../../e2e/harness/wire.mjs';
import { claims, info, origin, refusal, server } from '../parvis.mjs';

const client = new CommunicationIdentityClient(info.connection_string);
const scopes = ['chat', 'voip'];
const minutes = (date) => (new Date(date).getTime() - Date.now()) / 60_000;
const threads = (token) => new ChatClient(info.endpoint, new AzureCommunicationTokenCredential(token)).listChatThreads().next();

test('[B2][N3] an identity is made with a raw id of the resource', async () => {
  const user = await client.createUser();
  assert.match(user.communicationUserId, /^8:acs:[0-9a-f-]{36}_[0-9a-f-]{36}$/);
  const other = await client.createUser();
  assert.notEqual(user.communicationUserId, other.communicationUserId);
});

test('[B2][N3] identity and token in one call, with the claims that the SDKs read', async () => {
  const { user, token, expiresOn } = await client.createUserAndToken(scopes);
  assert.ok(Math.abs(minutes(expiresOn) - 1440) < 3, `lives ${minutes(expiresOn)} minutes`);
  const read = claims(token);
  assert.equal(`8:${read.skypeid}`, user.communicationUserId);
  assert.deepEqual(read.acsScope.split(',').sort(), scopes);
  assert.equal(new URL(read.iss).origin, origin);
  assert.equal(typeof read.exp, 'number');
  assert.equal(new Date(expiresOn).getTime(), read.exp * 1000);
});

test('[B2][N3] a token lives as long as asked, from one hour to one day', async () => {
  const user = await client.createUser();
  for (const tokenExpiresInMinutes of [60, 777, 1440]) {
    const { expiresOn } = await client.getToken(user, ['chat'], { tokenExpiresInMinutes });
    assert.ok(Math.abs(minutes(expiresOn) - tokenExpiresInMinutes) < 2, `asked ${tokenExpiresInMinutes}`);
  }
  for (const tokenExpiresInMinutes of [59, 1441, 0, -1]) {
    const error = await refusal(client.getToken(user, ['chat'], { tokenExpiresInMinutes }));
    assert.deepEqual([error.name, error.statusCode, error.code], ['RestError', 400, 'ValidationError']);
  }
});

test('[N3] a token without scopes or with an unknown one is refused', async () => {
  const user = await client.createUser();
  for (const wrong of [[], ['everything']]) {
    const error = await refusal(client.getToken(user, wrong));
    assert.equal(error.statusCode, 400);
  }
});

test('[B2][N2] the Chat SDK takes the token', async () => {
  const { token } = await client.createUserAndToken(scopes);
  assert.deepEqual(await threads(token), { done: true, value: undefined });
});

test('[B2] a token without the chat scope opens no chat', async () => {
  const { token } = await client.createUserAndToken(['voip']);
  assert.equal((await refusal(threads(token))).statusCode, 403);
});

test('[B2][N3] revoking ends every token at once, and a new one works', async () => {
  const { user, token } = await client.createUserAndToken(scopes);
  await threads(token);
  await client.revokeTokens(user);
  assert.equal((await refusal(threads(token))).statusCode, 401);
  const again = await client.getToken(user, scopes);
  await threads(again.token);
});

test('[B2][N3] a deleted identity has no token and gets none', async () => {
  const { user, token } = await client.createUserAndToken(scopes);
  await client.deleteUser(user);
  assert.equal((await refusal(threads(token))).statusCode, 401);
  const error = await refusal(client.getToken(user, scopes));
  assert.ok(error.statusCode >= 400 && error.statusCode < 500, `${error.statusCode}`);
});

test('[B2] an identity of another resource gets no token', async () => {
  const foreign = '8:acs:00000000-0000-4000-8000-000000000001_00000000-0000-4000-8000-000000000002';
  for (const communicationUserId of [foreign, '8:acs:nonsense', '8:orgid:00000000-0000-4000-8000-000000000003']) {
    const error = await refusal(client.getToken({ communicationUserId }, scopes));
    assert.ok(error.statusCode >= 400 && error.statusCode < 500, `${communicationUserId}: ${error.statusCode}`);
  }
});

test('[B2][C3] a request signed with another key is denied', async () => {
  const wrong = Buffer.alloc(64, 7).toString('base64');
  const stranger = new CommunicationIdentityClient(`endpoint=${info.endpoint};accesskey=${wrong}`);
  const error = await refusal(stranger.createUser());
  assert.deepEqual([error.name, error.statusCode, error.code], ['RestError', 401, 'Denied']);
});

test('[B2] a tampered, foreign or missing token is refused by chat', async () => {
  const { token } = await client.createUserAndToken(scopes);
  const [head, body, signature] = token.split('.');
  const raised = { ...claims(token), exp: claims(token).exp + 3600 };
  const forged = [head, Buffer.from(JSON.stringify(raised)).toString('base64url'), signature].join('.');
  const unsigned = [Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url'), body, ''].join('.');
  for (const bad of [forged, unsigned, `${head}.${body}.${'A'.repeat(signature.length)}`]) {
    assert.equal((await refusal(threads(bad))).statusCode, 401);
  }
  assert.equal((await listMessages(server, undefined, info.meetings[0].thread_id)).status, 401);
});

test('[B2][N2] every way to make the client that needs the key', async () => {
  const { endpoint, credential } = parseConnectionString(info.connection_string);
  const byString = new CommunicationIdentityClient(info.connection_string);
  const byKey = new CommunicationIdentityClient(endpoint, credential);
  for (const made of [byString, byKey]) {
    assert.match((await made.createUser()).communicationUserId, /^8:acs:/);
  }
  const byDirectory = new CommunicationIdentityClient(endpoint, { getToken: async () => ({ token: 'a.b.c', expiresOnTimestamp: Date.now() + 3_600_000 }) });
  assert.equal((await refusal(byDirectory.createUser())).statusCode, 401);
});

test('[B2][C3][N3] without the key nothing is changed or told', async () => {
  const { user, token } = await client.createUserAndToken(scopes);
  const { endpoint } = parseConnectionString(info.connection_string);
  const stranger = new CommunicationIdentityClient(endpoint, { key: `${'B'.repeat(86)}==` });
  const attempts = [
    () => stranger.createUser(), () => stranger.createUserAndToken(scopes), () => stranger.getToken(user, scopes), () => stranger.revokeTokens(user),
    () => stranger.deleteUser(user), () => stranger.getTokenForTeamsUser({ teamsUserAadToken: token, clientId: info.client_id, userObjectId: info.members[0].oid }),
  ];
  for (const attempt of attempts) assert.equal((await refusal(attempt())).statusCode, 401, String(attempt));
  assert.equal((await threads(token)).done, true, 'the token still counts');
});
