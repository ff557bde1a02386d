// Raised hands, spotlight, reactions and media access: one state from the server (CP-60), four features that show it.
import type { CommunicationIdentifier } from '@azure/communication-common';
import { Emitter, bindMethods } from '../emitter';
import { errors } from '../errors';
import { identifierOf, rawIdOf } from '../ids';
import type { CallFeature } from '../types/call';
import type * as F from '../types/features';
import type * as M from '../types/more_features';
import type { ReactionFrame, StageFrame } from '../wire';

/** What these features need of their call. */
export interface StageHooks {
  request(type: string, body: Record<string, unknown>): Promise<unknown>;
  /** The own leg's id, once joined. */
  ownLeg(): string | undefined;
  rawIdOfLeg(leg: string): string | undefined;
  /** Legs of a person; for the own person the own leg. Empty for somebody who is not in the call. */
  legsOf(rawId: string): string[];
  requireConnected(): void;
}

const SPOTLIGHT_MAX = 7;
const EMPTY: Omit<StageFrame, 'type' | 'leg'> = { hands: [], spotlight: [], attendees: { audio: true, camera: true }, restricted: [] };

type Listener = (...args: never[]) => void;

class StageFeature implements CallFeature {
  readonly name: string;
  protected readonly _emitter = new Emitter();
  protected readonly _hooks: StageHooks;

  constructor(name: string, hooks: StageHooks) {
    this.name = name;
    this._hooks = hooks;
    bindMethods(this);
  }

  on(event: string, listener: Listener): void {
    this._emitter.on(event, listener);
  }

  off(event: string, listener: Listener): void {
    this._emitter.off(event, listener);
  }

  dispose(): void {
    this._emitter.silence();
  }

  protected async ask(type: string, body: Record<string, unknown>): Promise<void> {
    this._hooks.requireConnected();
    await this._hooks.request(type, body);
  }

  protected legs(participants: readonly CommunicationIdentifier[] | undefined): string[] {
    if (!participants) return [this._hooks.ownLeg() ?? ''];
    return participants.flatMap((participant) => {
      const legs = this._hooks.legsOf(rawIdOf(participant) ?? '');
      if (legs.length === 0) throw errors.participantUnknown();
      return legs;
    });
  }

  /** People behind legs, each once, in the legs' order. */
  protected people(legs: readonly string[]): string[] {
    const rawIds = legs.map((leg) => this._hooks.rawIdOfLeg(leg)).filter((rawId) => rawId !== undefined);
    return [...new Set(rawIds)];
  }
}

export class RaiseHand extends StageFeature implements F.RaiseHandCallFeature {
  private _raised: string[] = [];
  private _hasAsked = false;

  raiseHand(): Promise<void> {
    this._hasAsked = true;
    return this.ask('hand', { raised: true });
  }

  /** A hand that never was up is not asked for: the composites lower it on every change of role, before the call connects, too. */
  async lowerHand(): Promise<void> {
    const own = this._hooks.rawIdOfLeg(this._hooks.ownLeg() ?? '');
    if (!this._hasAsked && (own === undefined || !this._raised.includes(own))) return;
    await this.ask('hand', { raised: false });
  }

  async lowerHands(participants: CommunicationIdentifier[]): Promise<void> {
    await this.ask('lowerHands', { participants: this.legs(participants) });
  }

  lowerAllHands(): Promise<void> {
    return this.ask('lowerHands', { participants: 'all' });
  }

  getRaisedHands(): F.RaisedHand[] {
    return this._raised.map((rawId, at) => ({ identifier: identifierOf(rawId), order: at + 1 }));
  }

  update(hands: readonly string[]): void {
    const before = this._raised;
    this._raised = this.people(hands);
    for (const rawId of before) if (!this._raised.includes(rawId)) this._emitter.emit('loweredHandEvent', { identifier: identifierOf(rawId) });
    for (const rawId of this._raised) if (!before.includes(rawId)) this._emitter.emit('raisedHandEvent', { identifier: identifierOf(rawId) });
  }
}

export class Spotlight extends StageFeature implements F.SpotlightCallFeature {
  readonly maxParticipantsToSpotlight = SPOTLIGHT_MAX;
  private _lit: string[] = [];

  async startSpotlight(participants?: CommunicationIdentifier[]): Promise<void> {
    await this.ask('spotlight', { participants: this.legs(participants), on: true });
  }

  async stopSpotlight(participants?: CommunicationIdentifier[]): Promise<void> {
    await this.ask('spotlight', { participants: this.legs(participants), on: false });
  }

  stopAllSpotlight(): Promise<void> {
    return this.ask('spotlight', { participants: 'all', on: false });
  }

  getSpotlightedParticipants(): F.SpotlightedParticipant[] {
    return this._lit.map(spotlighted);
  }

  update(spotlight: readonly string[]): void {
    const before = this._lit;
    this._lit = this.people(spotlight);
    const added = this._lit.map(spotlighted).filter((_, at) => !before.includes(this._lit[at]!));
    const removed = before.filter((rawId) => !this._lit.includes(rawId)).map((rawId) => ({ identifier: identifierOf(rawId) }));
    if (added.length + removed.length > 0) this._emitter.emit('spotlightChanged', { added, removed });
  }
}

function spotlighted(rawId: string, at: number): F.SpotlightedParticipant {
  return { identifier: identifierOf(rawId), order: at + 1 };
}

export class Reactions extends StageFeature implements F.ReactionCallFeature {
  sendReaction(message: F.ReactionMessage): Promise<void> {
    return this.ask('react', { reaction: message?.reactionType });
  }

  /** The identifier is the raw id itself: the composites and samples read it so, whatever the declaration says. */
  received(frame: ReactionFrame): void {
    const rawId = this._hooks.rawIdOfLeg(frame.participant);
    if (rawId === undefined) return;
    this._emitter.emit('reaction', { identifier: rawId, reactionMessage: { reactionType: frame.reaction, name: frame.reaction } });
  }
}

export class MediaAccessControl extends StageFeature implements M.MediaAccessCallFeature {
  private _meeting: M.MeetingMediaAccess = { isAudioPermitted: true, isVideoPermitted: true };
  private _restricted = new Map<string, { audio: boolean; camera: boolean }>();
  private readonly _others: () => string[];

  constructor(name: string, hooks: StageHooks, others: () => string[]) {
    super(name, hooks);
    this._others = others;
  }

  permitAudio = (participants: CommunicationIdentifier[]): Promise<void> => this.set('audio', true, participants);
  forbidAudio = (participants: CommunicationIdentifier[]): Promise<void> => this.set('audio', false, participants);
  permitVideo = (participants: CommunicationIdentifier[]): Promise<void> => this.set('camera', true, participants);
  forbidVideo = (participants: CommunicationIdentifier[]): Promise<void> => this.set('camera', false, participants);
  permitOthersAudio = (): Promise<void> => this.set('audio', true);
  forbidOthersAudio = (): Promise<void> => this.set('audio', false);
  permitOthersVideo = (): Promise<void> => this.set('camera', true);
  forbidOthersVideo = (): Promise<void> => this.set('camera', false);

  getAllOthersMediaAccess(): M.MediaAccess[] {
    return this._others().map((rawId) => this.accessOf(rawId));
  }

  getMeetingMediaAccess(): M.MeetingMediaAccess {
    return { ...this._meeting };
  }

  update(frame: Pick<StageFrame, 'attendees' | 'restricted'>): void {
    const before = this._restricted;
    this._restricted = new Map();
    for (const { id, audio, camera } of frame.restricted) {
      const rawId = this._hooks.rawIdOfLeg(id);
      if (rawId !== undefined) this._restricted.set(rawId, { audio, camera });
    }
    const touched = [...new Set([...before.keys(), ...this._restricted.keys()])];
    const changed = touched.filter((rawId) => JSON.stringify(before.get(rawId)) !== JSON.stringify(this._restricted.get(rawId)));
    if (changed.length > 0) this._emitter.emit('mediaAccessChanged', { mediaAccesses: changed.map((rawId) => this.accessOf(rawId)) });
    const meeting = { isAudioPermitted: frame.attendees.audio, isVideoPermitted: frame.attendees.camera };
    if (JSON.stringify(meeting) === JSON.stringify(this._meeting)) return;
    this._meeting = meeting;
    this._emitter.emit('meetingMediaAccessChanged', { meetingMediaAccess: this.getMeetingMediaAccess() });
  }

  private accessOf(rawId: string): M.MediaAccess {
    const { audio, camera } = this._restricted.get(rawId) ?? { audio: true, camera: true };
    return { participant: identifierOf(rawId), isAudioPermitted: audio, isVideoPermitted: camera };
  }

  private async set(media: 'audio' | 'camera', permit: boolean, participants?: CommunicationIdentifier[]): Promise<void> {
    await this.ask('access', { media, permit, participants: participants ? this.legs(participants) : 'all' });
  }
}

/** The four features of one call. */
export class Stage {
  readonly features: CallFeature[];
  private readonly _hands: RaiseHand;
  private readonly _spotlight: Spotlight;
  private readonly _reactions: Reactions;
  private readonly _access: MediaAccessControl;
  private _state = EMPTY;

  constructor(hooks: StageHooks, others: () => string[]) {
    this._hands = new RaiseHand('RaiseHand', hooks);
    this._spotlight = new Spotlight('Spotlight', hooks);
    this._reactions = new Reactions('Reaction', hooks);
    this._access = new MediaAccessControl('MediaAccess', hooks, others);
    this.features = [this._hands, this._spotlight, this._reactions, this._access];
  }

  /** Also after a new roster: who is on stage may have been unknown until then. */
  apply(state: Omit<StageFrame, 'type' | 'leg'> = this._state): void {
    this._state = state;
    this._hands.update(state.hands);
    this._spotlight.update(state.spotlight);
    this._access.update(state);
  }

  /** A leg that joined again is told of the stage unless it is empty (CP-60). */
  clear(): void {
    this._state = EMPTY;
  }

  reacted(frame: ReactionFrame): void {
    this._reactions.received(frame);
  }
}
