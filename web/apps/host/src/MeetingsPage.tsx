// My meetings: on now, coming, past; schedule, change, copy, delete, join.
import { Icon, Page, useAnnounce } from '@parvis/react';
import { useCallback, useEffect, useState } from 'react';
import { type Agenda, agendaOf } from './agenda';
import { DeleteDialog } from './DeleteDialog';
import type { Graph, OnlineMeeting } from './graph';
import { MeetingCard } from './MeetingCard';
import { ScheduleDialog } from './ScheduleDialog';

interface Props {
  graph: Graph;
  onJoin: (meeting: OnlineMeeting) => void;
  onSignOut: () => void;
}

type Open = { kind: 'none' } | { kind: 'schedule' } | { kind: 'change' | 'delete'; meeting: OnlineMeeting };

export function MeetingsPage({ graph, onJoin, onSignOut }: Props): JSX.Element {
  const { meetings, failed, load } = useMeetings(graph);
  const [open, setOpen] = useState<Open>({ kind: 'none' });
  const announce = useAnnounce();
  const now = useNow();
  const close = (): void => setOpen({ kind: 'none' });
  const done = (words: string) => async (): Promise<void> => {
    close();
    await load();
    announce(words);
  };
  const head = (
    <button type="button" className="button button-small" onClick={onSignOut}>
      <Icon name="signOut" size={16} /> Sign out
    </button>
  );
  return (
    <Page title="Your meetings" wide head={head} testId="meetings">
      <div className="meetings-bar">
        <button type="button" className="button button-primary" onClick={() => setOpen({ kind: 'schedule' })} data-testid="schedule">
          <Icon name="plus" size={18} /> New meeting
        </button>
      </div>
      {failed && (
        <p className="field-fault" role="alert">
          Your meetings could not be read. <button type="button" className="button button-small" onClick={() => void load()}>Try again</button>
        </p>
      )}
      {!meetings && !failed && <p className="hint">Reading your meetings…</p>}
      {meetings && <Groups agenda={agendaOf(meetings, now)} now={now} onJoin={onJoin} setOpen={setOpen} />}
      {open.kind === 'schedule' && <ScheduleDialog graph={graph} onClose={close} onDone={done('Meeting scheduled')} />}
      {open.kind === 'change' && <ScheduleDialog graph={graph} meeting={open.meeting} onClose={close} onDone={done('Meeting changed')} />}
      {open.kind === 'delete' && <DeleteDialog graph={graph} meeting={open.meeting} onClose={close} onDone={done('Meeting deleted')} />}
    </Page>
  );
}

interface GroupsProps {
  agenda: Agenda;
  now: number;
  onJoin: (meeting: OnlineMeeting) => void;
  setOpen: (open: Open) => void;
}

function Groups({ agenda, now, onJoin, setOpen }: GroupsProps): JSX.Element {
  const groups = [
    { title: 'Now', meetings: agenda.now },
    { title: 'Coming up', meetings: agenda.coming },
    { title: 'Past', meetings: agenda.past },
  ].filter(({ meetings }) => meetings.length > 0);
  if (groups.length === 0) {
    return (
      <div className="empty">
        <Icon name="calendar" size={36} />
        <p>No meetings yet. Schedule one, copy its link, and send it to your guest.</p>
      </div>
    );
  }
  return (
    <div className="groups">
      {groups.map(({ title, meetings }) => (
        <section key={title} aria-label={title}>
          <h2 className="group-title">{title}</h2>
          <ul className="cards">
            {meetings.map((meeting) => (
              <MeetingCard
                key={meeting.id}
                meeting={meeting}
                now={now}
                live={title === 'Now'}
                onJoin={() => onJoin(meeting)}
                onChange={() => setOpen({ kind: 'change', meeting })}
                onDelete={() => setOpen({ kind: 'delete', meeting })}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function useMeetings(graph: Graph): { meetings?: OnlineMeeting[]; failed: boolean; load: () => Promise<void> } {
  const [meetings, setMeetings] = useState<OnlineMeeting[]>();
  const [failed, setFailed] = useState(false);
  const load = useCallback(async () => {
    try {
      setMeetings(await graph.listMeetings());
      setFailed(false);
    } catch {
      setFailed(true);
    }
  }, [graph]);
  useEffect(() => void load(), [load]);
  return { meetings, failed, load };
}

/** The time, fresh enough for "now" and "today". */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
