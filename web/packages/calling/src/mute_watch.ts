// Notices that somebody talks while muted, so that apps can say so. Listens on this page only: nothing is sent.
import type { Clock, TimerId } from './clock';
import { loudnessOf } from './volume';

const POLL_MS = 200;
/** Of 100; typing and breathing stay below. */
const SPEECH_LEVEL = 15;
const SPEECH_POLLS = 3;
const SILENCE_POLLS = 15;

export class MuteWatch {
  private readonly _clock: Clock;
  private readonly _onChange: (isSpeaking: boolean) => void;
  private _track: MediaStreamTrack | undefined;
  private _context: AudioContext | undefined;
  private _timer: TimerId;
  private _loudPolls = 0;
  private _quietPolls = 0;
  private _isSpeaking = false;

  constructor(clock: Clock, onChange: (isSpeaking: boolean) => void) {
    this._clock = clock;
    this._onChange = onChange;
  }

  /** The muted track gives silence; its clone does not. */
  start(muted: MediaStreamTrack): void {
    this.stop();
    if (typeof AudioContext === 'undefined' || muted.readyState !== 'live') return;
    this._track = muted.clone();
    this._track.enabled = true;
    this._context = new AudioContext();
    const analyser = this._context.createAnalyser();
    analyser.fftSize = 512;
    this._context.createMediaStreamSource(new MediaStream([this._track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const poll = (): void => {
      analyser.getFloatTimeDomainData(samples);
      this.note(loudnessOf(samples));
      this._timer = this._clock.setTimer(POLL_MS, poll);
    };
    poll();
  }

  stop(): void {
    this._clock.clearTimer(this._timer);
    this._track?.stop();
    this._track = undefined;
    void this._context?.close().catch(() => undefined);
    this._context = undefined;
    this._loudPolls = this._quietPolls = 0;
    this.set(false);
  }

  private note(level: number): void {
    this._loudPolls = level >= SPEECH_LEVEL ? this._loudPolls + 1 : 0;
    this._quietPolls = level >= SPEECH_LEVEL ? 0 : this._quietPolls + 1;
    if (this._loudPolls >= SPEECH_POLLS) this.set(true);
    if (this._quietPolls >= SILENCE_POLLS) this.set(false);
  }

  private set(isSpeaking: boolean): void {
    if (isSpeaking === this._isSpeaking) return;
    this._isSpeaking = isSpeaking;
    this._onChange(isSpeaking);
  }
}
