import { afterEach, expect, test, vi } from 'vitest';
import { canShareScreen } from '../src/environment';

afterEach(() => vi.unstubAllGlobals());

const ANDROID = 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1';
const DESKTOP = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

test.each([
  [ANDROID, true, false],
  [IPHONE, true, false],
  [DESKTOP, true, true],
  [DESKTOP, false, false],
])('[A4] %s, getDisplayMedia %s: can share %s', (userAgent, hasFunction, expected) => {
  vi.stubGlobal('navigator', { userAgent, mediaDevices: hasFunction ? { getDisplayMedia: () => undefined } : {} });
  expect(canShareScreen()).toBe(expected);
});
