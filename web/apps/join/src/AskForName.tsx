// The first page: how one looks, and the name the others will see.
import { Page, PreJoin, type Preview } from '@parvis/react';
import { type FormEvent, useState } from 'react';
import { nameFault } from './invitation';

interface Props {
  preview?: Preview;
  fault?: string;
  remembered: string;
  onJoin: (name: string) => Promise<void>;
}

export function AskForName({ preview, fault, remembered, onJoin }: Props): JSX.Element {
  const [name, setName] = useState(remembered);
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const found = nameFault(name);
    setWrong(found);
    if (found) return document.getElementById('name')?.focus();
    setBusy(true);
    void onJoin(name.trim()).finally(() => setBusy(false));
  };
  return (
    <Page title="Ready to join?" wide testId="name-page" head={<a href={`/host/#join=${encodeURIComponent(location.href)}`}>Sign in instead</a>}>
      <div className="join-split">
        {preview ? <PreJoin preview={preview} name={name} /> : <div className="mirror" />}
        <form className="join-form" onSubmit={submit} noValidate>
          <p className="lead">You join as a guest. Somebody in the meeting will let you in.</p>
          <label className="field">
            <span>Your name</span>
            <input
              id="name"
              name="name"
              autoComplete="name"
              value={name}
              maxLength={300}
              aria-invalid={wrong !== undefined}
              aria-describedby="name-fault"
              onChange={(event) => setName(event.target.value)}
              data-testid="name"
            />
            <span id="name-fault" className="field-fault" role="alert">
              {wrong ?? fault}
            </span>
          </label>
          <button type="submit" className="button button-primary button-large" disabled={busy || !preview} data-testid="join">
            {busy ? 'Joining…' : 'Join the meeting'}
          </button>
        </form>
      </div>
    </Page>
  );
}
