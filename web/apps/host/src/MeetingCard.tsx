// One meeting in the list.
import { Icon, useAnnounce } from '@parvis/react';
import { useState } from 'react';
import { invitationText, spacedId, timesOf } from './agenda';
import type { OnlineMeeting } from './graph';

interface Props {
  meeting: OnlineMeeting;
  now: number;
  live: boolean;
  onJoin: () => void;
  onChange: () => void;
  onDelete: () => void;
}

export function MeetingCard({ meeting, now, live, onJoin, onChange, onDelete }: Props): JSX.Element {
  const subject = meeting.subject || 'Meeting';
  const times = timesOf(meeting, now);
  const settings = meeting.joinMeetingIdSettings;
  return (
    <li className={live ? 'card card-live' : 'card'} data-testid="meeting" data-subject={subject}>
      <div className="card-words">
        <h3 className="card-title">{subject}</h3>
        <p className="card-times">
          <Icon name="clock" size={16} /> {times}
        </p>
        {settings && (
          <p className="card-id">
            <span>ID {spacedId(settings.joinMeetingId)}</span>
            {settings.passcode && <span className="card-passcode">Passcode {settings.passcode}</span>}
          </p>
        )}
      </div>
      <div className="card-actions">
        <CopyButton label="Copy link" subject={subject} icon="link" text={meeting.joinWebUrl} testId="copy-link" />
        <CopyButton label="Invitation text" subject={subject} icon="copy" text={invitationText(meeting, times)} testId="copy-invitation" />
        <button type="button" className="button button-small" onClick={onChange} aria-label={`Change ${subject}`}>
          Change
        </button>
        <button type="button" className="button-plain" onClick={onDelete} aria-label={`Delete ${subject}`} title="Delete" data-testid="delete">
          <Icon name="trash" size={18} />
        </button>
        <button type="button" className={live ? 'button button-small button-primary' : 'button button-small'} onClick={onJoin} aria-label={`Join ${subject}`} data-testid="join-meeting">
          Join
        </button>
      </div>
    </li>
  );
}

interface CopyProps {
  label: string;
  subject: string;
  icon: 'link' | 'copy';
  text: string;
  testId: string;
}

function CopyButton({ label, subject, icon, text, testId }: CopyProps): JSX.Element {
  const announce = useAnnounce();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      announce('Copied');
      setTimeout(() => setCopied(false), 2_000);
    } catch {
      // Some browsers allow no clipboard: the text is shown to be copied by hand.
      window.prompt(label, text);
    }
  };
  return (
    <button type="button" className="button button-small" onClick={() => void copy()} aria-label={`${label} of ${subject}`} data-testid={testId}>
      <Icon name={copied ? 'check' : icon} size={16} /> {copied ? 'Copied' : label}
    </button>
  );
}
