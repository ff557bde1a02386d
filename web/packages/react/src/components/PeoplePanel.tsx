// Who is here and who waits outside. What a person may not do is not offered; the server refuses it anyway.
import { useState } from 'react';
import type { Meeting, MeetingState, Person } from '../call/meeting';
import { initialsOf, toneOf } from '../names';
import { Dialog } from './Dialog';
import { Icon } from './Icon';

interface Props {
  meeting: Meeting;
  state: MeetingState;
  myName: string;
}

const ROLES: Partial<Record<MeetingState['role'], string>> = {
  Organizer: 'Organizer',
  'Co-organizer': 'Co-organizer',
  Presenter: 'Presenter',
  Attendee: 'Attendee',
};

export function PeoplePanel({ meeting, state, myName }: Props): JSX.Element {
  const [removing, setRemoving] = useState<Person>();
  return (
    <div className="panel-scroll">
      {state.waiting.length > 0 && <LobbyList meeting={meeting} state={state} />}
      <section aria-labelledby="people-here">
        <div className="panel-row">
          <h3 id="people-here" className="panel-title">
            In the call <span className="count">{state.people.length + 1}</span>
          </h3>
          {state.can.muteOthers && state.people.some(({ muted }) => !muted) && (
            <button type="button" className="button button-small" onClick={() => void meeting.muteAll()}>
              Mute everybody
            </button>
          )}
        </div>
        <ul className="people" data-testid="people">
          <PersonRow name={`${myName} (you)`} rawId="self" role={ROLES[state.role]} muted={state.muted} />
          {state.people.map((person) => (
            <PersonRow key={person.key} name={person.name} rawId={person.rawId} role={ROLES[person.role]} muted={person.muted} speaking={person.speaking}>
              {state.can.muteOthers && !person.muted && (
                <button type="button" className="button-plain" aria-label={`Mute ${person.name}`} title="Mute" onClick={() => void meeting.mutePerson(person.key)}>
                  <Icon name="micOff" size={18} />
                </button>
              )}
              {state.can.remove && (
                <button type="button" className="button-plain" aria-label={`Remove ${person.name}`} title="Remove" onClick={() => setRemoving(person)}>
                  <Icon name="remove" size={18} />
                </button>
              )}
            </PersonRow>
          ))}
        </ul>
      </section>
      {removing && <RemoveDialog meeting={meeting} person={removing} onClose={() => setRemoving(undefined)} />}
    </div>
  );
}

function LobbyList({ meeting, state }: { meeting: Meeting; state: MeetingState }): JSX.Element {
  return (
    <section className="lobby-list" aria-labelledby="people-waiting" data-testid="lobby-list">
      <div className="panel-row">
        <h3 id="people-waiting" className="panel-title">
          Waiting in the lobby <span className="count count-strong">{state.waiting.length}</span>
        </h3>
        {state.can.lobby && state.waiting.length > 1 && (
          <button type="button" className="button button-small button-primary" onClick={() => void meeting.admitAll()} data-testid="admit-all">
            Admit all
          </button>
        )}
      </div>
      <ul className="people">
        {state.waiting.map((person) => (
          <PersonRow key={person.rawId} name={person.name} rawId={person.rawId}>
            {state.can.lobby && (
              <>
                <button type="button" className="button button-small" aria-label={`Deny ${person.name}`} onClick={() => void meeting.reject(person.rawId)} data-testid="deny">
                  Deny
                </button>
                <button type="button" className="button button-small button-primary" aria-label={`Admit ${person.name}`} onClick={() => void meeting.admit(person.rawId)} data-testid="admit">
                  Admit
                </button>
              </>
            )}
          </PersonRow>
        ))}
      </ul>
    </section>
  );
}

interface RowProps {
  name: string;
  rawId: string;
  role?: string;
  muted?: boolean;
  speaking?: boolean;
  children?: React.ReactNode;
}

function PersonRow({ name, rawId, role, muted, speaking, children }: RowProps): JSX.Element {
  return (
    <li className="person">
      <span className={speaking ? 'avatar avatar-speaking' : 'avatar'} data-tone={toneOf(rawId)} aria-hidden="true">
        {initialsOf(name)}
      </span>
      <span className="person-words">
        <span className="person-name">{name}</span>
        {(role || muted) && <span className="person-role">{[role, muted ? 'muted' : ''].filter(Boolean).join(' · ')}</span>}
      </span>
      <span className="person-actions">{children}</span>
    </li>
  );
}

function RemoveDialog({ meeting, person, onClose }: { meeting: Meeting; person: Person; onClose: () => void }): JSX.Element {
  return (
    <Dialog title={`Remove ${person.name}?`} onClose={onClose}>
      <p>They leave the call at once and have to wait in the lobby to come back.</p>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep
        </button>
        <button
          type="button"
          className="button button-danger"
          data-testid="remove-confirm"
          onClick={() => {
            onClose();
            void meeting.remove(person.key);
          }}
        >
          Remove
        </button>
      </div>
    </Dialog>
  );
}
