// What the server of the authentication sample does behind its published routes, with the unmodified Identity and sign-in packages
// and only settings changed: GET, POST, DELETE /api/user, GET /api/token, GET /api/token/teams. Its identity mapping is kept here
// in the server's memory: the sample keeps it in the directory, over an on-behalf-of token and open extensions, which are not offered.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { ChatClient } from '@azure/communication-chat';
import { AzureCommunicationTokenCredential } from '@azure/communication-common';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { claims, info, memberScopes, openIdClient, server, signIn } from '../parvis.mjs';

const settings = { connectionString: info.connection_string, clientId: info.client_id, authority: info.authority, scopes: ['chat', 'voip'] };
const identity = new CommunicationIdentityClient(settings.connectionString);
const mapping = new Map();

/** The caller, by the bearer of the request: signed by the directory, for this organisation, in time. */
async function callerOf(request) {
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  const [head, body, signature] = token.split('.');
  if (!signature) return undefined;
  const { kid } = JSON.parse(Buffer.from(head, 'base64url'));
  const { keys } = (await server.request('GET', `${settings.authority}/discovery/v2.0/keys`)).json();
  const jwk = keys.find((key) => key.kid === kid);
  if (!jwk) return undefined;
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const genuine = verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
  const said = claims(token);
  return genuine && said.tid === info.tenant_id && said.exp * 1000 > Date.now() ? said : undefined;
}

const routes = {
  'GET /api/user': async ({ oid }) => (mapping.has(oid) ? [200, { acsUserId: mapping.get(oid) }] : [404, {}]),
  'POST /api/user': async ({ oid }) => {
    const { user, token, expiresOn } = await identity.createUserAndToken(settings.scopes);
    mapping.set(oid, user.communicationUserId);
    return [201, { user, token, expiresOn }];
  },
  'DELETE /api/user': async ({ oid }) => {
    await identity.deleteUser({ communicationUserId: mapping.get(oid) });
    mapping.delete(oid);
    return [204];
  },
  'GET /api/token': async ({ oid }) => {
    if (!mapping.has(oid)) return [404, {}];
    const user = { communicationUserId: mapping.get(oid) };
    return [201, { ...(await identity.getToken(user, settings.scopes)), user }];
  },
  'GET /api/token/teams': async ({ oid }, request) => {
    const teamsUserAadToken = request.headers['teams-user-aad-token'];
    return [201, await identity.getTokenForTeamsUser({ clientId: settings.clientId, teamsUserAadToken, userObjectId: oid })];
  },
};

const hero = createServer(async (request, answer) => {
  const route = routes[`${request.method} ${request.url}`];
  const caller = route && (await callerOf(request).catch(() => undefined));
  const [status, body] = caller ? await route(caller, request).catch((error) => [error.statusCode ?? 500, { code: error.code }]) : [401];
  answer.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body));
});
let base;
let user;
let member;

before(async () => {
  await new Promise((resolve) => hero.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${hero.address().port}`;
  user = (await signIn(openIdClient(), info.members[0], ['User.Read'])).accessToken;
  member = (await signIn(openIdClient(), info.members[0], memberScopes)).accessToken;
});
after(() => hero.close());

async function call(method, path, headers = { authorization: `Bearer ${user}` }) {
  const answer = await fetch(base + path, { method, headers });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : undefined };
}

test('[N6] an external user is made, gets tokens for chat and calling, and is deleted', async () => {
  assert.equal((await call('GET', '/api/user')).status, 404);
  assert.equal((await call('GET', '/api/token')).status, 404);
  const made = await call('POST', '/api/user');
  assert.equal(made.status, 201);
  assert.equal((await call('GET', '/api/user')).body.acsUserId, made.body.user.communicationUserId);
  const { status, body } = await call('GET', '/api/token');
  assert.equal(status, 201);
  assert.equal(`8:${claims(body.token).skypeid}`, made.body.user.communicationUserId);
  const chat = new ChatClient(info.endpoint, new AzureCommunicationTokenCredential(body.token));
  assert.deepEqual(await chat.listChatThreads().next(), { done: true, value: undefined });
  assert.equal((await call('DELETE', '/api/user')).status, 204);
  assert.equal((await call('GET', '/api/token')).status, 404);
});

test('[N6][C2] a member\'s token is exchanged', async () => {
  const headers = { authorization: `Bearer ${user}`, 'teams-user-aad-token': member };
  const { status, body } = await call('GET', '/api/token/teams', headers);
  assert.equal(status, 201);
  assert.equal(claims(body.token).skypeid, `orgid:${info.members[0].oid}`);
});

test('[N6][C2] another member\'s token is not, and nothing goes without a sign-in', async () => {
  const other = (await signIn(openIdClient(), info.members[1], ['User.Read'])).accessToken;
  const { status, body } = await call('GET', '/api/token/teams', { authorization: `Bearer ${other}`, 'teams-user-aad-token': member });
  assert.deepEqual([status, body.code], [401, 'InvalidAccessToken']);
  for (const route of Object.keys(routes)) {
    const [method, path] = route.split(' ');
    assert.equal((await call(method, path, {})).status, 401, route);
  }
});
