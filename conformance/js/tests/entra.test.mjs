// Members and back ends that use the resource with their own sign-in, by the unmodified packages: the credential that exchanges
// a directory token by itself, and the Identity client with a directory token in place of the key.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatClient } from '@azure/communication-chat';
import { AzureCommunicationTokenCredential } from '@azure/communication-common';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { ConfidentialClientApplication } from '@azure/msal-node';
import { claims, info, openIdClient, origin, refusal, signIn } from '../parvis.mjs';

const [assigned, , stranger] = info.members;
const EXTENSION = 'https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls';

/** What an app hands to the packages: the member's sign-in, in the shape of `TokenCredential`. */
function memberCredential(member) {
  return {
    asked: 0,
    async getToken(scopes) {
      this.asked += 1;
      const { accessToken, expiresOn } = await signIn(openIdClient(), member, [scopes].flat());
      return { token: accessToken, expiresOnTimestamp: expiresOn.getTime() };
    },
  };
}

/** The same of a back end that acts for itself, with its secret. */
function applicationCredential(clientSecret = info.application.client_secret) {
  const application = new ConfidentialClientApplication({
    auth: { clientId: info.application.client_id, clientSecret, authority: info.authority, knownAuthorities: [new URL(origin).host] },
    system: { loggerOptions: { loggerCallback() {} } },
  });
  return {
    async getToken(scopes) {
      const { accessToken, expiresOn } = await application.acquireTokenByClientCredential({ scopes: [scopes].flat() });
      return { token: accessToken, expiresOnTimestamp: expiresOn.getTime() };
    },
  };
}

test('[B1][C2] the credential exchanges an assigned member\'s sign-in for a token of one identity of the resource', async () => {
  const seen = [];
  // With and without the slash that a connection string has behind the host.
  for (const resourceEndpoint of [origin, `${origin}/`]) {
    const tokenCredential = memberCredential(assigned);
    const credential = new AzureCommunicationTokenCredential({ resourceEndpoint, tokenCredential });
    const { token, expiresOnTimestamp } = await credential.getToken();
    assert.equal(claims(token).resourceId, info.resource_id);
    assert.equal(expiresOnTimestamp, claims(token).exp * 1000);
    assert.match(claims(token).skypeid, /^acs:[0-9a-f-]{36}_[0-9a-f-]{36}$/);
    assert.ok(tokenCredential.asked >= 1);
    seen.push(claims(token).skypeid);
    credential.dispose();
  }
  assert.equal(seen[0], seen[1], 'the same identity each time');
});

test('[C2][N2] the Chat SDK works with it', async () => {
  const credential = new AzureCommunicationTokenCredential({ resourceEndpoint: origin, tokenCredential: memberCredential(assigned) });
  const chat = new ChatClient(info.endpoint, credential);
  const { chatThread } = await chat.createChatThread({ topic: 'As myself' });
  assert.equal(chatThread.topic, 'As myself');
  await chat.deleteChatThread(chatThread.id);
});

test('[C2] a token carries only the scopes that were asked', async () => {
  const scopes = ['https://communication.azure.com/clients/VoIP'];
  const credential = new AzureCommunicationTokenCredential({ resourceEndpoint: origin, tokenCredential: memberCredential(assigned), scopes });
  const { token } = await credential.getToken();
  assert.equal(claims(token).acsScope, 'voip');
  assert.equal((await refusal(new ChatClient(info.endpoint, credential).listChatThreads().next())).statusCode, 403);
});

test('[C2] a member takes calls for the resource as its extension', async () => {
  const credential = new AzureCommunicationTokenCredential({ resourceEndpoint: origin, tokenCredential: memberCredential(assigned), scopes: [EXTENSION] });
  const { token } = await credential.getToken();
  assert.equal(claims(token).skypeid, `acs:${info.resource_id}_${info.tenant_id}_${assigned.oid}`);
  assert.equal(claims(token).acsScope, 'voip');
});

test('[C4] a member who is not assigned is refused, and told so', async () => {
  for (const scopes of [undefined, [EXTENSION]]) {
    const credential = new AzureCommunicationTokenCredential({ resourceEndpoint: origin, tokenCredential: memberCredential(stranger), scopes });
    const error = await refusal(credential.getToken());
    assert.match(error.message, /Status: 403.*not assigned/);
  }
});

test('[B1][B2] a back end assigned to the resource makes identities and tokens without its key', async () => {
  const client = new CommunicationIdentityClient(info.endpoint, applicationCredential());
  const { user, token } = await client.createUserAndToken(['chat']);
  assert.equal(`8:${claims(token).skypeid}`, user.communicationUserId);
  await client.deleteUser(user);
});

test('[B1][C3] nobody else does: a member without that role, or a wrong secret', async () => {
  const asMember = new CommunicationIdentityClient(info.endpoint, memberCredential(assigned));
  const error = await refusal(asMember.createUser());
  assert.deepEqual([error.statusCode, error.code], [403, 'Forbidden']);
  const wrong = new CommunicationIdentityClient(info.endpoint, applicationCredential('not the secret'));
  assert.equal((await refusal(wrong.createUser())).errorCode, 'invalid_client');
});
