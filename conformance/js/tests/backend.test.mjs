// The app's owner decides how people sign in. Three small back ends, each with its own idea of it, mint tokens with the official
// Identity SDK; the server sees only what a back end asks for.
import assert from 'node:assert/strict';
import { createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { ChatClient } from '@azure/communication-chat';
import { AzureCommunicationTokenCredential } from '@azure/communication-common';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { claims, info, openIdClient, server, signIn } from '../parvis.mjs';

const PASSWORD = Buffer.from('a patient\'s password');
let requestsToParvis = 0;
const identity = new CommunicationIdentityClient(info.connection_string, {
  additionalPolicies: [{
    position: 'perCall',
    policy: {
      name: 'count',
      sendRequest(request, next) {
        requestsToParvis += 1;
        return next(request);
      },
    },
  }],
});

/** Each takes the caller's authorization header and says whether the caller may have a token. */
const checks = {
  '/open': async () => true,
  '/password': async (given = '') => {
    const typed = Buffer.from(given.replace(/^Basic /, ''), 'base64');
    return typed.length === PASSWORD.length && timingSafeEqual(typed, PASSWORD);
  },
  '/openid': async (given = '') => signedByDirectory(given.replace(/^Bearer /, '')),
};

async function signedByDirectory(token) {
  const [head, body, signature] = token.split('.');
  if (!signature) return false;
  const { kid } = JSON.parse(Buffer.from(head, 'base64url'));
  const { keys } = (await server.request('GET', `${info.authority}/discovery/v2.0/keys`)).json();
  const jwk = keys.find((key) => key.kid === kid);
  if (!jwk) return false;
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const genuine = verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
  return genuine && claims(token).aud === info.client_id && claims(token).exp * 1000 > Date.now();
}

const backEnd = createServer(async (request, answer) => {
  const allowed = await checks[request.url](request.headers.authorization).catch(() => false);
  if (!allowed) {
    answer.writeHead(401).end();
    return;
  }
  const { user, token } = await identity.createUserAndToken(['chat', 'voip']);
  answer.setHeader('content-type', 'application/json');
  answer.end(JSON.stringify({ id: user.communicationUserId, token }));
});
let origin;

before(async () => {
  await new Promise((resolve) => backEnd.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${backEnd.address().port}`;
});
after(() => backEnd.close());

const askFor = (path, authorization) => fetch(origin + path, authorization ? { headers: { authorization } } : {});

test('[B1][B2] no login, password and OpenID mint tokens that work alike', async () => {
  const { idToken } = await signIn(openIdClient(), info.members[0]);
  const callers = [['/open'], ['/password', `Basic ${PASSWORD.toString('base64')}`], ['/openid', `Bearer ${idToken}`]];
  for (const [path, authorization] of callers) {
    const answer = await askFor(path, authorization);
    assert.equal(answer.status, 200, path);
    const { id, token } = await answer.json();
    assert.match(id, /^8:acs:/);
    const threads = new ChatClient(info.endpoint, new AzureCommunicationTokenCredential(token)).listChatThreads();
    assert.equal((await threads.next()).done, true, path);
  }
});

test('[B1] a caller whom the back end turns away leaves no request and no token', async () => {
  const before = requestsToParvis;
  const { idToken } = await signIn(openIdClient(), info.members[0]);
  const forged = idToken.replace(/\.[^.]+$/, `.${'A'.repeat(342)}`);
  for (const [path, authorization] of [['/password', 'Basic d3Jvbmc='], ['/password'], ['/openid', `Bearer ${forged}`], ['/openid']]) {
    const answer = await askFor(path, authorization);
    assert.equal(answer.status, 401, path);
    assert.equal(await answer.text(), '');
  }
  assert.equal(requestsToParvis, before);
});
