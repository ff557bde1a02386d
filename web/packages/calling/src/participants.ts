// The people of a call as objects, kept in step with the roster; and what the page wants to see of them.
import type { Clock, TimerId } from './clock';
import { Participant, expectedPerson, type ParticipantOwner } from './participant';
import { Roster, type Departure, type RosterChange } from './roster';
import { wantsOf } from './wants';
import type { RosterFrame, SpeakersFrame, Want } from './wire';

/** Tiles of a gallery appear and resize together; one list after the dust has settled is enough. */
const WANTS_DEBOUNCE_MS = 120;

export interface ParticipantsHooks {
  clock: Clock;
  onUpdated(added: Participant[], removed: Participant[]): void;
  onGap(): void;
  sendWants(wants: Want[]): void;
  muteParticipant(rawId: string): Promise<void>;
}

export class Participants implements ParticipantOwner {
  private readonly _hooks: ParticipantsHooks;
  private readonly _roster: Roster;
  private readonly _byRawId = new Map<string, Participant>();
  private _dominant: string[] = [];
  private _wantsTimer: TimerId;
  private _sentWants = '[]';
  private _mayWant = false;
  private _isSyncing = false;

  constructor(ownRawId: string, hooks: ParticipantsHooks) {
    this._roster = new Roster(ownRawId);
    this._hooks = hooks;
  }

  get all(): Participant[] {
    return [...this._byRawId.values()];
  }

  get(rawId: string): Participant | undefined {
    return this._byRawId.get(rawId);
  }

  ofLeg(leg: string): Participant | undefined {
    const rawId = this._roster.rawIdOfLeg(leg);
    return rawId === undefined ? undefined : this._byRawId.get(rawId);
  }

  /** The raw id behind a leg, also of the own other devices. */
  rawIdOfLeg(leg: string): string | undefined {
    return this._roster.rawIdOfLeg(leg);
  }

  legsOf(rawId: string): string[] {
    return this._roster.person(rawId)?.legs ?? [];
  }

  apply(frame: RosterFrame): void {
    const change = this._roster.apply(frame);
    if (frame.full) this._isSyncing = false;
    if (change !== 'gap') return this.applyChange(change);
    // One question is enough, however many frames come before its answer.
    if (!this._isSyncing) this._hooks.onGap();
    this._isSyncing = true;
  }

  /** Somebody is about to be rung: there at once, until the roster says more. */
  expect(rawId: string): Participant {
    const known = this._byRawId.get(rawId);
    if (known) return known;
    const participant = new Participant(expectedPerson(rawId), 'Connecting', this);
    this._byRawId.set(rawId, participant);
    this._hooks.onUpdated([participant], []);
    return participant;
  }

  /** The server rang them not. */
  unexpect(departure: Departure): void {
    if (!this._roster.person(departure.rawId)) this.applyChange({ added: [], changed: [], removed: [departure] });
  }

  /** A new session numbers its rosters from the start again. */
  expectFullRoster(): void {
    this._roster.expectFull();
    this._isSyncing = false;
    this._mayWant = false;
    this._sentWants = '[]';
  }

  /** Back in the lobby: nobody is to be seen. */
  clear(): void {
    this.applyChange(this._roster.clear());
  }

  /** People who speak, in the server's order, the own devices left out. */
  applySpeakers(frame: SpeakersFrame): Participant[] {
    const speaking = new Set(frame.speaking.map((leg) => this.ofLeg(leg)));
    for (const participant of this._byRawId.values()) participant.setSpeaking(speaking.has(participant));
    const dominant = [...new Set(frame.dominant.map((leg) => this.ofLeg(leg)))].filter((who) => who !== undefined);
    this._dominant = dominant.map((participant) => participant.rawId);
    this.onViewersChanged();
    return dominant;
  }

  /** Connected legs may ask for video; what is on the page already is asked for at once. */
  allowWants(mayWant: boolean): void {
    this._mayWant = mayWant;
    if (!mayWant) this._sentWants = '[]';
    this.pushWants();
  }

  /** The first change is told at once, what follows within the debounce in one list after it. */
  onViewersChanged(): void {
    if (!this._mayWant || this._wantsTimer !== undefined || !this.pushWants()) return;
    this._wantsTimer = this._hooks.clock.setTimer(WANTS_DEBOUNCE_MS, () => {
      this._wantsTimer = undefined;
      this.onViewersChanged();
    });
  }

  muteParticipant(rawId: string): Promise<void> {
    return this._hooks.muteParticipant(rawId);
  }

  close(): void {
    this._hooks.clock.clearTimer(this._wantsTimer);
    this._mayWant = false;
    for (const participant of this._byRawId.values()) {
      participant.camera.dispose();
      participant.share.dispose();
    }
  }

  private applyChange(change: RosterChange): void {
    for (const person of change.changed) this._byRawId.get(person.rawId)?.update(person);
    const removed: Participant[] = [];
    for (const departure of change.removed) {
      const participant = this._byRawId.get(departure.rawId);
      if (!participant) continue;
      participant.depart(departure);
      this._byRawId.delete(departure.rawId);
      removed.push(participant);
    }
    const news = change.added.filter((person) => !this._byRawId.has(person.rawId));
    // Before anybody hears of it: a listener may ask for the others.
    const added = news.map((person) => new Participant(person, person.state, this));
    for (const person of change.added) this._byRawId.get(person.rawId)?.update(person);
    for (const participant of added) this._byRawId.set(participant.rawId, participant);
    if (added.length + removed.length > 0) this._hooks.onUpdated(added, removed);
    this.onViewersChanged();
  }

  /** Whether there was anything new to tell. */
  private pushWants(): boolean {
    if (!this._mayWant) return false;
    const wants = wantsOf(this._byRawId.values(), this._dominant);
    const text = JSON.stringify(wants);
    if (text === this._sentWants) return false;
    this._sentWants = text;
    this._hooks.sendWants(wants);
    return true;
  }
}
