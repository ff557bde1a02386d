// The credential that exchanges a member's sign-in, beside directory.test.mjs: what it asks for is what it gets, however its
// endpoint is written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatClient } from '@azure/communication-chat';
import * as common from '@azure/communication-common';
import { claims, info, openIdClient, origin, refusal, signIn } from '../parvis.mjs';

const { AzureCommunicationTokenCredential } = common;
const [assigned] = info.members;

/** What an app hands to the packages: the member's sign-in, in the shape of `TokenCredential`. */
function memberCredential(member) {
  return {
    async getToken(scopes) {
      const { accessToken, expiresOn } = await signIn(openIdClient(), member, [scopes].flat());
      return { token: accessToken, expiresOnTimestamp: expiresOn.getTime() };
    },
  };
}

if (common.isTeamsExtensionUserIdentifier) {
  test('[B1][C2] a member has one identity on the resource, with and without a slash behind the host', async () => {
    const seen = new Set();
    for (const resourceEndpoint of [origin, `${origin}/`]) {
      const credential = new AzureCommunicationTokenCredential({ resourceEndpoint, tokenCredential: memberCredential(assigned) });
      const { token, expiresOnTimestamp } = await credential.getToken();
      assert.equal(claims(token).resourceId, info.resource_id);
      assert.equal(expiresOnTimestamp, claims(token).exp * 1000);
      assert.match(claims(token).skypeid, /^acs:[0-9a-f-]{36}_[0-9a-f-]{36}$/);
      seen.add(claims(token).skypeid);
      credential.dispose();
    }
    assert.equal(seen.size, 1, 'the same identity each time');
  });

  test('[B1][C2] a token carries only the scopes that were asked', async () => {
    const scopes = ['https://communication.azure.com/clients/VoIP'];
    const credential = new AzureCommunicationTokenCredential({ resourceEndpoint: origin, tokenCredential: memberCredential(assigned), scopes });
    const { token } = await credential.getToken();
    assert.equal(claims(token).acsScope, 'voip');
    assert.equal((await refusal(new ChatClient(info.endpoint, credential).listChatThreads().next())).statusCode, 403);
  });
}
