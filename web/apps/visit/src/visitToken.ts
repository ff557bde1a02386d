// The patient's identity and token, made by the clinic's own back end. The browser never sees a resource key.

/** What the back end answers. */
export interface VisitToken {
  userId: { communicationUserId: string };
  token: string;
  expiresOn: string;
  /** Where the meeting's server is. */
  endpoint: string;
}

/** Why there is no token: the clinic wants its own check passed first, or something failed. */
export type Refusal = 'check' | 'busy' | 'failed';

/** Asks the back end; `code` answers the clinic's own check, if it has one. */
export async function requestVisitToken(code?: string): Promise<VisitToken | Refusal> {
  const answer = await fetch('/visit/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(code ? { code } : {}),
  }).catch(() => undefined);
  if (answer?.ok) return (await answer.json()) as VisitToken;
  if (answer?.status === 401) return 'check';
  return answer?.status === 429 ? 'busy' : 'failed';
}

/** The meeting link this page was opened with. */
export function meetingLinkOf(address: URL): string | undefined {
  const link = address.searchParams.get('meetingURL')?.trim();
  return link && URL.canParse(link) && /^https?:$/.test(new URL(link).protocol) ? link : undefined;
}
