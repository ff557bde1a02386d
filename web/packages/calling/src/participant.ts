// A person in the call or in its lobby, as apps see one.
import type { CommunicationIdentifierKind } from '@azure/communication-common';
import { Emitter, bindMethods } from './emitter';
import { identifierOf } from './ids';
import { RemoteVideo, type StreamOwner } from './remote_streams';
import type { Departure, Person } from './roster';
import type { RemoteParticipant } from './types/call';
import type { CallEndReason, EndpointDetails, ParticipantRole, RemoteParticipantState } from './types/vocabulary';
import type { RemoteVideoStream } from './types/streams';
import type { LobbyEntry } from './wire';

/** What a participant asks of its call. */
export interface ParticipantOwner extends StreamOwner {
  muteParticipant(rawId: string): Promise<void>;
}

export class Participant implements RemoteParticipant {
  readonly rawId: string;
  readonly camera: RemoteVideo;
  readonly share: RemoteVideo;
  private readonly _emitter = new Emitter();
  private readonly _owner: ParticipantOwner;
  private _person: Person;
  private _state: RemoteParticipantState;
  private _isSpeaking = false;
  private _callEndReason: CallEndReason | undefined;
  private _hasDisplayNameChanged = false;

  constructor(person: Person, state: RemoteParticipantState, owner: ParticipantOwner) {
    bindMethods(this);
    this.rawId = person.rawId;
    this._person = person;
    this._state = state;
    this._owner = owner;
    this.camera = new RemoteVideo('Video', owner);
    this.share = new RemoteVideo('ScreenSharing', owner);
    this.applyAvailability();
  }

  get identifier(): CommunicationIdentifierKind {
    return identifierOf(this.rawId);
  }

  get displayName(): string | undefined {
    return this._person.displayName || undefined;
  }

  get label(): string | undefined {
    return this._person.label;
  }

  get hasDisplayNameChanged(): boolean {
    return this._hasDisplayNameChanged;
  }

  get state(): RemoteParticipantState {
    return this._state;
  }

  get callEndReason(): CallEndReason | undefined {
    return this._callEndReason && { ...this._callEndReason };
  }

  get videoStreams(): RemoteVideoStream[] {
    return [this.camera, this.share];
  }

  get isMuted(): boolean {
    return this._person.isMuted;
  }

  get isSpeaking(): boolean {
    return this._isSpeaking && !this._person.isMuted;
  }

  get role(): ParticipantRole {
    return this._person.role;
  }

  get endpointDetails(): EndpointDetails[] {
    return this._person.legs.map((participantId) => ({ participantId }));
  }

  mute(): Promise<void> {
    return this._owner.muteParticipant(this.rawId);
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this._emitter.on(event, listener);
  }

  off(event: string, listener: (...args: never[]) => void): void {
    this._emitter.off(event, listener);
  }

  // For the call.

  update(person: Person): void {
    const old = this._person;
    const wasSpeaking = this.isSpeaking;
    this._person = person;
    if (old.displayName !== person.displayName) {
      this._hasDisplayNameChanged = true;
      const change = { newValue: person.displayName, oldValue: old.displayName, reason: 'editedDisplayName' as const };
      this._emitter.emit('displayNameChanged', change);
    }
    if (old.role !== person.role) this._emitter.emit('roleChanged');
    if (old.isMuted !== person.isMuted) this._emitter.emit('isMutedChanged');
    if (this._state !== 'InLobby' && this._state !== person.state) {
      this._state = person.state;
      this._emitter.emit('stateChanged');
    }
    if (wasSpeaking !== this.isSpeaking) this._emitter.emit('isSpeakingChanged');
    this.applyAvailability();
  }

  setSpeaking(isSpeaking: boolean): void {
    const was = this.isSpeaking;
    this._isSpeaking = isSpeaking;
    if (was !== this.isSpeaking) this._emitter.emit('isSpeakingChanged');
  }

  /** The leg whose stream stands for the person, of the kind asked for. */
  legOf(stream: 'camera' | 'share'): string | undefined {
    return stream === 'camera' ? this._person.cameraLeg : this._person.shareLeg;
  }

  depart({ code, subCode }: Departure): void {
    this._callEndReason = { code, subCode };
    this._state = 'Disconnected';
    this.camera.setAvailable(false);
    this.share.setAvailable(false);
    this._emitter.emit('stateChanged');
    this.camera.dispose();
    this.share.dispose();
  }

  private applyAvailability(): void {
    this.camera.setAvailable(this._person.cameraLeg !== undefined);
    this.share.setAvailable(this._person.shareLeg !== undefined);
  }
}

/** Somebody who is about to be rung: nothing is known but the id. */
export function expectedPerson(rawId: string): Person {
  return {
    rawId,
    displayName: '',
    label: undefined,
    role: 'Unknown',
    isMuted: false,
    state: 'Connecting',
    legs: [],
    cameraLeg: undefined,
    shareLeg: undefined,
  };
}

/** Somebody in the lobby has a name and nothing else. */
export function lobbyPerson(entry: LobbyEntry): Person {
  return {
    rawId: entry.rawId,
    displayName: entry.displayName,
    label: entry.label,
    role: 'Unknown',
    isMuted: true,
    state: 'Connecting',
    legs: [entry.id],
    cameraLeg: undefined,
    shareLeg: undefined,
  };
}
