// From a seat and a link to a call with its chat: the one life cycle behind both pages.
import { useCallback, useEffect, useState } from 'react';
import type { CommunicationTokenCredential } from '@azure/communication-common';
import type { Engine } from './call/engine';
import { type JoinChoice, Meeting, type MeetingLocator, type Seat } from './call/meeting';
import { Conversation } from './chat/conversation';

/** Who sits down: the credential, and how the person is known. */
export interface Arrival {
  seat: Seat;
  rawId: string;
  name: string;
  credential: CommunicationTokenCredential;
  /** Where chat is: the server's https origin, which is not this page's when it came from the plain http listener. */
  endpoint: string;
}

/** A call that was begun. */
export interface Session {
  meeting: Meeting;
  arrival: Arrival;
  conversation?: Conversation;
}

interface Handle {
  session?: Session;
  start: (arrival: Arrival, locator: MeetingLocator, choice: JoinChoice) => void;
  reset: () => void;
}

/** Holds at most one call; leaving the page or starting anew lets the old one go. */
export function useMeeting(engine: Engine | undefined): Handle {
  const [session, setSession] = useState<Session>();
  const meeting = session?.meeting;
  const arrival = session?.arrival;

  const start = useCallback(
    (arrival: Arrival, locator: MeetingLocator, choice: JoinChoice) => {
      if (!engine) return;
      const begun = new Meeting(engine.client, engine.devices);
      setSession({ meeting: begun, arrival });
      void begun.join(arrival.seat, locator, choice);
    },
    [engine],
  );
  const reset = useCallback(() => setSession(undefined), []);

  // A reloaded page does not hang up: the server keeps the seat for a moment, and the page takes it again.
  useEffect(() => {
    if (!meeting) return undefined;
    return () => meeting.dispose();
  }, [meeting]);

  useEffect(() => {
    if (!meeting || !arrival) return undefined;
    let conversation: Conversation | undefined;
    const follow = (): void => {
      const { phase, threadId } = meeting.snapshot();
      if (phase === 'connected' && threadId && !conversation) {
        conversation = new Conversation(arrival.endpoint, arrival.credential, threadId, { rawId: arrival.rawId, name: arrival.name });
        setSession((now) => (now?.meeting === meeting ? { ...now, conversation } : now));
        void conversation.open();
      }
      if (phase === 'ended') conversation?.close();
    };
    const stop = meeting.subscribe(follow);
    follow();
    return () => {
      stop();
      conversation?.close();
    };
  }, [meeting, arrival]);

  return { session, start, reset };
}
