// What the page makes of its address and of its back end’s answers.
import { afterEach, expect, it, vi } from 'vitest';
import { meetingLinkOf, requestVisitToken } from './visitToken';

afterEach(() => vi.unstubAllGlobals());

it.each([
  ['https://c.example/visit/?meetingURL=https%3A%2F%2Fh.example%2Fmeet%2F1%3Fp%3Dx', 'https://h.example/meet/1?p=x'],
  ['https://c.example/visit/', undefined],
  ['https://c.example/visit/?meetingURL=nonsense', undefined],
  ['https://c.example/visit/?meetingURL=javascript%3Aalert(1)', undefined],
])('%s', (address, link) => {
  expect(meetingLinkOf(new URL(address))).toBe(link);
});

// [B1] the clinic's own check comes before any token.
it.each([
  [401, 'check'],
  [429, 'busy'],
  [500, 'failed'],
])('an answer %i is "%s"', async (status, refusal) => {
  vi.stubGlobal('fetch', async () => new Response('', { status }));
  expect(await requestVisitToken()).toBe(refusal);
});

it('takes no network for a failure, not a crash', async () => {
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('network')));
  expect(await requestVisitToken()).toBe('failed');
});
