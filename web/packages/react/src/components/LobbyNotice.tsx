// The notice that somebody waits: in sight over everything else, whatever panel is open, until it is answered.
import { useEffect, useRef } from 'react';
import { lobbySentence, newcomers, type Waiting } from '../call/lobbyNotice';
import type { Meeting } from '../call/meeting';
import { playSound } from '../sounds/play';
import { useAnnounce } from './Announcer';
import { Icon } from './Icon';

interface Props {
  meeting: Meeting;
  waiting: Waiting[];
  onShow: () => void;
}

export function LobbyNotice({ meeting, waiting, onShow }: Props): JSX.Element | null {
  useLobbyAlert(waiting);
  const [first] = waiting;
  if (!first) return null;
  const several = waiting.length > 1;
  return (
    <section className="notice" aria-label="Lobby" data-testid="lobby-notice">
      <span className="notice-icon">
        <Icon name="door" />
      </span>
      <p className="notice-text">{lobbySentence(waiting)}</p>
      <div className="notice-actions">
        <button type="button" className="button button-small" onClick={onShow}>
          View
        </button>
        <button type="button" className="button button-small button-primary" onClick={() => void (several ? meeting.admitAll() : meeting.admit(first.rawId))} data-testid="notice-admit">
          {several ? 'Admit all' : 'Admit'}
        </button>
      </div>
    </section>
  );
}

/** A sound and a spoken sentence, once for each newcomer. */
function useLobbyAlert(waiting: Waiting[]): void {
  const announce = useAnnounce();
  const before = useRef<Waiting[]>([]);
  useEffect(() => {
    const fresh = newcomers(before.current, waiting);
    before.current = waiting;
    if (fresh.length === 0) return;
    playSound('knock');
    announce(lobbySentence(fresh), 'assertive');
  }, [waiting, announce]);
}
