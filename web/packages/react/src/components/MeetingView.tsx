// Which page of a call is shown: joining, lobby, room or end.
import type { ReactNode } from 'react';
import { useStore } from '../useStore';
import type { Session } from '../useMeeting';
import { EndPage } from './EndPage';
import { Room } from './Room';
import { Waiting } from './Waiting';

interface Props {
  session: Session;
  title: string;
  onAgain: () => void;
  /** Further ways on after the end, such as back to the list of meetings. */
  onEnd?: (kind: string) => ReactNode;
}

export function MeetingView({ session, title, onAgain, onEnd }: Props): JSX.Element {
  const { phase, ending, subject } = useStore(session.meeting);
  if (phase === 'ended' && ending) {
    return (
      <EndPage ending={ending} onAgain={onAgain}>
        {onEnd?.(ending.kind)}
      </EndPage>
    );
  }
  if (phase === 'joining' || phase === 'lobby') return <Waiting meeting={session.meeting} title={title} />;
  return <Room meeting={session.meeting} conversation={session.conversation} title={subject ?? title} myName={session.arrival.name} />;
}
