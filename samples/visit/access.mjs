// The clinic's own check before anybody gets a token. The calling service has no part in it: any check will do.
import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text) => createHash('sha256').update(text).digest();

/** Without a code everybody may come in; with one, only those who know it. */
export function accessCheck(code) {
  if (!code) return () => true;
  const expected = digest(code);
  return (given) => typeof given === 'string' && timingSafeEqual(digest(given), expected);
}

const ADDRESSES_MAX = 10_000;

/** At most `max` tries from one address in a minute. */
export function tryLimit(max, now = Date.now) {
  let window = { since: now(), tries: new Map() };
  return (address) => {
    if (now() - window.since > 60_000) window = { since: now(), tries: new Map() };
    if (window.tries.size >= ADDRESSES_MAX && !window.tries.has(address)) return false;
    const tries = (window.tries.get(address) ?? 0) + 1;
    window.tries.set(address, tries);
    return tries <= max;
  };
}
