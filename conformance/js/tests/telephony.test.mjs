// What is not offered says so in one way: a refusal that the SDK reads, at once, and no fault of the server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as phones from '@azure/communication-phone-numbers';
import { info, refusal } from '../parvis.mjs';

const { PhoneNumbersClient, SipRoutingClient } = phones;

test('phone numbers are refused', async () => {
  const numbers = new PhoneNumbersClient(info.connection_string);
  const attempts = [
    () => numbers.listPurchasedPhoneNumbers().next(),
    () => numbers.getPurchasedPhoneNumber('+14255550123'),
    () => numbers.beginReleasePhoneNumber('+14255550123'),
  ];
  for (const attempt of attempts) assert.equal((await refusal(attempt())).statusCode, 404, String(attempt));
});

if (SipRoutingClient) {
  test('trunks are refused', async () => {
    const routing = new SipRoutingClient(info.connection_string);
    const attempts = [() => routing.listTrunks().next(), () => routing.setTrunk({ fqdn: 'trunk.example', sipSignalingPort: 5061 })];
    for (const attempt of attempts) assert.equal((await refusal(attempt())).statusCode, 404, String(attempt));
  });
}
