// What every package shares: the user's credential with its renewal, the signature of the key, identifiers in all their forms. What
// signs or carries a token is put to the server, not only looked at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDefaultHttpClient, createEmptyPipeline, createPipelineRequest } from '@azure/core-rest-pipeline';
import { ChatClient } from '@azure/communication-chat';
import * as common from '@azure/communication-common';
import {
  AzureCommunicationTokenCredential, createCommunicationAccessKeyCredentialPolicy, createCommunicationAuthPolicy, createIdentifierFromRawId,
  deserializeCommunicationIdentifier, getIdentifierKind, getIdentifierRawId, isCommunicationUserIdentifier, isKeyCredential,
  isMicrosoftTeamsAppIdentifier, isMicrosoftTeamsUserIdentifier, isPhoneNumberIdentifier, isUnknownIdentifier, parseClientArguments,
  parseConnectionString, serializeCommunicationIdentifier,
} from '@azure/communication-common';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { info, refusal } from '../parvis.mjs';

const identity = new CommunicationIdentityClient(info.connection_string);
const { endpoint, credential: key } = parseConnectionString(info.connection_string);
const firstThread = (credential) => new ChatClient(info.endpoint, credential).listChatThreads().next();

/** POST /identities with nothing but the policy between the request and the network. */
function createIdentity(policy) {
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(policy);
  const url = `${endpoint.replace(/\/$/, '')}/identities?api-version=2023-10-01`;
  const request = createPipelineRequest({ url, method: 'POST', body: '{}' });
  request.headers.set('content-type', 'application/json');
  return pipeline.sendRequest(createDefaultHttpClient(), request);
}

test('[N3][B2] a connection string is taken apart as the server wrote it', () => {
  const parsed = parseConnectionString(info.connection_string);
  assert.equal(new URL(parsed.endpoint).origin, new URL(info.endpoint).origin);
  assert.ok(isKeyCredential(parsed.credential));
  assert.ok(!isKeyCredential({ getToken: async () => null }));
  const { url, credential } = parseClientArguments(info.connection_string);
  assert.deepEqual([new URL(url).origin, credential.key], [new URL(info.endpoint).origin, parsed.credential.key]);
  assert.throws(() => parseConnectionString('endpoint=https://nowhere.example'));
});

test('[N3][B2] the key\'s policy signs what the server accepts', async () => {
  for (const policy of [createCommunicationAccessKeyCredentialPolicy(key), createCommunicationAuthPolicy(key)]) {
    const answer = await createIdentity(policy);
    assert.equal(answer.status, 201);
    assert.match(JSON.parse(answer.bodyAsText).identity.id, /^8:acs:/);
  }
  const wrong = await createIdentity(createCommunicationAccessKeyCredentialPolicy({ key: `${'B'.repeat(86)}==` }));
  assert.equal(wrong.status, 401);
});

test('[N2][B2] a credential with a fixed token gives it, and ends with dispose', async () => {
  const { token } = await identity.createUserAndToken(['chat']);
  const credential = new AzureCommunicationTokenCredential(token);
  const given = await credential.getToken();
  assert.equal(given.token, token);
  assert.ok(given.expiresOnTimestamp > Date.now() + 23 * 3_600_000);
  assert.equal((await firstThread(credential)).done, true);
  credential.dispose();
  assert.match((await refusal(credential.getToken())).message, /disposed/);
});

test('[N2][B2] a credential that renews asks for a token when it needs one', async () => {
  const user = await identity.createUser();
  let renewed = 0;
  const credential = new AzureCommunicationTokenCredential({
    tokenRefresher: async () => {
      renewed += 1;
      return (await identity.getToken(user, ['chat'])).token;
    },
    refreshProactively: false,
  });
  assert.equal((await firstThread(credential)).done, true);
  assert.equal((await firstThread(credential)).done, true);
  assert.equal((await credential.getToken()).expiresOnTimestamp > Date.now(), true);
  assert.equal(renewed, 1);
  credential.dispose();
  const revoked = await identity.createUserAndToken(['chat']);
  await identity.revokeTokens(revoked.user);
  assert.equal((await refusal(firstThread(new AzureCommunicationTokenCredential(revoked.token)))).statusCode, 401);
});

const CLOUDS = { orgid: 'public', dod: 'dod', gcch: 'gcch' };
const KINDS = [
  ['8:acs:37691ec4-57fb-4c0f-ae31-32791610cb14_37691ec4-57fb-4c0f-ae31-32791610cb14', 'communicationUser', isCommunicationUserIdentifier],
  ['4:+14255550123', 'phoneNumber', isPhoneNumberIdentifier],
  ...Object.keys(CLOUDS).map((cloud) => [`8:${cloud}:45ab2481-1c1c-4005-be24-0ffb879b1130`, 'microsoftTeamsUser', isMicrosoftTeamsUserIdentifier]),
  ['8:teamsvisitor:45ab2481-1c1c-4005-be24-0ffb879b1130', 'microsoftTeamsUser', isMicrosoftTeamsUserIdentifier],
  ...Object.keys(CLOUDS).map((cloud) => [`28:${cloud}:45ab2481-1c1c-4005-be24-0ffb879b1130`, 'microsoftTeamsApp', isMicrosoftTeamsAppIdentifier]),
  ['28:something-else', 'unknown', isUnknownIdentifier],
];

test('[N2] identifiers keep their raw ids through every form', () => {
  for (const [rawId, kind, isOfKind] of KINDS) {
    const identifier = createIdentifierFromRawId(rawId);
    assert.deepEqual([identifier.kind, isOfKind(identifier), getIdentifierRawId(identifier)], [kind, true, rawId], rawId);
    assert.equal(getIdentifierKind(identifier).kind, kind);
    const others = KINDS.filter(([, other]) => other !== kind);
    assert.ok(others.every(([, , isOther]) => !isOther(identifier)), rawId);
    const back = deserializeCommunicationIdentifier(serializeCommunicationIdentifier(identifier));
    assert.equal(getIdentifierRawId(back), rawId);
  }
});

if (common.isTeamsExtensionUserIdentifier) {
  test('[N2] the identifier of three parts is a kind of its own', () => {
    const rawId = ['8:acs:37691ec4-57fb-4c0f-ae31-32791610cb14', '37691ec4-57fb-4c0f-ae31-32791610cb15', '37691ec4-57fb-4c0f-ae31-32791610cb16'].join('_');
    const identifier = createIdentifierFromRawId(rawId);
    assert.ok(common.isTeamsExtensionUserIdentifier(identifier));
    assert.equal(getIdentifierRawId(identifier), rawId);
  });
}

test('[N2][B2] an identity of the server is a user for the SDK, in an answer as in a request', async () => {
  const { user, token } = await identity.createUserAndToken(['chat']);
  assert.ok(isCommunicationUserIdentifier(createIdentifierFromRawId(user.communicationUserId)));
  const chat = new ChatClient(info.endpoint, new AzureCommunicationTokenCredential(token));
  const { chatThread } = await chat.createChatThread({ topic: 'Kinds' });
  const [me] = (await chat.getChatThreadClient(chatThread.id).listParticipants().byPage().next()).value;
  assert.equal(getIdentifierKind(me.id).kind, 'communicationUser');
  assert.equal(getIdentifierRawId(me.id), user.communicationUserId);
});
