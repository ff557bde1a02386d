// The lobby from the inside: what one waits for, and that it goes on by itself.
import { useEffect, useRef } from 'react';
import type { Meeting } from '../call/meeting';
import { playSound } from '../sounds/play';
import { useStore } from '../useStore';
import { Mark } from './Brand';
import { Icon } from './Icon';

interface Props {
  meeting: Meeting;
  title: string;
}

export function Waiting({ meeting, title }: Props): JSX.Element {
  const state = useStore(meeting);
  const heading = useRef<HTMLHeadingElement>(null);
  const waits = state.phase === 'lobby';
  useEffect(() => heading.current?.focus(), [waits]);
  useEffect(
    () =>
      meeting.subscribe(() => {
        if (waits && meeting.snapshot().phase === 'connected') playSound('welcome');
      }),
    [meeting, waits],
  );
  return (
    <main className="waiting" data-testid={waits ? 'lobby' : 'joining'}>
      <div className="waiting-mark" aria-hidden="true">
        <Mark size={72} />
      </div>
      <h1 ref={heading} tabIndex={-1}>
        {waits ? 'Someone will let you in soon' : 'Joining…'}
      </h1>
      <p role="status">{waits ? `You are in the lobby of ${title}. Stay on this page: the call begins as soon as you are admitted.` : 'Setting up your connection.'}</p>
      {waits && (
        <div className="waiting-controls">
          <button type="button" className={state.muted ? 'round round-off' : 'round'} aria-label={state.muted ? 'Unmute' : 'Mute'} onClick={() => void meeting.toggleMic()}>
            <Icon name={state.muted ? 'micOff' : 'mic'} size={22} />
          </button>
          <button type="button" className={state.cameraOn ? 'round' : 'round round-off'} aria-label={state.cameraOn ? 'Stop camera' : 'Start camera'} onClick={() => void meeting.toggleCamera()}>
            <Icon name={state.cameraOn ? 'camera' : 'cameraOff'} size={22} />
          </button>
        </div>
      )}
      <button type="button" className="button" onClick={() => void meeting.leave()} data-testid="lobby-leave">
        Leave
      </button>
    </main>
  );
}
