// Which browser and platform the page runs in, from the client hints where there are any, else from the user agent.
import type { EnvironmentInfo } from './types/features';

interface UserAgentHints {
  platform?: string;
  mobile?: boolean;
  brands?: { brand: string; version: string }[];
}

const BROWSERS: [name: string, pattern: RegExp][] = [
  ['edge', /Edg(?:e|A|iOS)?\/(\d+[\d.]*)/],
  ['firefox', /(?:Firefox|FxiOS)\/(\d+[\d.]*)/],
  ['chrome', /(?:Chrome|CriOS|Chromium)\/(\d+[\d.]*)/],
  ['safari', /Version\/(\d+[\d.]*).*Safari/],
];
const PLATFORMS: [name: string, pattern: RegExp][] = [
  ['ios', /iPhone|iPad|iPod/],
  ['android', /Android/],
  ['windows', /Windows/],
  ['mac', /Macintosh|Mac OS X/],
  ['linux', /Linux|X11|CrOS/],
];

function userAgent(): string {
  return typeof navigator === 'undefined' ? '' : (navigator.userAgent ?? '');
}

export function browserOf(agent: string): { browser: string; browserVersion: string } {
  for (const [browser, pattern] of BROWSERS) {
    const version = pattern.exec(agent)?.[1];
    if (version) return { browser, browserVersion: version };
  }
  return { browser: 'unknown', browserVersion: '' };
}

export function platformOf(agent: string): string {
  return PLATFORMS.find(([, pattern]) => pattern.test(agent))?.[0] ?? 'unknown';
}

export function isMobile(): boolean {
  const hints = typeof navigator === 'undefined' ? undefined : (navigator as { userAgentData?: UserAgentHints }).userAgentData;
  return hints?.mobile ?? /Android|iPhone|iPad|iPod|Mobile/.test(userAgent());
}

/** Some phone browsers have the function and nothing behind it: their platform decides. */
export function canShareScreen(): boolean {
  if (['android', 'ios'].includes(platformOf(userAgent()))) return false;
  return typeof navigator !== 'undefined' && typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

export function environmentInfo(): EnvironmentInfo {
  const agent = userAgent();
  const { browser, browserVersion } = browserOf(agent);
  const platform = platformOf(agent);
  const isCapable = typeof RTCPeerConnection === 'function' && typeof navigator !== 'undefined' && !!navigator.mediaDevices;
  return {
    environment: { platform, browser, browserVersion },
    isSupportedPlatform: platform !== 'unknown',
    isSupportedBrowser: isCapable,
    isSupportedBrowserVersion: isCapable,
    isSupportedEnvironment: isCapable && platform !== 'unknown',
  };
}
