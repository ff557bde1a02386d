// Scheduling a meeting, or changing one.
import { Dialog } from '@parvis/react';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import type { Graph, OnlineMeeting } from './graph';
import { draftOf, type Faults, fieldsOf, freshFields, type MeetingFields } from './meetingForm';

interface Props {
  graph: Graph;
  meeting?: OnlineMeeting;
  onClose: () => void;
  onDone: () => Promise<void>;
}

const LOBBY: [MeetingFields['lobby'], string][] = [
  ['organization', 'People of my organisation and its guests'],
  ['organizationExcludingGuests', 'People of my organisation only'],
  ['organizationAndFederated', 'My organisation and trusted ones'],
  ['invited', 'Only people I invited'],
  ['everyone', 'Everybody'],
  ['organizer', 'Only me'],
];
const PRESENTERS: [MeetingFields['presenters'], string][] = [
  ['everyone', 'Everybody'],
  ['organization', 'People of my organisation'],
  ['roleIsPresenter', 'People I choose'],
  ['organizer', 'Only me'],
];
const CHAT: [MeetingFields['chat'], string][] = [
  ['enabled', 'On'],
  ['limited', 'Only during the call'],
  ['disabled', 'Off'],
];

export function ScheduleDialog({ graph, meeting, onClose, onDone }: Props): JSX.Element {
  const [fields, setFields] = useState<MeetingFields>(() => (meeting ? fieldsOf(meeting) : freshFields(new Date())));
  const [faults, setFaults] = useState<Faults>({});
  const [state, setState] = useState<'idle' | 'busy' | 'failed'>('idle');
  const set = (change: Partial<MeetingFields>): void => setFields((before) => ({ ...before, ...change }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const result = draftOf(fields);
    setFaults('faults' in result ? result.faults : {});
    if ('faults' in result) return;
    setState('busy');
    const saved = meeting ? graph.updateMeeting(meeting.id, result.draft) : graph.createMeeting(result.draft);
    saved.then(onDone, () => setState('failed'));
  };
  return (
    <Dialog title={meeting ? 'Change meeting' : 'New meeting'} onClose={onClose} wide>
      <form className="schedule" onSubmit={submit} noValidate>
        <Field label="Subject" fault={faults.subject}>
          {(props) => <input {...props} value={fields.subject} autoFocus onChange={(event) => set({ subject: event.target.value })} data-testid="subject" />}
        </Field>
        <div className="schedule-times">
          <Field label="Day" fault={faults.date}>
            {(props) => <input {...props} type="date" value={fields.date} onChange={(event) => set({ date: event.target.value })} />}
          </Field>
          <Field label="From" fault={faults.start}>
            {(props) => <input {...props} type="time" value={fields.start} onChange={(event) => set({ start: event.target.value })} />}
          </Field>
          <Field label="To" fault={faults.end}>
            {(props) => <input {...props} type="time" value={fields.end} onChange={(event) => set({ end: event.target.value })} />}
          </Field>
        </div>
        <Field label="Who skips the lobby">{(props) => <Choice {...props} value={fields.lobby} options={LOBBY} onChoose={(lobby) => set({ lobby })} />}</Field>
        <div className="schedule-pair">
          <Field label="Who can present">{(props) => <Choice {...props} value={fields.presenters} options={PRESENTERS} onChoose={(presenters) => set({ presenters })} />}</Field>
          <Field label="Chat">{(props) => <Choice {...props} value={fields.chat} options={CHAT} onChoose={(chat) => set({ chat })} />}</Field>
        </div>
        {state === 'failed' && (
          <p className="field-fault" role="alert">
            The meeting could not be saved. Please try again.
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button-primary" disabled={state === 'busy'} data-testid="save">
            {meeting ? 'Save' : 'Schedule'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface ControlProps {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby'?: string;
}

function Field({ label, fault, children }: { label: string; fault?: string; children: (props: ControlProps) => ReactNode }): JSX.Element {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-invalid': fault !== undefined, 'aria-describedby': fault ? `${id}-fault` : undefined })}
      {fault && (
        <span id={`${id}-fault`} className="field-fault" role="alert">
          {fault}
        </span>
      )}
    </div>
  );
}

interface ChoiceProps<T extends string> extends ControlProps {
  value: T;
  options: [T, string][];
  onChoose: (value: T) => void;
}

function Choice<T extends string>({ value, options, onChoose, ...props }: ChoiceProps<T>): JSX.Element {
  return (
    <select {...props} value={value} onChange={(event) => onChoose(event.target.value as T)}>
      {options.map(([option, words]) => (
        <option key={option} value={option}>
          {words}
        </option>
      ))}
    </select>
  );
}
