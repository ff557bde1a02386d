// How many remote videos fit: the receive slots, fewer while the network is bad, never none.
import { Emitter, bindMethods } from '../emitter';
import type { PropertyChangedEvent } from '../types/vocabulary';
import type { OptimalVideoCountCallFeature, OvcChangeReason } from '../types/features';

export class OptimalVideoCount implements OptimalVideoCountCallFeature {
  readonly name = 'OptimalVideoCount';
  private readonly _emitter = new Emitter();
  private _count: number;
  private _reason: OvcChangeReason | undefined;

  constructor(initial: number) {
    bindMethods(this);
    this._count = initial;
  }

  get optimalVideoCount(): number {
    return this._count;
  }

  get lastOvcChangeReason(): OvcChangeReason | undefined {
    return this._reason;
  }

  update(count: number, reason: OvcChangeReason): void {
    const next = Math.max(1, count);
    if (next === this._count) return;
    this._count = next;
    this._reason = reason;
    this._emitter.emit('optimalVideoCountChanged');
  }

  on(event: 'optimalVideoCountChanged', listener: PropertyChangedEvent): void {
    this._emitter.on(event, listener);
  }

  off(event: 'optimalVideoCountChanged', listener: PropertyChangedEvent): void {
    this._emitter.off(event, listener);
  }

  dispose(): void {
    this._emitter.silence();
  }
}
