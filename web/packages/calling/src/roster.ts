// The roster as plain data: legs from the wire merged into people. Knows no events and no objects of the public surface.
import type { ParticipantRole } from './types/vocabulary';
import type { RosterEntry, RosterFrame } from './wire';

/** One person in the call, on however many devices. */
export interface Person {
  rawId: string;
  displayName: string;
  label: string | undefined;
  role: ParticipantRole;
  isMuted: boolean;
  /** Ringing or on hold only when every device is. */
  state: 'Connecting' | 'Ringing' | 'Connected' | 'Hold';
  /** Leg ids, oldest first. */
  legs: string[];
  /** The leg whose camera, or share, stands for the person; undefined when none is on. */
  cameraLeg: string | undefined;
  shareLeg: string | undefined;
}

export interface Departure {
  rawId: string;
  code: number;
  subCode: number;
}

export interface RosterChange {
  added: Person[];
  changed: Person[];
  removed: Departure[];
}

const LEFT = { code: 0, subCode: 0 };

export class Roster {
  private readonly _ownRawId: string;
  private _entries = new Map<string, RosterEntry>();
  private _people = new Map<string, Person>();
  private _version = 0;

  constructor(ownRawId: string) {
    this._ownRawId = ownRawId;
  }

  /** `gap` asks for a full roster (CP-30). */
  apply(frame: RosterFrame): RosterChange | 'gap' {
    if (!frame.full && frame.version !== this._version + 1) return frame.version <= this._version ? noChange() : 'gap';
    this._version = frame.version;
    const reasons = new Map<string, Departure>();
    if (frame.full) this.replaceAll(frame.participants);
    else this.patch(frame, reasons);
    return this.regroup(reasons);
  }

  /** After a new session the versions start again; the people stay until the full roster says otherwise. */
  expectFull(): void {
    this._version = Number.MAX_SAFE_INTEGER;
  }

  clear(): RosterChange {
    this._entries.clear();
    this.expectFull();
    return this.regroup(new Map());
  }

  rawIdOfLeg(leg: string): string | undefined {
    return this._entries.get(leg)?.rawId;
  }

  person(rawId: string): Person | undefined {
    return this._people.get(rawId);
  }

  people(): Person[] {
    return [...this._people.values()];
  }

  private replaceAll(participants: RosterEntry[]): void {
    this._entries = new Map(participants.map((entry) => [entry.id, entry]));
  }

  private patch(frame: RosterFrame, reasons: Map<string, Departure>): void {
    for (const entry of frame.participants) this._entries.set(entry.id, entry);
    for (const { id, code, subCode } of frame.removed) {
      const entry = this._entries.get(id);
      if (entry) reasons.set(entry.rawId, { rawId: entry.rawId, code, subCode });
      this._entries.delete(id);
    }
  }

  private regroup(reasons: Map<string, Departure>): RosterChange {
    const before = this._people;
    this._people = mergeLegs([...this._entries.values()], this._ownRawId);
    const change = noChange();
    for (const person of this._people.values()) {
      const old = before.get(person.rawId);
      if (!old) change.added.push(person);
      else if (JSON.stringify(old) !== JSON.stringify(person)) change.changed.push(person);
    }
    for (const rawId of before.keys()) {
      if (!this._people.has(rawId)) change.removed.push(reasons.get(rawId) ?? { rawId, ...LEFT });
    }
    return change;
  }
}

function noChange(): RosterChange {
  return { added: [], changed: [], removed: [] };
}

function mergeLegs(entries: RosterEntry[], ownRawId: string): Map<string, Person> {
  const people = new Map<string, Person>();
  const byAge = entries.filter((entry) => !entry.self && entry.rawId !== ownRawId).sort((a, b) => a.joinedOn - b.joinedOn);
  for (const entry of byAge) {
    const person = people.get(entry.rawId);
    if (person) addLeg(person, entry);
    else people.set(entry.rawId, firstLeg(entry));
  }
  return people;
}

function firstLeg(entry: RosterEntry): Person {
  return {
    rawId: entry.rawId,
    displayName: entry.displayName,
    label: entry.label,
    role: entry.role,
    isMuted: entry.muted,
    state: stateOf(entry),
    legs: [entry.id],
    cameraLeg: shows(entry, 'camera'),
    shareLeg: shows(entry, 'share'),
  };
}

function stateOf(entry: RosterEntry): Person['state'] {
  if (entry.state === 'ringing') return 'Ringing';
  return entry.onHold ? 'Hold' : 'Connected';
}

/** Muted only when every device is; the oldest device with a picture is the one shown. */
function addLeg(person: Person, entry: RosterEntry): void {
  person.legs.push(entry.id);
  person.isMuted &&= entry.muted;
  if (person.state !== stateOf(entry)) person.state = 'Connected';
  person.cameraLeg ??= shows(entry, 'camera');
  person.shareLeg ??= shows(entry, 'share');
}

/** On hold nothing comes of what is published (CP-59). */
function shows(entry: RosterEntry, stream: 'camera' | 'share'): string | undefined {
  return entry[stream] && !entry.onHold ? entry.id : undefined;
}
