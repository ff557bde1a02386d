// Where to join: checks a locator as far as a client can and turns it into the wire's form.
import { errors } from './errors';
import type { WireLocator } from './wire';

const GROUP_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Whether there is such a room, the server says. */
const ROOM_ID = /^\s*\d{1,40}\s*$/;
const SHORT_LINK = /\/meet\/[^/?#]+\/?(\?p=[^&#]+)?$/;
const PERSONAL_HOST = 'teams.live.com';

export function toWireLocator(locator: unknown, agent: 'external' | 'member'): WireLocator {
  if (typeof locator !== 'object' || locator === null) throw errors.locatorInvalid();
  const fields = locator as Record<string, unknown>;
  if ('meetingLink' in fields) return { meetingLink: checkLink(fields['meetingLink']) };
  if ('meetingId' in fields) return meetingIdLocator(fields);
  if ('threadId' in fields) return coordinatesLocator(fields);
  if ('roomId' in fields && agent === 'external') {
    if (typeof fields['roomId'] !== 'string' || !ROOM_ID.test(fields['roomId'])) throw errors.locatorInvalid();
    return { roomId: fields['roomId'].trim() };
  }
  if ('groupId' in fields && agent === 'external') {
    if (typeof fields['groupId'] !== 'string' || !GROUP_ID.test(fields['groupId'])) throw errors.locatorInvalid();
    return { groupId: fields['groupId'].toLowerCase() };
  }
  throw errors.locatorInvalid();
}

function meetingIdLocator(fields: Record<string, unknown>): WireLocator {
  const { meetingId, passcode } = fields;
  if (typeof meetingId !== 'string' || meetingId.trim() === '') throw errors.locatorInvalid();
  if (passcode !== undefined && typeof passcode !== 'string') throw errors.locatorInvalid();
  // People read meeting ids aloud in groups of digits and type the spaces.
  const id = meetingId.replace(/\s+/g, '');
  return passcode ? { meetingId: id, passcode } : { meetingId: id };
}

function coordinatesLocator(fields: Record<string, unknown>): WireLocator {
  const { threadId, organizerId, tenantId, messageId } = fields;
  for (const value of [threadId, organizerId, tenantId, messageId]) {
    if (typeof value !== 'string' || value === '') throw errors.locatorInvalid();
  }
  return { threadId, organizerId, tenantId, messageId } as WireLocator;
}

/** Long form: /l/meetup-join/<thread>/<message>?context={"Tid","Oid"}; short form: /meet/<id>?p=<passcode>. Any host. */
function checkLink(value: unknown): string {
  if (typeof value !== 'string') throw errors.locatorInvalid();
  const link = value.trim();
  let url: URL;
  try {
    url = new URL(link);
  } catch {
    throw errors.linkInvalid();
  }
  if (SHORT_LINK.test(link)) {
    if (url.hostname === PERSONAL_HOST) throw errors.linkPersonal();
    return link;
  }
  if (isLongLink(url)) return link;
  throw errors.linkInvalid();
}

function isLongLink(url: URL): boolean {
  const [, , , thread, message] = url.pathname.split('/');
  const names = [...url.searchParams.keys()];
  if (!thread || !message || names.length !== 1 || names[0] !== 'context') return false;
  try {
    const context = JSON.parse(url.searchParams.get('context') ?? '') as { Tid?: unknown; Oid?: unknown };
    return typeof context.Tid === 'string' && typeof context.Oid === 'string';
  } catch {
    return false;
  }
}
