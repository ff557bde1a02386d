// What comes from apps and tokens: locators, claims, identifiers, environments.
import { describe, expect, test, vi } from 'vitest';
import { browserOf, platformOf } from '../src/environment';
import { identifierOf, rawIdOf } from '../src/ids';
import { toWireLocator } from '../src/locator';
import { checkToken, endpointOf, readClaims, socketUrl } from '../src/token';
import { categoryOf, disconnectCategoryMap } from '../src/end_reasons';
import { fakeToken } from './fakes';

const LONG = 'https://meet.example/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%3a%22t%22%2c%22Oid%22%3a%22o%22%7d';
const GROUP = '0f3ee1b8-6a5c-4a3f-8b7e-2f1d1c9a7b10';

describe('[E14] locators', () => {
  test.each([
    [{ meetingLink: LONG }, { meetingLink: LONG }],
    [{ meetingLink: ' https://meet.example/meet/123?p=abc ' }, { meetingLink: 'https://meet.example/meet/123?p=abc' }],
    [{ meetingLink: 'https://meet.example/meet/123' }, { meetingLink: 'https://meet.example/meet/123' }],
    [{ meetingId: '123 456 789' }, { meetingId: '123456789' }],
    [{ meetingId: '1', passcode: 'p' }, { meetingId: '1', passcode: 'p' }],
    [{ groupId: GROUP.toUpperCase() }, { groupId: GROUP }],
    [{ roomId: ' 99199690362660524 ' }, { roomId: '99199690362660524' }],
    [{ roomId: '1' }, { roomId: '1' }],
    [
      { threadId: 't', organizerId: 'o', tenantId: 'x', messageId: '0' },
      { threadId: 't', organizerId: 'o', tenantId: 'x', messageId: '0' },
    ],
  ])('%j is taken', (locator, wire) => expect(toWireLocator(locator, 'external')).toEqual(wire));

  test.each([
    [undefined, 40209],
    ['https://meet.example/meet/1', 40209],
    [{}, 40209],
    [{ meetingLink: 7 }, 40209],
    [{ meetingLink: 'not a link' }, 40210],
    [{ meetingLink: 'https://meet.example/other/1' }, 40210],
    [{ meetingLink: 'https://meet.example/meet/1?p=a&x=b' }, 40210],
    [{ meetingLink: 'https://meet.example/meet/?p=' }, 40210],
    [{ meetingLink: `${LONG}&anon=true` }, 40210],
    [{ meetingLink: LONG.replace('Oid', 'Uid') }, 40210],
    [{ meetingLink: LONG.replace('%7b', '') }, 40210],
    [{ meetingLink: 'https://teams.live.com/meet/123?p=a' }, 40238],
    [{ meetingId: '' }, 40209],
    [{ meetingId: '1', passcode: 2 }, 40209],
    [{ groupId: 'x' }, 40209],
    [{ groupId: 5 }, 40209],
    [{ roomId: '' }, 40209],
    [{ roomId: 'room' }, 40209],
    [{ roomId: 99199690362660 }, 40209],
    [{ roomId: '9'.repeat(41) }, 40209],
    [{ threadId: 't' }, 40209],
  ])('%j is refused with 400/%i', (locator, subCode) => {
    expect(() => toWireLocator(locator, 'external')).toThrow(expect.objectContaining({ code: 400, subCode }));
  });

  test('members join neither groups nor rooms', () => {
    for (const locator of [{ groupId: GROUP }, { roomId: '99199690362660524' }]) {
      expect(() => toWireLocator(locator, 'member')).toThrow(expect.objectContaining({ subCode: 40209 }));
    }
  });
});

describe('tokens', () => {
  const nowMs = Date.now();
  const claims = (fields: Record<string, unknown>): ReturnType<typeof readClaims> => readClaims(fakeToken(fields));

  test.each(['', 'x', 'a.b.c', 'a.bm90IGpzb24.c', `a.${btoa('[]')}.c`, `a.${btoa('{"skypeid":"acs:x"}')}.c`, `a.${btoa('{"exp":1}')}.c`, undefined, 7])(
    '%j is malformed: 401/44114',
    (token) => expect(() => readClaims(token as string)).toThrow(expect.objectContaining({ code: 401, subCode: 44114 })),
  );

  test.each([
    [{ acsScope: 'chat' }, 'external', 401, 44113],
    [{ acsScope: undefined }, 'external', 401, 44113],
    [{ exp: nowMs / 1000 - 1 }, 'external', 401, 40235],
    [{ skypeid: 'orgid:1' }, 'external', 403, 40229],
    [{ client: 'host' }, 'external', 403, 40229],
    [{}, 'member', 403, 40231],
    [{ skypeid: 'teamsvisitor:1' }, 'member', 403, 40231],
  ] as const)('%j for %s is refused with %i/%i', (fields, agent, code, subCode) => {
    expect(() => checkToken(claims(fields), agent, nowMs)).toThrow(expect.objectContaining({ code, subCode }));
  });

  test.each([
    [{}, 'external'],
    [{ acsScope: 'chat.join,voip.join' }, 'external'],
    [{ acsScope: 'voip chat' }, 'external'],
    [{ skypeid: 'teamsvisitor:1' }, 'external'],
    [{ skypeid: 'orgid:1' }, 'member'],
    [{ client: 'host', skypeid: 'orgid:1' }, 'member'],
    [{ client: 'host' }, 'member'],
  ] as const)('%j for %s is taken', (fields, agent) => checkToken(claims(fields), agent, nowMs));

  test('the server is the issuer, else the global, else the origin', () => {
    expect(endpointOf(claims({ iss: 'https://a.example:8443/path' }))).toBe('https://a.example:8443');
    vi.stubGlobal('__PARVIS_ENDPOINT__', 'https://b.example');
    vi.stubGlobal('location', { origin: 'https://c.example' });
    expect(endpointOf(claims({ iss: undefined }))).toBe('https://b.example');
    expect(endpointOf(claims({ iss: 'urn:not-an-address' }))).toBe('https://b.example');
    vi.stubGlobal('__PARVIS_ENDPOINT__', undefined);
    expect(endpointOf(claims({ iss: undefined }))).toBe('https://c.example');
  });

  test('[CP-1] the socket address holds nothing but host and path; plain http only on this machine', () => {
    expect(socketUrl('https://a.example')).toBe('wss://a.example/calling/v1/socket');
    expect(socketUrl(endpointOf(claims({ iss: 'http://127.0.0.1:9' })))).toBe('ws://127.0.0.1:9/calling/v1/socket');
    expect(() => endpointOf(claims({ iss: 'http://a.example' }))).toThrow(expect.objectContaining({ code: 400 }));
  });
});

describe('identifiers', () => {
  test.each([
    ['8:acs:r_u', { kind: 'communicationUser', communicationUserId: '8:acs:r_u' }],
    ['8:orgid:o', { kind: 'microsoftTeamsUser', microsoftTeamsUserId: 'o', isAnonymous: false, cloud: 'public', rawId: '8:orgid:o' }],
    ['8:teamsvisitor:v', { kind: 'microsoftTeamsUser', microsoftTeamsUserId: 'v', isAnonymous: true, cloud: 'public', rawId: '8:teamsvisitor:v' }],
    ['8:gcch:g', { kind: 'microsoftTeamsUser', microsoftTeamsUserId: 'g', isAnonymous: false, cloud: 'gcch', rawId: '8:gcch:g' }],
    ['4:+4912', { kind: 'phoneNumber', phoneNumber: '+4912', rawId: '4:+4912' }],
    ['28:orgid:b', { kind: 'microsoftTeamsApp', teamsAppId: 'b', cloud: 'public' }],
    ['8:acs:a:b', { kind: 'unknown', id: '8:acs:a:b' }],
    ['rubbish', { kind: 'unknown', id: 'rubbish' }],
  ])('%s', (rawId, identifier) => {
    expect(identifierOf(rawId)).toEqual(identifier);
    expect(rawIdOf(identifier as never)).toBe(rawId);
  });

  test('identifiers without a raw id, plain ids and nothing', () => {
    expect(rawIdOf({ microsoftTeamsUserId: 'o' })).toBe('8:orgid:o');
    expect(rawIdOf({ microsoftTeamsUserId: 'o', isAnonymous: true })).toBe('8:teamsvisitor:o');
    expect(rawIdOf({ microsoftTeamsUserId: 'o', cloud: 'dod' })).toBe('8:dod:o');
    expect(rawIdOf('8:acs:x')).toBe('8:acs:x');
    for (const nothing of [undefined, null, 7, {}]) expect(rawIdOf(nothing as never)).toBeUndefined();
  });
});

test.each([
  ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.1', 'edge', 'windows'],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36', 'chrome', 'linux'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15', 'safari', 'mac'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1', 'safari', 'ios'],
  ['Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 'firefox', 'android'],
  ['', 'unknown', 'unknown'],
])('the environment of %j', (agent, browser, platform) => {
  expect([browserOf(agent).browser, platformOf(agent)]).toEqual([browser, platform]);
});

test('end codes fall into the four categories', () => {
  expect(categoryOf(0, 5854)).toBe('Success');
  expect(categoryOf(403, 5723)).toBe('ExpectedError');
  expect(categoryOf(490, 4502)).toBe('UnexpectedClientError');
  expect(categoryOf(410, 301005)).toBe('UnexpectedClientError');
  expect(categoryOf(503, 0)).toBe('UnexpectedServerError');
  expect(Object.keys(disconnectCategoryMap)).toEqual(['Success', 'ExpectedError', 'UnexpectedClientError', 'UnexpectedServerError']);
});
