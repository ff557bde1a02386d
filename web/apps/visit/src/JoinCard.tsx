// The way into the visit: a name, the link if the page was opened without one, and the clinic's own check if it has one.
import { type FormEvent, useState } from 'react';
import type { Patient } from './VisitApp';
import { meetingLinkOf, requestVisitToken } from './visitToken';

interface Props {
  link?: string;
  onPatient: (patient: Patient) => void;
  /** The person is about to join. */
  onSoon: () => void;
}

const REFUSALS = {
  check: 'Please enter the access code from your appointment letter.',
  busy: 'Many people are joining just now. Please try again in a minute.',
  failed: 'The visit could not be opened. Please try again.',
};

export function JoinCard({ link, onPatient, onSoon }: Props): JSX.Element {
  const [name, setName] = useState('');
  const [typedLink, setTypedLink] = useState('');
  const [code, setCode] = useState('');
  const [asksCode, setAsksCode] = useState(false);
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const meeting = link ?? linkFrom(typedLink);
    if (!name.trim()) return setFault('Please enter your name.');
    if (!meeting) return setFault('Please paste the whole link from your appointment letter.');
    setBusy(true);
    const token = await requestVisitToken(code || undefined);
    setBusy(false);
    if (typeof token === 'string') {
      setAsksCode(asksCode || token === 'check');
      return setFault(REFUSALS[token]);
    }
    onPatient({ name: name.trim(), link: meeting, token });
  };
  return (
    <div className="join-card">
      <h1>Your video visit</h1>
      <p>Your clinician will let you in. You stay on this page all the time, and your form stays as it is.</p>
      <form onSubmit={(event) => void submit(event)} onFocus={onSoon} noValidate>
        <label>
          Your name
          <input name="name" autoComplete="name" maxLength={256} value={name} onChange={(event) => setName(event.target.value)} data-testid="visit-name" />
        </label>
        {!link && (
          <label>
            Link from your appointment letter
            <input type="url" autoComplete="off" value={typedLink} onChange={(event) => setTypedLink(event.target.value)} data-testid="visit-link" />
          </label>
        )}
        {asksCode && (
          <label>
            Access code
            <input type="password" autoComplete="one-time-code" value={code} onChange={(event) => setCode(event.target.value)} data-testid="visit-code" />
          </label>
        )}
        <p className="fault" role="alert">
          {fault}
        </p>
        <button type="submit" className="primary" disabled={busy} data-testid="visit-start">
          {busy ? 'One moment…' : 'Start my visit'}
        </button>
      </form>
    </div>
  );
}

function linkFrom(text: string): string | undefined {
  const address = new URL('https://form.invalid/');
  address.searchParams.set('meetingURL', text);
  return meetingLinkOf(address);
}
