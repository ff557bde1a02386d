// The meetings of the person signed in, in the Graph shape.
import { AnswerError } from './signIn';

/** What a meeting shows of itself here. */
export interface OnlineMeeting {
  id: string;
  subject?: string | null;
  startDateTime: string;
  endDateTime: string;
  joinWebUrl: string;
  joinMeetingIdSettings?: { joinMeetingId: string; passcode?: string | null };
  lobbyBypassSettings?: { scope: LobbyScope };
  allowedPresenters?: AllowedPresenters;
  allowMeetingChat?: ChatOption;
}

export type LobbyScope = 'organizer' | 'invited' | 'organizationExcludingGuests' | 'organization' | 'organizationAndFederated' | 'everyone';
export type AllowedPresenters = 'everyone' | 'organization' | 'roleIsPresenter' | 'organizer';
export type ChatOption = 'enabled' | 'disabled' | 'limited';

/** What is sent to make or change a meeting. */
export interface MeetingDraft {
  subject: string;
  startDateTime: string;
  endDateTime: string;
  lobbyBypassSettings: { scope: LobbyScope };
  allowedPresenters: AllowedPresenters;
  allowMeetingChat: ChatOption;
}

/** The member's own data and the token for calls. */
export interface HostToken {
  rawId: string;
  displayName: string;
  token: string;
  expiresOn: string;
  endpoint: string;
}

const MEETINGS = '/v1.0/me/onlineMeetings';
/** Lists are read to the end, but never more pages than this. */
const PAGES_MAX = 20;

/** Calls on behalf of the person; `bearer` gives a fresh token or nothing. */
export class Graph {
  constructor(
    private bearer: () => Promise<string | undefined>,
    private signedOut: () => void,
  ) {}

  async listMeetings(): Promise<OnlineMeeting[]> {
    const found: OnlineMeeting[] = [];
    let address: string | undefined = MEETINGS;
    for (let page = 0; address && page < PAGES_MAX; page += 1) {
      const answer: { value: OnlineMeeting[]; '@odata.nextLink'?: string } = await this.call('GET', address);
      found.push(...answer.value);
      const next = answer['@odata.nextLink'];
      // Only the path: the token goes to our own origin and nowhere else.
      address = next ? new URL(next).pathname + new URL(next).search : undefined;
    }
    return found;
  }

  createMeeting(draft: MeetingDraft): Promise<OnlineMeeting> {
    return this.call('POST', MEETINGS, draft);
  }

  updateMeeting(id: string, draft: MeetingDraft): Promise<OnlineMeeting> {
    return this.call('PATCH', `${MEETINGS}/${encodeURIComponent(id)}`, draft);
  }

  async deleteMeeting(id: string): Promise<void> {
    await this.call('DELETE', `${MEETINGS}/${encodeURIComponent(id)}`);
  }

  /** The token for calls and chat on this page. */
  hostToken(): Promise<HostToken> {
    return this.call('POST', '/host/token');
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const token = await this.bearer();
    if (!token) {
      this.signedOut();
      throw new AnswerError(401);
    }
    const answer = await fetch(path, {
      method,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (answer.status === 401) this.signedOut();
    if (!answer.ok) throw new AnswerError(answer.status);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }
}
