// The call page: stage, controls, and the panel beside it. Shared by members and guests; the server's capabilities make the difference.
import { useEffect, useRef, useState } from 'react';
import { badgedTitle } from '../call/lobbyNotice';
import type { Meeting } from '../call/meeting';
import type { Conversation } from '../chat/conversation';
import { playSound } from '../sounds/play';
import { useStore } from '../useStore';
import { useAnnounce } from './Announcer';
import { Mark } from './Brand';
import { ChatPanel } from './ChatPanel';
import { Controls, type Panel } from './Controls';
import { Icon } from './Icon';
import { LobbyNotice } from './LobbyNotice';
import { PeoplePanel } from './PeoplePanel';
import { Stage } from './Stage';

interface Props {
  meeting: Meeting;
  conversation?: Conversation;
  title: string;
  myName: string;
}

export function Room({ meeting, conversation, title, myName }: Props): JSX.Element {
  const state = useStore(meeting);
  const [panel, setPanel] = useState<Panel>('none');
  const unread = useUnread(conversation, panel === 'chat');
  useRoomAnnouncements(meeting);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const canManage = state.can.lobby;
  usePageTitle(`${title} · Parvis`, canManage ? state.waiting.length : 0);
  const close = (): void => {
    setPanel('none');
    // The focus goes back to the button that opens this panel.
    document.getElementById(`control-${panel}`)?.focus();
  };
  return (
    <div className={panel === 'none' ? 'room night' : 'room night room-with-panel'} data-phase={state.phase} data-testid="room">
      <header className="room-head">
        <Mark size={26} />
        <h1 ref={heading} tabIndex={-1} className="room-title">
          {title}
        </h1>
        <span className="room-count">
          <Icon name="people" size={16} />
          <span className="unseen">People in the call: </span>
          {state.people.length + 1}
        </span>
      </header>
      {canManage && <LobbyNotice meeting={meeting} waiting={state.waiting} onShow={() => setPanel('people')} />}
      <main className="room-main">
        <Notes meeting={meeting} />
        <Stage state={state} myName={myName} />
      </main>
      {panel !== 'none' && (
        <SidePanel key={panel} title={panel === 'people' ? 'People' : 'Chat'} onClose={close}>
          {panel === 'people' && <PeoplePanel meeting={meeting} state={state} myName={myName} />}
          {panel === 'chat' && (conversation ? <ChatPanel conversation={conversation} /> : <p className="chat-hint">Chat opens when you are in the call.</p>)}
        </SidePanel>
      )}
      <footer className="room-foot">
        <Controls meeting={meeting} state={state} panel={panel} openPanel={setPanel} unread={unread} />
      </footer>
    </div>
  );
}

/** The meeting's name in the title, with the number of people waiting in front; as before when the call is over. */
function usePageTitle(title: string, waiting: number): void {
  useEffect(() => {
    const before = document.title;
    return () => {
      document.title = before;
    };
  }, []);
  useEffect(() => {
    document.title = badgedTitle(title, waiting);
  }, [title, waiting]);
}

function SidePanel({ title, onClose, children }: { title: string; onClose: () => void; children: React.ReactNode }): JSX.Element {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.querySelector<HTMLElement>('h2')?.focus(), []);
  return (
    <aside ref={panel} className="panel" aria-label={title} onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <header className="panel-head">
        <h2 tabIndex={-1}>{title}</h2>
        <button type="button" className="button-plain" aria-label={`Close ${title.toLowerCase()}`} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </aside>
  );
}

function Notes({ meeting }: { meeting: Meeting }): JSX.Element {
  const { network, fault } = useStore(meeting);
  return (
    <div className="notes">
      {network === 'lost' && (
        <p className="note note-warning" role="status">
          <Icon name="retry" size={16} /> Connection lost. Trying to come back…
        </p>
      )}
      {fault && (
        <p className="note note-danger" role="alert">
          <span>{fault}.</span>
          <button type="button" className="button-plain" aria-label="Dismiss" onClick={meeting.clearFault}>
            <Icon name="close" size={16} />
          </button>
        </p>
      )}
    </div>
  );
}

function useUnread(conversation: Conversation | undefined, attended: boolean): number {
  const announce = useAnnounce();
  const [unread, setUnread] = useState(0);
  const before = useRef(0);
  useEffect(() => {
    if (!conversation) return undefined;
    return conversation.subscribe(() => {
      const { unread: now, items } = conversation.snapshot();
      if (now > before.current) {
        playSound('message');
        const last = items.filter((item) => !item.mine && item.kind === 'text').at(-1);
        if (last) announce(`${last.senderName} wrote: ${last.text.slice(0, 200)}`);
      }
      before.current = now;
      setUnread(now);
    });
  }, [conversation, announce]);
  return attended ? 0 : unread;
}

/** Says who came and went, and that somebody else muted us. */
function useRoomAnnouncements(meeting: Meeting): void {
  const announce = useAnnounce();
  useEffect(() => {
    let known = new Map(meeting.snapshot().people.map(({ key, name }) => [key, name]));
    let mutes = meeting.snapshot().mutedByOthers;
    return meeting.subscribe(() => {
      const { people, mutedByOthers, phase } = meeting.snapshot();
      if (phase !== 'connected') return;
      const now = new Map(people.map(({ key, name }) => [key, name]));
      for (const [key, name] of now) if (!known.has(key)) announce(`${name} joined`);
      for (const [key, name] of known) if (!now.has(key)) announce(`${name} left`);
      known = now;
      if (mutedByOthers > mutes) announce('You were muted', 'assertive');
      mutes = mutedByOthers;
    });
  }, [meeting, announce]);
}
