// A person who was given an identity and a user token, by a builder or an operator: what the two say, and whether they agree.
import { AzureCommunicationTokenCredential } from '@azure/communication-common';
import type { Visitor } from './visitor';

export interface Held extends Visitor {
  /** A member's token: the name comes from the directory. */
  member: boolean;
}

const MEMBER = '8:orgid:';

/** What identity and token make together, or what is wrong with them. The server checks the token itself. */
export function heldBy(identity: string, token: string, now = Date.now()): Held | { fault: string } {
  const claims = claimsOf(token.trim());
  const subject = claims?.['skypeid'];
  const issuer = claims?.['iss'];
  const endsOn = claims?.['exp'];
  if (typeof subject !== 'string' || typeof issuer !== 'string' || typeof endsOn !== 'number' || !URL.canParse(issuer)) return { fault: 'This is not a user token of this server.' };
  if (endsOn * 1_000 <= now) return { fault: 'This token has ended. Ask for a new one.' };
  const rawId = `8:${subject}`;
  if (identity.trim() !== rawId) return { fault: 'The token belongs to another identity.' };
  return { rawId, member: rawId.startsWith(MEMBER), endpoint: new URL(issuer).origin, credential: new AzureCommunicationTokenCredential(token.trim()) };
}

function claimsOf(token: string): Record<string, unknown> | undefined {
  const [, payload = '', signature] = token.split('.');
  if (!signature) return undefined;
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
