// Who waits, and letting them in. The server sends the list to those who may manage it (CP-32, CP-33).
import type { CommunicationIdentifier } from '@azure/communication-common';
import { Emitter, bindMethods } from './emitter';
import { errors } from './errors';
import { rawIdOf } from './ids';
import { lobbyPerson, Participant, type ParticipantOwner } from './participant';
import type { AdmitAllResult, Lobby, RemoteParticipant } from './types/call';
import type { LobbyEntry, LobbyFrame } from './wire';

export interface LobbyOwner extends ParticipantOwner {
  requestForLeg<T>(type: string, body?: Record<string, unknown>): Promise<T>;
}

export class CallLobby implements Lobby {
  private readonly _emitter = new Emitter();
  private readonly _owner: LobbyOwner;
  private _waiting = new Map<string, Participant>();
  private _version = 0;

  constructor(owner: LobbyOwner) {
    this._owner = owner;
    bindMethods(this);
  }

  get participants(): RemoteParticipant[] {
    return [...this._waiting.values()];
  }

  async admit(identifier: CommunicationIdentifier): Promise<void> {
    await this._owner.requestForLeg('admit', { participants: this.legsOf(identifier) });
  }

  async reject(identifier: CommunicationIdentifier): Promise<void> {
    await this._owner.requestForLeg('reject', { participants: this.legsOf(identifier) });
  }

  async admitAll(): Promise<AdmitAllResult> {
    const { successCount, failureCount } = await this._owner.requestForLeg<AdmitAllResult>('admitAll');
    return { successCount, failureCount };
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this._emitter.on(event, listener);
  }

  off(event: string, listener: (...args: never[]) => void): void {
    this._emitter.off(event, listener);
  }

  // For the call.

  apply(frame: LobbyFrame): void {
    if (!frame.full && frame.version <= this._version) return;
    const isGap = !frame.full && frame.version !== this._version + 1;
    this._version = frame.version;
    const after = frame.full ? new Map<string, Participant>() : new Map(this._waiting);
    for (const id of frame.removed) after.delete(id);
    for (const entry of frame.participants) after.set(entry.id, this.participantFor(entry));
    this.replace(after);
    if (isGap) void this.reload();
  }

  clear(): void {
    this._version = 0;
    this.replace(new Map());
  }

  silence(): void {
    this._emitter.silence();
  }

  /** A lost change of the list is made good by asking for the whole of it. */
  private async reload(): Promise<void> {
    try {
      const { participants } = await this._owner.requestForLeg<{ participants: LobbyEntry[] }>('lobbyList');
      this.replace(new Map(participants.map((entry) => [entry.id, this.participantFor(entry)])));
    } catch {
      // The next full list repairs it.
    }
  }

  private participantFor(entry: LobbyEntry): Participant {
    const known = this._waiting.get(entry.id);
    if (!known) return new Participant(lobbyPerson(entry), 'InLobby', this._owner);
    known.update(lobbyPerson(entry));
    return known;
  }

  private replace(after: Map<string, Participant>): void {
    const before = this._waiting;
    this._waiting = after;
    const added = [...after].filter(([id]) => !before.has(id)).map(([, participant]) => participant);
    const removed = [...before].filter(([id]) => !after.has(id)).map(([, participant]) => participant);
    for (const participant of removed) participant.depart({ rawId: participant.rawId, code: 0, subCode: 0 });
    if (added.length + removed.length > 0) this._emitter.emit('lobbyParticipantsUpdated', { added, removed });
  }

  /** One person may wait on several devices. */
  private legsOf(identifier: CommunicationIdentifier): string[] {
    const rawId = rawIdOf(identifier);
    if (!rawId) throw errors.participantUnknown();
    const legs = [...this._waiting].filter(([, participant]) => participant.rawId === rawId).map(([id]) => id);
    if (legs.length === 0) throw errors.participantUnknown();
    return legs;
  }
}
