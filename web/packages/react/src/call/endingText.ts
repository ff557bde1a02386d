// The words after the call, one set for each kind of end, each with a way on.
import type { EndingKind } from './ending';

/** What the page says and offers. */
export interface EndingText {
  title: string;
  words: string;
  /** Joining the same meeting again makes sense. */
  again?: string;
}

export const ENDING_TEXT: Record<EndingKind, EndingText> = {
  left: { title: 'You left the call', words: 'The call goes on without you. You can come back while it lasts.', again: 'Join again' },
  ended: { title: 'The call has ended', words: 'The organiser ended it for everybody.' },
  endedByMe: { title: 'You ended the call', words: 'Everybody has left. The meeting’s link still works until you delete it.', again: 'Join again' },
  denied: { title: 'You were not let in', words: 'The people in the meeting decided not to admit you. If this is a mistake, ask the person who invited you.', again: 'Ask again' },
  unanswered: { title: 'Nobody answered', words: 'You waited in the lobby, but nobody let you in in time. The meeting may not have begun.', again: 'Wait again' },
  removed: { title: 'You were removed from the call', words: 'Somebody who runs the meeting removed you. If you think this is a mistake, ask the person who invited you.' },
  badLink: { title: 'This link does not lead to a meeting', words: 'It may be incomplete, or the meeting was cancelled. Ask for a new link, or enter the meeting ID from your invitation.' },
  notAllowed: { title: 'This meeting is not open to you', words: 'The organisation does not let people join it this way. If you have an account there, sign in; else ask the person who invited you.' },
  full: { title: 'The meeting is full', words: 'No more people can join just now. Try again when somebody has left.', again: 'Try again' },
  expired: { title: 'Your access has ended', words: 'For your safety, access to the call lasts only so long. Join again to go on.', again: 'Join again' },
  lost: { title: 'The connection was lost', words: 'Your network or the server went away for too long. Nothing you did wrong.', again: 'Join again' },
  failed: { title: 'The call could not be joined', words: 'Something went wrong on the way. Trying again often helps.', again: 'Try again' },
};
