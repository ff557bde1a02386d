// The directory in place of keys and tokens: a back end whose application may use the resource needs no key, a member who may use it
// exchanges its own sign-in for a token. Whoever is not assigned gets nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfidentialClientApplication } from '@azure/msal-node';
import { ChatClient } from '@azure/communication-chat';
import * as common from '@azure/communication-common';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { claims, info, openIdClient, origin, refusal, signIn } from '../parvis.mjs';

const { AzureCommunicationTokenCredential } = common;
const [assigned, colleague] = info.members;
const EXTENSION = ['https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls'];
const endpoint = info.endpoint.replace(/\/$/, '');
/** The form that every SDK asks a credential for. */
const asAccessToken = ({ accessToken, expiresOn }) => ({ token: accessToken, expiresOnTimestamp: expiresOn.getTime() });

/** The credential of a back end, by the unmodified client library. */
function backEnd(clientSecret = info.application.client_secret) {
  const app = new ConfidentialClientApplication({
    auth: { clientId: info.application.client_id, clientSecret, authority: info.authority, knownAuthorities: [new URL(origin).host] },
  });
  return { getToken: async (scopes) => asAccessToken(await app.acquireTokenByClientCredential({ scopes: [scopes].flat() })) };
}

/** The credential of a member who signs in when it is asked. */
function memberOf(member) {
  return { getToken: async (scopes) => asAccessToken(await signIn(openIdClient(), member, scopes)) };
}

test('[B2][N3] an application that may use the resource makes identities and tokens without its key', async () => {
  const client = new CommunicationIdentityClient(endpoint, backEnd());
  const { user, token } = await client.createUserAndToken(['chat']);
  assert.match(user.communicationUserId, /^8:acs:/);
  const chat = new ChatClient(info.endpoint, new AzureCommunicationTokenCredential(token));
  assert.equal((await chat.listChatThreads().next()).done, true);
  await client.deleteUser(user);
  assert.equal((await refusal(client.getToken(user, ['chat']))).statusCode, 404);
});

test('[B2][N3] an application with another secret, and a member, make nothing', async () => {
  const stranger = new CommunicationIdentityClient(endpoint, backEnd('f'.repeat(48)));
  assert.match((await refusal(stranger.createUser())).message, /invalid_client/);
  const member = new CommunicationIdentityClient(endpoint, { getToken: async () => asAccessToken(await signIn(openIdClient(), assigned)) });
  assert.ok([401, 403].includes((await refusal(member.createUser())).statusCode));
});

if ('isTeamsExtensionUserIdentifier' in common) {
  test('[C2][N2] a member who may use the resource chats with its own sign-in', async () => {
    const credential = new AzureCommunicationTokenCredential({ resourceEndpoint: endpoint, tokenCredential: memberOf(assigned) });
    const { token, expiresOnTimestamp } = await credential.getToken();
    assert.match(claims(token).skypeid, /^acs:/);
    assert.ok(expiresOnTimestamp > Date.now());
    const chat = new ChatClient(info.endpoint, credential);
    const { chatThread } = await chat.createChatThread({ topic: 'By sign-in' });
    assert.equal(`8:${claims(token).skypeid}`, chatThread.createdBy.communicationUserId);
  });

  test('[C2] a member who may take calls for the resource gets a token of three parts', async () => {
    const credential = new AzureCommunicationTokenCredential({ resourceEndpoint: endpoint, tokenCredential: memberOf(assigned), scopes: EXTENSION });
    const { token } = await credential.getToken();
    const identifier = common.createIdentifierFromRawId(`8:${claims(token).skypeid}`);
    assert.equal(identifier.kind, 'teamsExtensionUser');
    assert.equal(identifier.userId, assigned.oid);
  });

  test('[C2][C4] a member who may not use the resource gets no token', async () => {
    for (const scopes of [undefined, EXTENSION]) {
      const credential = new AzureCommunicationTokenCredential({ resourceEndpoint: endpoint, tokenCredential: memberOf(colleague), ...(scopes && { scopes }) });
      assert.match((await refusal(credential.getToken())).message, /Status: (401|403)/);
    }
  });
}
