// Without a link: meeting ID and passcode, as they stand in an invitation.
import { type MeetingLocator, Page } from '@parvis/react';
import { type FormEvent, useState } from 'react';
import { typedInvitation } from './invitation';

interface Props {
  onInvitation: (locator: MeetingLocator) => void;
  onToken: () => void;
}

export function AskForInvitation({ onInvitation, onToken }: Props): JSX.Element {
  const [id, setId] = useState('');
  const [passcode, setPasscode] = useState('');
  const [fault, setFault] = useState<string>();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const typed = typedInvitation(id, passcode);
    if ('fault' in typed) setFault(typed.fault);
    else onInvitation(typed);
  };
  return (
    <Page title="Join a meeting" testId="invitation-page">
      <p className="lead">Enter what stands in your invitation.</p>
      <form className="join-form" onSubmit={submit} noValidate>
        <label className="field">
          <span>Meeting ID or link</span>
          <input value={id} autoComplete="off" aria-invalid={fault !== undefined} aria-describedby="invitation-fault" onChange={(event) => setId(event.target.value)} data-testid="meeting-id" />
          <span id="invitation-fault" className="field-fault" role="alert">
            {fault}
          </span>
        </label>
        <label className="field">
          <span>Passcode</span>
          <input value={passcode} autoComplete="off" onChange={(event) => setPasscode(event.target.value)} data-testid="passcode" />
        </label>
        <button type="submit" className="button button-primary button-large">
          Go on
        </button>
        <button type="button" className="button button-large" onClick={onToken} data-testid="with-token">
          I have an identity and a token
        </button>
      </form>
    </Page>
  );
}
