// Who has been speaking, loudest and latest first.
import type { CommunicationIdentifier } from '@azure/communication-common';
import { Emitter, bindMethods } from '../emitter';
import type { PropertyChangedEvent } from '../types/vocabulary';
import type { DominantSpeakersCallFeature, DominantSpeakersInfo } from '../types/features';

export class DominantSpeakers implements DominantSpeakersCallFeature {
  readonly name = 'DominantSpeakers';
  private readonly _emitter = new Emitter();
  private _speakers: CommunicationIdentifier[] = [];
  private _timestamp = new Date(0);

  constructor() {
    bindMethods(this);
  }

  get dominantSpeakers(): DominantSpeakersInfo {
    return { speakersList: this._speakers.map((speaker) => ({ ...speaker })), timestamp: new Date(this._timestamp) };
  }

  update(speakers: CommunicationIdentifier[], nowMs: number): void {
    if (JSON.stringify(speakers) === JSON.stringify(this._speakers)) return;
    this._speakers = speakers;
    this._timestamp = new Date(nowMs);
    this._emitter.emit('dominantSpeakersChanged');
  }

  on(event: 'dominantSpeakersChanged', listener: PropertyChangedEvent): void {
    this._emitter.on(event, listener);
  }

  off(event: 'dominantSpeakersChanged', listener: PropertyChangedEvent): void {
    this._emitter.off(event, listener);
  }

  dispose(): void {
    this._emitter.silence();
  }
}
