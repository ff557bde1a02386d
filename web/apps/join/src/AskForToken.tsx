// Without any code: identity, token and meeting link, pasted as they were made.
import { type MeetingLocator, Page } from '@parvis/react';
import { type FormEvent, useState } from 'react';
import { type Held, heldBy } from './heldToken';
import { typedInvitation } from './invitation';

interface Props {
  onReady: (held: Held, locator: MeetingLocator) => void;
  onBack: () => void;
}

type Field = 'identity' | 'token' | 'link';
const FIELDS: { name: Field; label: string; hint: string }[] = [
  { name: 'identity', label: 'Identity', hint: 'Begins with 8:' },
  { name: 'token', label: 'User access token', hint: 'With the scopes chat and voip' },
  { name: 'link', label: 'Meeting link or ID', hint: 'As it stands in the invitation' },
];

export function AskForToken({ onReady, onBack }: Props): JSX.Element {
  const [values, setValues] = useState<Record<Field, string>>({ identity: '', token: '', link: '' });
  const [fault, setFault] = useState<{ field: Field; text: string }>();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const held = heldBy(values.identity, values.token);
    const locator = typedInvitation(values.link, '');
    if ('fault' in held) setFault({ field: held.fault.startsWith('The token belongs') ? 'identity' : 'token', text: held.fault });
    else if ('fault' in locator) setFault({ field: 'link', text: locator.fault });
    else onReady(held, locator);
  };
  return (
    <Page title="Join with a token" testId="token-page">
      <p className="lead">For builders: try an identity and a token without writing code. Nothing is kept once this page is closed.</p>
      <form className="join-form" onSubmit={submit} noValidate autoComplete="off">
        {FIELDS.map(({ name, label, hint }) => (
          <label className="field" key={name}>
            <span>{label}</span>
            <input
              value={values[name]}
              type={name === 'token' ? 'password' : 'text'}
              autoComplete="off"
              spellCheck={false}
              placeholder={hint}
              aria-invalid={fault?.field === name}
              aria-describedby={`${name}-fault`}
              onChange={(event) => setValues({ ...values, [name]: event.target.value })}
              data-testid={name}
            />
            <span id={`${name}-fault`} className="field-fault" role="alert">
              {fault?.field === name ? fault.text : ''}
            </span>
          </label>
        ))}
        <button type="submit" className="button button-primary button-large">
          Go on
        </button>
        <button type="button" className="button button-large" onClick={onBack}>
          Join as a guest instead
        </button>
      </form>
    </Page>
  );
}
