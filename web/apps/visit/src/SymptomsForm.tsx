// The clinic's own form. It can be filled in before and during the visit, and sent into the visit's chat.
import { useState } from 'react';
import { hasContent, SIGNS, SINCE, type Symptoms, toggleSign } from './symptoms';

interface Props {
  symptoms: Symptoms;
  onChange: (symptoms: Symptoms) => void;
  /** Present while the visit's chat is open. */
  onSend?: () => Promise<void>;
}

export function SymptomsForm({ symptoms, onChange, onSend }: Props): JSX.Element {
  const set = (change: Partial<Symptoms>): void => onChange({ ...symptoms, ...change });
  return (
    <form className="symptoms" onSubmit={(event) => event.preventDefault()} data-testid="symptoms">
      <h2 id="form-title">What brings you here?</h2>
      <label>
        Reason for the visit
        <input value={symptoms.reason} maxLength={200} onChange={(event) => set({ reason: event.target.value })} data-testid="reason" />
      </label>
      <fieldset>
        <legend>What have you noticed?</legend>
        <div className="signs">
          {SIGNS.map((sign) => (
            <label key={sign} className="sign">
              <input type="checkbox" checked={symptoms.signs.includes(sign)} onChange={() => onChange(toggleSign(symptoms, sign))} />
              <span>{sign}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <label>
        Since when?
        <select value={symptoms.since} onChange={(event) => set({ since: event.target.value })}>
          {SINCE.map((since) => (
            <option key={since}>{since}</option>
          ))}
        </select>
      </label>
      <label>
        <span className="pain">
          How strong is the pain? <output>{symptoms.pain} of 10</output>
        </span>
        <input type="range" min={0} max={10} value={symptoms.pain} onChange={(event) => set({ pain: Number(event.target.value) })} />
      </label>
      <label>
        Anything else
        <textarea rows={3} maxLength={1_000} value={symptoms.notes} onChange={(event) => set({ notes: event.target.value })} data-testid="notes" />
      </label>
      <Send ready={hasContent(symptoms)} onSend={onSend} />
    </form>
  );
}

function Send({ ready, onSend }: { ready: boolean; onSend?: () => Promise<void> }): JSX.Element {
  const [state, setState] = useState<'idle' | 'busy' | 'sent' | 'failed'>('idle');
  if (!onSend) return <p className="quiet">During the visit you can send this to your clinician with one click.</p>;
  const send = (): void => {
    setState('busy');
    onSend().then(
      () => setState('sent'),
      () => setState('failed'),
    );
  };
  return (
    <div className="send">
      <button type="button" className="secondary" disabled={!ready || state === 'busy'} onClick={send} data-testid="send-form">
        Send to my clinician
      </button>
      <span role="status">{state === 'sent' ? 'Sent into the chat.' : state === 'failed' ? 'It could not be sent. Please try again.' : ''}</span>
    </div>
  );
}
