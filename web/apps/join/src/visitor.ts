// The visitor's token: made by the server for this tab, kept in the tab's session so that a reload is the same person.
import { AzureCommunicationTokenCredential } from '@azure/communication-common';

/** A person who is not signed in. */
export interface Visitor {
  rawId: string;
  credential: AzureCommunicationTokenCredential;
  endpoint: string;
}

interface TokenAnswer {
  rawId: string;
  token: string;
  expiresOn: string;
  endpoint: string;
}

/** A refused token request; `status` is HTTP's. */
export class TokenError extends Error {
  constructor(readonly status: number) {
    super(`token request answered ${status}`);
  }
}

const KEPT = 'parvis.visitor';
/** A kept token must last at least this long, or a new identity is made. */
const LEFT_MS_MIN = 30 * 60_000;

/** The visitor of this tab; a new one when there is none or its token ends soon. */
export async function arriveAsVisitor(now = Date.now()): Promise<Visitor> {
  const answer = kept(now) ?? (await requestToken());
  sessionStorage.setItem(KEPT, JSON.stringify(answer));
  return { rawId: answer.rawId, endpoint: answer.endpoint, credential: new AzureCommunicationTokenCredential(answer.token) };
}

/** After this the next visitor is a new one. */
export function forgetVisitor(): void {
  sessionStorage.removeItem(KEPT);
}

function kept(now: number): TokenAnswer | undefined {
  const text = sessionStorage.getItem(KEPT);
  if (!text) return undefined;
  try {
    const answer = JSON.parse(text) as TokenAnswer;
    return Date.parse(answer.expiresOn) - now > LEFT_MS_MIN ? answer : undefined;
  } catch {
    return undefined;
  }
}

async function requestToken(): Promise<TokenAnswer> {
  const answer = await fetch('/join/token', { method: 'POST', headers: { accept: 'application/json' } });
  if (!answer.ok) throw new TokenError(answer.status);
  return (await answer.json()) as TokenAnswer;
}
