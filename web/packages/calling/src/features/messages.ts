// Real-time text and data channels: what people pass on to each other through the server (CP-65, CP-66).
import type { CommunicationIdentifier, CommunicationIdentifierKind } from '@azure/communication-common';
import { Emitter, bindMethods } from '../emitter';
import { errors } from '../errors';
import { identifierOf, rawIdOf } from '../ids';
import type { CallFeature } from '../types/call';
import type * as F from '../types/features';
import type * as M from '../types/more_features';
import type { ParticipantInfo } from '../types/vocabulary';
import type { DataFrame, TextFrame } from '../wire';
import type { StageHooks } from './stage';

export interface MessageHooks extends StageHooks {
  nowMs(): number;
  self(): ParticipantInfo;
  infoOf(rawId: string): ParticipantInfo;
}

const TEXT_MAX = 2_000;
const DATA_BYTES_MAX = 32_768;
/** Messages that wait to be read; the oldest go first. */
const UNREAD_MAX = 256;
const RECEIVERS_MAX = 1_024;

export class RealTimeText implements F.RealTimeTextFeature {
  readonly name = 'RealTimeText';
  private readonly _emitter = new Emitter();
  private readonly _hooks: MessageHooks;
  /** The piece that is being written; the next one begins after a final. */
  private _sequence = 1;

  constructor(hooks: MessageHooks) {
    this._hooks = hooks;
    bindMethods(this);
  }

  async sendRealTimeText(text: string, finalize = false): Promise<void> {
    this._hooks.requireConnected();
    if (typeof text !== 'string' || [...text].length > TEXT_MAX) throw errors.textTooLong();
    const sequence = this._sequence;
    if (finalize) this._sequence += 1;
    await this._hooks.request('text', { sequence, text, isFinal: finalize });
    this.emit(sequence, this._hooks.self(), text, finalize, true);
  }

  received(frame: TextFrame): void {
    const rawId = this._hooks.rawIdOfLeg(frame.participant);
    if (rawId !== undefined) this.emit(frame.sequence, this._hooks.infoOf(rawId), frame.text, frame.isFinal, false);
  }

  on(event: 'realTimeTextReceived', listener: (...args: never[]) => void): void {
    this._emitter.on(event, listener);
  }

  off(event: 'realTimeTextReceived', listener: (...args: never[]) => void): void {
    this._emitter.off(event, listener);
  }

  dispose(): void {
    this._emitter.silence();
  }

  private emit(sequenceId: number, sender: ParticipantInfo, text: string, isFinal: boolean, isLocal: boolean): void {
    const now = new Date(this._hooks.nowMs());
    const resultType = isFinal ? 'Final' : 'Partial';
    this._emitter.emit('realTimeTextReceived', { sequenceId, sender, text, resultType, receivedTimestamp: now, updatedTimestamp: now, isLocal });
  }
}

class Sender implements M.DataChannelSender {
  readonly maxMessageSizeInBytes = DATA_BYTES_MAX;
  private readonly _hooks: MessageHooks;
  private readonly _channel: number;
  private _to: readonly CommunicationIdentifier[];
  private _isClosed = false;

  constructor(hooks: MessageHooks, options: M.DataChannelSenderOptions) {
    this._hooks = hooks;
    this._channel = options.channelId;
    this._to = options.participants ?? [];
    bindMethods(this);
  }

  setParticipants(participants: CommunicationIdentifier[]): void {
    this._to = participants;
  }

  /** Nobody named means everybody; somebody who has left is no mistake. */
  async sendMessage(data: Uint8Array): Promise<void> {
    this._hooks.requireConnected();
    if (this._isClosed) throw errors.channelClosed();
    if (!(data instanceof Uint8Array) || data.byteLength > DATA_BYTES_MAX) throw errors.dataTooLong();
    const to = this._to.flatMap((participant) => this._hooks.legsOf(rawIdOf(participant) ?? ''));
    if (this._to.length > 0 && to.length === 0) return;
    await this._hooks.request('data', { channel: this._channel, payload: toBase64(data), ...(this._to.length > 0 ? { to } : {}) });
  }

  close(): void {
    this._isClosed = true;
  }
}

class Receiver implements M.DataChannelReceiver {
  readonly channelId: number;
  readonly senderParticipantIdentifier: CommunicationIdentifierKind;
  private readonly _emitter = new Emitter();
  private _unread: M.DataChannelMessage[] = [];
  private _count = 0;

  constructor(channelId: number, rawId: string) {
    this.channelId = channelId;
    this.senderParticipantIdentifier = identifierOf(rawId);
    bindMethods(this);
  }

  readMessage(): M.DataChannelMessage | undefined {
    return this._unread.shift();
  }

  on(event: 'messageReady' | 'close', listener: (...args: never[]) => void): void {
    this._emitter.on(event, listener);
  }

  off(event: 'messageReady' | 'close', listener: (...args: never[]) => void): void {
    this._emitter.off(event, listener);
  }

  take(data: Uint8Array): void {
    this._unread = [...this._unread, { data, sequenceNumber: ++this._count }].slice(-UNREAD_MAX);
    this._emitter.emit('messageReady');
  }

  close(): void {
    this._emitter.emit('close');
    this._emitter.silence();
  }
}

export class DataChannel implements M.DataChannelCallFeature {
  readonly name = 'DataChannel';
  private readonly _emitter = new Emitter();
  private readonly _hooks: MessageHooks;
  /** By sender and channel. */
  private readonly _receivers = new Map<string, Receiver>();

  constructor(hooks: MessageHooks) {
    this._hooks = hooks;
    bindMethods(this);
  }

  createDataChannelSender(options: M.DataChannelSenderOptions): M.DataChannelSender {
    const isId = Number.isInteger(options?.channelId) && options.channelId >= 0 && options.channelId <= 0xffff_ffff;
    if (!isId) throw errors.channelInvalid();
    return new Sender(this._hooks, options);
  }

  received(frame: DataFrame): void {
    const rawId = this._hooks.rawIdOfLeg(frame.participant);
    const data = fromBase64(frame.payload);
    if (rawId === undefined || !data) return;
    const key = `${frame.channel} ${rawId}`;
    let receiver = this._receivers.get(key);
    if (!receiver) {
      if (this._receivers.size >= RECEIVERS_MAX) return;
      this._receivers.set(key, (receiver = new Receiver(frame.channel, rawId)));
      this._emitter.emit('dataChannelReceiverCreated', receiver);
    }
    receiver.take(data);
  }

  /** Somebody left: what they sent can still be read. */
  departed(rawId: string): void {
    for (const [key, receiver] of this._receivers) {
      if (!key.endsWith(` ${rawId}`)) continue;
      receiver.close();
      this._receivers.delete(key);
    }
  }

  on(event: 'dataChannelReceiverCreated', listener: (...args: never[]) => void): void {
    this._emitter.on(event, listener);
  }

  off(event: 'dataChannelReceiverCreated', listener: (...args: never[]) => void): void {
    this._emitter.off(event, listener);
  }

  dispose(): void {
    for (const receiver of this._receivers.values()) receiver.close();
    this._receivers.clear();
    this._emitter.silence();
  }
}

export type MessageFeature = CallFeature & (RealTimeText | DataChannel);

function toBase64(data: Uint8Array): string {
  let text = '';
  for (const byte of data) text += String.fromCharCode(byte);
  return btoa(text);
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
