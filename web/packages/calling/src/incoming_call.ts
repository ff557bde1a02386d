// A ring as an app sees it, and the rings of one agent. A ring is told to every client of the identity; whoever answers first
// takes it, the others hear how it ended.
import { CallFacts } from './call_info';
import type { LiveCall } from './call';
import type { Clock, TimerId } from './clock';
import { Emitter, bindMethods } from './emitter';
import { endReason } from './end_reasons';
import { CommunicationServicesError, errors } from './errors';
import { identifierOf } from './ids';
import { IncomingCallKind, type CallEndReason, type CallerInfo } from './types/vocabulary';
import type { AcceptCallOptions } from './types/call';
import type { IncomingEndedFrame, IncomingFrame } from './wire';

/** A ring that the server says nothing more about ends by itself so long after its time (CP-52). */
const SILENT_MS = 5_000;
const CANCELLED = { code: 487, subCode: 0 };

export interface RingHooks {
  clock: Clock;
  kind: IncomingCallKind;
  /** What the server's clock shows more than ours. */
  serverAheadMs(): number;
  accept(ring: string, caller: CallerInfo, options: AcceptCallOptions | undefined): LiveCall;
  decline(ring: string): Promise<unknown>;
  onIncoming(incomingCall: LiveIncomingCall): void;
}

export class LiveIncomingCall {
  readonly id: string;
  readonly kind: IncomingCallKind;
  readonly callerInfo: CallerInfo;
  readonly info = new CallFacts();
  private readonly _hooks: RingHooks;
  private readonly _emitter = new Emitter();
  private _callEndReason: CallEndReason | undefined;
  private _isTaken = false;

  constructor(frame: IncomingFrame, hooks: RingHooks) {
    bindMethods(this);
    this.id = frame.ring;
    this.kind = hooks.kind;
    this._hooks = hooks;
    const { rawId, displayName } = frame.caller;
    this.callerInfo = { identifier: identifierOf(rawId), displayName: displayName || undefined };
    this.info.update({ callId: frame.callId });
  }

  get callEndReason(): CallEndReason | undefined {
    return this._callEndReason && { ...this._callEndReason };
  }

  /** Gives the call once the server took the answer; throws when somebody else was first. */
  async accept(options?: AcceptCallOptions): Promise<LiveCall> {
    if (this._callEndReason || this._isTaken) throw errors.callEnded();
    this._isTaken = true;
    const call = this._hooks.accept(this.id, { ...this.callerInfo }, options);
    await new Promise<void>((resolve) => {
      call.on('stateChanged', () => {
        if (call.state !== 'Connecting') resolve();
      });
    });
    const { code, subCode } = call.callEndReason ?? {};
    if (code === undefined || code === 0) return call;
    this._isTaken = false;
    throw new CommunicationServicesError(code, subCode ?? 0, 'The call could not be answered');
  }

  async reject(): Promise<void> {
    if (this._callEndReason || this._isTaken) throw errors.callEnded();
    await this._hooks.decline(this.id);
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this._emitter.on(event, listener);
  }

  off(event: string, listener: (...args: never[]) => void): void {
    this._emitter.off(event, listener);
  }

  // For the agent.

  end(code: number, subCode: number, message?: string): void {
    if (this._callEndReason) return;
    this._callEndReason = endReason(code, subCode, message);
    this._emitter.emit('callEnded', { callEndReason: { ...this._callEndReason } });
    this._emitter.silence();
  }
}

export class IncomingCalls {
  private readonly _hooks: RingHooks;
  private readonly _rings = new Map<string, { call: LiveIncomingCall; timer: TimerId }>();

  constructor(hooks: RingHooks) {
    this._hooks = hooks;
  }

  handle(frame: IncomingFrame | IncomingEndedFrame): void {
    if (frame.type === 'incomingEnded') this.end(frame.ring, frame.code, frame.subCode, frame.message);
    else if (!this._rings.has(frame.ring)) this.begin(frame);
  }

  /** The agent is gone, or its session for good. */
  clear(): void {
    for (const ring of [...this._rings.keys()]) this.end(ring, CANCELLED.code, CANCELLED.subCode);
  }

  private begin(frame: IncomingFrame): void {
    const { clock } = this._hooks;
    const call = new LiveIncomingCall(frame, this._hooks);
    const restMs = frame.until - this._hooks.serverAheadMs() - clock.nowMs();
    const timer = clock.setTimer(Math.max(restMs, 0) + SILENT_MS, () => this.end(frame.ring, CANCELLED.code, CANCELLED.subCode));
    this._rings.set(frame.ring, { call, timer });
    this._hooks.onIncoming(call);
  }

  /** Answered here: there is nothing more to hear of it. */
  forget(ring: string): void {
    this._hooks.clock.clearTimer(this._rings.get(ring)?.timer);
    this._rings.delete(ring);
  }

  private end(ring: string, code: number, subCode: number, message?: string): void {
    const call = this._rings.get(ring)?.call;
    this.forget(ring);
    call?.end(code, subCode, message);
  }
}
