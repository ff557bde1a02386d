// How loud a stream is, from 0 to 100, measured only while somebody listens.
import { Emitter, bindMethods } from './emitter';
import type { PropertyChangedEvent } from './types/vocabulary';
import type { Volume } from './types/streams';

const POLL_MS = 200;
/** An RMS of speech close to the microphone; louder counts as full scale. */
const FULL_SCALE_RMS = 0.35;

export class StreamVolume implements Volume {
  private readonly _emitter = new Emitter();
  private readonly _stream: () => MediaStream | undefined;
  private _level = 0;
  private _context: AudioContext | undefined;
  private _timer: ReturnType<typeof setInterval> | undefined;

  constructor(stream: () => MediaStream | undefined) {
    this._stream = stream;
    bindMethods(this);
  }

  get level(): number {
    return this._level;
  }

  on(event: 'levelChanged', listener: PropertyChangedEvent): void {
    this._emitter.on(event, listener);
    this.start();
  }

  off(event: 'levelChanged', listener: PropertyChangedEvent): void {
    this._emitter.off(event, listener);
    if (!this._emitter.hasListeners('levelChanged')) this.stop();
  }

  dispose(): void {
    this._emitter.silence();
    this.stop();
  }

  private start(): void {
    const stream = this._stream();
    if (this._timer !== undefined || !stream || typeof AudioContext === 'undefined') return;
    this._context = new AudioContext();
    const analyser = this._context.createAnalyser();
    analyser.fftSize = 512;
    this._context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this._timer = setInterval(() => this.measure(analyser, samples), POLL_MS);
  }

  private measure(analyser: AnalyserNode, samples: Float32Array<ArrayBuffer>): void {
    analyser.getFloatTimeDomainData(samples);
    const level = loudnessOf(samples);
    if (level === this._level) return;
    this._level = level;
    this._emitter.emit('levelChanged');
  }

  private stop(): void {
    clearInterval(this._timer);
    this._timer = undefined;
    void this._context?.close();
    this._context = undefined;
  }
}

/** Root mean square of the samples on a scale of 0 to 100. */
export function loudnessOf(samples: Float32Array): number {
  const meanSquare = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return Math.min(100, Math.round((Math.sqrt(meanSquare) / FULL_SCALE_RMS) * 100));
}
