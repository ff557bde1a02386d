// Members: the unmodified OpenID client signs in, renews silently, and the Identity SDK exchanges what it got.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { claims, info, memberScopes, openIdClient, origin, refusal, server, signIn } from '../parvis.mjs';

const [member, colleague] = info.members;
const identity = new CommunicationIdentityClient(info.connection_string);
const app = openIdClient();
let signedIn;

before(async () => {
  signedIn = await signIn(app, member);
});

const exchange = (changes = {}) =>
  identity.getTokenForTeamsUser({
    teamsUserAadToken: signedIn.accessToken,
    clientId: info.client_id,
    userObjectId: member.oid,
    ...changes,
  });

test('[C1] a member signs in by code and PKCE', () => {
  assert.equal(signedIn.account.username.toLowerCase(), member.upn.toLowerCase());
  assert.equal(signedIn.account.tenantId, info.tenant_id);
  assert.equal(signedIn.idTokenClaims.oid, member.oid);
  assert.equal(signedIn.idTokenClaims.name, member.display_name);
  const read = claims(signedIn.accessToken);
  assert.equal(read.oid, member.oid);
  assert.deepEqual(read.scp.split(' ').map((scope) => scope.split('/').pop()).sort(), ['Teams.ManageCalls', 'Teams.ManageChats']);
});

test('[C1] a wrong password and an unknown name get the same answer', async () => {
  const stranger = openIdClient();
  const wrong = (await refusal(signIn(stranger, { upn: member.upn, password: 'not it' }))).message;
  const unknown = (await refusal(signIn(stranger, { upn: 'nobody@nowhere.example', password: 'not it' }))).message;
  assert.match(wrong, /^sign-in refused/);
  assert.equal(wrong.replaceAll(member.upn, ''), unknown.replaceAll('nobody@nowhere.example', ''));
});

test('[C1] silent renewal gives a fresh token for the same member', async () => {
  const asked = { account: signedIn.account, scopes: memberScopes, forceRefresh: true };
  const renewed = await app.acquireTokenSilent(asked);
  assert.equal(renewed.fromCache, false);
  assert.notEqual(renewed.accessToken, signedIn.accessToken);
  assert.equal(claims(renewed.accessToken).oid, member.oid);
  const again = await app.acquireTokenSilent(asked);
  assert.equal(again.fromCache, false);
});

test('[C1] from the cache without asking the server', async () => {
  const cached = await app.acquireTokenSilent({ account: signedIn.account, scopes: memberScopes });
  assert.equal(cached.fromCache, true);
});

test('[C2][N3] the directory token is exchanged for a token of that member', async () => {
  const { token, expiresOn } = await exchange();
  assert.equal(claims(token).skypeid, `orgid:${member.oid}`);
  assert.equal(new URL(claims(token).iss).origin, origin);
  const lifeOfGiven = claims(signedIn.accessToken).exp * 1000;
  assert.ok(Math.abs(new Date(expiresOn).getTime() - lifeOfGiven) < 2_000, 'as long as the token given');
});

test('[C2][C4] another member, another app, a changed token: one refusal for all', async () => {
  const [head, body, signature] = signedIn.accessToken.split('.');
  const cases = [
    { userObjectId: colleague.oid },
    { clientId: '00000000-0000-4000-8000-00000000abcd' },
    { teamsUserAadToken: `${head}.${body}.${'A'.repeat(signature.length)}` },
    { teamsUserAadToken: signedIn.idToken },
    { teamsUserAadToken: 'no token at all' },
  ];
  const answers = [];
  for (const change of cases) {
    const error = await refusal(exchange(change));
    assert.deepEqual([error.statusCode, error.code], [401, 'InvalidAccessToken'], JSON.stringify(Object.keys(change)));
    answers.push(error.message);
  }
  assert.equal(new Set(answers).size, 1);
});

test('[C3] an exchange that the resource did not sign gives no token', async () => {
  const body = { token: signedIn.accessToken, appId: info.client_id, userId: member.oid };
  const target = '/teamsUser/:exchangeAccessToken?api-version=2023-10-01';
  const answer = await server.request('POST', target, { body });
  assert.equal(answer.status, 401);
  assert.ok(!answer.text.includes('eyJ'));
});

test('[C6] the name in the token is the directory\'s', async () => {
  const renewed = await signIn(openIdClient(), colleague);
  assert.equal(renewed.idTokenClaims.name, colleague.display_name);
});
