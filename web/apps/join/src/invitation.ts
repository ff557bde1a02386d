// What an invitation is: the address of this very page, or a meeting ID with its passcode typed by hand.
import type { MeetingLocator } from '@parvis/react';

/** The meeting this address names, if it names one. The server decides whether it exists. */
export function invitationOf(address: URL): MeetingLocator | undefined {
  const named = address.pathname.startsWith('/l/meetup-join/') || address.pathname.startsWith('/meet/');
  return named ? { meetingLink: address.origin + address.pathname + address.search } : undefined;
}

/** What a person typed: a whole link, or an ID in any spacing. */
export function typedInvitation(text: string, passcode: string): MeetingLocator | { fault: string } {
  const trimmed = text.trim();
  if (/^https?:\/\//i.test(trimmed)) {
    const link = URL.canParse(trimmed) ? invitationOf(new URL(trimmed)) : undefined;
    return link ?? { fault: 'This address is not a meeting link.' };
  }
  const digits = trimmed.replace(/[\s-]/g, '');
  if (!/^\d{6,20}$/.test(digits)) return { fault: 'Enter the digits of the meeting ID, or paste the whole link.' };
  return { meetingId: digits, ...(passcode.trim() ? { passcode: passcode.trim() } : {}) };
}

/** The name to be shown, or what is wrong with it. */
export function nameFault(name: string): string | undefined {
  const trimmed = name.trim();
  if (!trimmed) return 'Enter the name the others will see.';
  return trimmed.length > 256 ? 'This name is too long.' : undefined;
}
