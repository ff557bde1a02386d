// The bar under the stage: microphone, camera, share, panels, leaving.
import { useState } from 'react';
import type { Meeting, MeetingState } from '../call/meeting';
import { Dialog } from './Dialog';
import { Icon, type IconName } from './Icon';

export type Panel = 'none' | 'people' | 'chat';

interface Props {
  meeting: Meeting;
  state: MeetingState;
  panel: Panel;
  openPanel: (panel: Panel) => void;
  unread: number;
}

export function Controls({ meeting, state, panel, openPanel, unread }: Props): JSX.Element {
  const [ending, setEnding] = useState(false);
  const busy = state.phase !== 'connected';
  const count = state.people.length + 1;
  const toggle = (to: Panel): void => openPanel(panel === to ? 'none' : to);
  return (
    <div className="controls" role="toolbar" aria-label="Call controls">
      <div className="controls-group">
        <Control
          icon={state.muted ? 'micOff' : 'mic'}
          label={state.muted ? 'Unmute' : 'Mute'}
          off={state.muted}
          disabled={busy || (state.muted && !state.can.mic)}
          onClick={meeting.toggleMic}
          testId="control-mic"
        />
        <Control
          icon={state.cameraOn ? 'camera' : 'cameraOff'}
          label={state.cameraOn ? 'Stop camera' : 'Start camera'}
          shown="Camera"
          off={!state.cameraOn}
          disabled={busy || (!state.cameraOn && !state.can.camera)}
          onClick={meeting.toggleCamera}
          testId="control-camera"
        />
        {state.can.share && (
          <Control
            icon={state.sharing ? 'shareStop' : 'share'}
            label={state.sharing ? 'Stop sharing' : 'Share'}
            shown={state.sharing ? 'Sharing' : 'Share'}
            active={state.sharing}
            disabled={busy}
            onClick={meeting.toggleShare}
            testId="control-share"
          />
        )}
      </div>
      <div className="controls-group">
        <Control
          icon="people"
          label="People"
          pressed={panel === 'people'}
          badge={state.waiting.length || undefined}
          badgeLabel={state.waiting.length ? `${state.waiting.length} waiting` : `${count} in the call`}
          onClick={() => toggle('people')}
          testId="control-people"
        />
        <Control
          icon="chat"
          label="Chat"
          pressed={panel === 'chat'}
          badge={unread || undefined}
          badgeLabel={unread ? `${unread} unread` : undefined}
          onClick={() => toggle('chat')}
          testId="control-chat"
        />
      </div>
      <div className="controls-group">
        <Control icon="leave" label="Leave" danger onClick={() => (state.can.endForAll ? setEnding(true) : void meeting.leave())} testId="control-leave" />
      </div>
      {ending && <LeaveDialog meeting={meeting} onClose={() => setEnding(false)} />}
    </div>
  );
}

function LeaveDialog({ meeting, onClose }: { meeting: Meeting; onClose: () => void }): JSX.Element {
  const leave = (forEveryone: boolean) => () => {
    onClose();
    void meeting.leave(forEveryone);
  };
  return (
    <Dialog title="Leave the call?" onClose={onClose}>
      <p>The others can go on without you, or you can end the call for everybody.</p>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Stay
        </button>
        <button type="button" className="button button-danger-quiet" onClick={leave(true)} data-testid="end-for-all">
          End for everybody
        </button>
        <button type="button" className="button button-danger" onClick={leave(false)} data-testid="leave-only">
          Leave
        </button>
      </div>
    </Dialog>
  );
}

interface ControlProps {
  icon: IconName;
  label: string;
  /** The short word under the icon; part of the label, which says it whole. */
  shown?: string;
  onClick: () => unknown;
  testId: string;
  off?: boolean;
  active?: boolean;
  danger?: boolean;
  disabled?: boolean;
  pressed?: boolean;
  badge?: number;
  badgeLabel?: string;
}

function Control({ icon, label, shown = label, onClick, testId, off, active, danger, disabled, pressed, badge, badgeLabel }: ControlProps): JSX.Element {
  const kind = ['control', off ? 'control-off' : '', active || pressed ? 'control-active' : '', danger ? 'control-danger' : ''].join(' ');
  return (
    <button
      type="button"
      id={testId}
      className={kind}
      aria-label={badgeLabel ? `${label}, ${badgeLabel}` : label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={() => void onClick()}
      data-testid={testId}
    >
      <span className="control-face" data-badge={badge && (badge > 99 ? '99+' : badge)}>
        <Icon name={icon} size={22} />
      </span>
      <span className="control-label" aria-hidden="true">
        {shown}
      </span>
    </button>
  );
}
