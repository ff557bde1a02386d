// The local microphone, or a stream the app made itself.
import { openMicrophone } from './capture';
import { browserDeviceId } from './devices';
import { Emitter, bindMethods } from './emitter';
import { errors } from './errors';
import { featureOf } from './features/registry';
import { isMediaStream, type TrackListener } from './local_video';
import { StreamVolume } from './volume';
import type { CallFeature, CallFeatureFactory } from './types/call';
import type { PropertyChangedEvent } from './types/vocabulary';
import type { AudioDeviceInfo } from './types/devices';
import type { MediaStreamType, Volume } from './types/streams';

export class LocalAudioStream {
  /** @internal */
  private readonly _emitter = new Emitter();
  /** @internal */
  private readonly _features = new Map<string, CallFeature>();
  /** @internal */
  private readonly _trackListeners = new Set<TrackListener>();
  /** @internal */
  private _source: AudioDeviceInfo;
  /** @internal */
  private _ownStream: MediaStream | undefined;
  /** @internal */
  private _track: MediaStreamTrack | undefined;
  /** @internal Grows with each close: what opens only after it is not wanted any more. */
  private _closes = 0;
  /** @internal */
  private _volume: StreamVolume | undefined;

  constructor(source: AudioDeviceInfo | MediaStream) {
    bindMethods(this);
    if (isMediaStream(source)) {
      this._ownStream = source;
      this._source = { id: source.id, name: 'Application stream', isSystemDefault: false, deviceType: 'Virtual' };
    } else {
      if (typeof source?.id !== 'string') throw errors.deviceUnknown();
      this._source = { ...source };
    }
  }

  get source(): AudioDeviceInfo {
    return { ...this._source };
  }

  get mediaStreamType(): MediaStreamType {
    return 'Audio';
  }

  feature<TFeature extends CallFeature>(factory: CallFeatureFactory<TFeature>): TFeature {
    return featureOf(this._features, factory, 'stream');
  }

  async getMediaStream(): Promise<MediaStream> {
    return this._ownStream ?? new MediaStream([await this._open()]);
  }

  async getVolume(): Promise<Volume> {
    this._volume ??= new StreamVolume(() => this._ownStream ?? (this._track && new MediaStream([this._track])));
    return this._volume;
  }

  async switchSource(source: AudioDeviceInfo): Promise<void> {
    if (typeof source?.id !== 'string') throw errors.deviceUnknown();
    const isOpen = this._track !== undefined;
    const closes = this._closes;
    const track = isOpen ? await openMicrophone(browserDeviceId(source.id)) : undefined;
    this._source = { ...source };
    if (closes !== this._closes) track?.stop();
    else if (track) this.replaceTrack(track);
    this._emitter.emit('audioSourceChanged');
  }

  async setMediaStream(stream: MediaStream): Promise<void> {
    if (!isMediaStream(stream)) throw errors.deviceUnknown();
    const old = this._ownStream ? undefined : this._track;
    this._ownStream = stream;
    this.setTrack(stream.getAudioTracks()[0]);
    old?.stop();
    this._emitter.emit('audioSourceChanged');
  }

  dispose(): void {
    this._close();
    this._volume?.dispose();
    this._emitter.silence();
  }

  on(event: 'audioSourceChanged', listener: PropertyChangedEvent): void {
    this._emitter.on(event, listener);
  }

  off(event: 'audioSourceChanged', listener: PropertyChangedEvent): void {
    this._emitter.off(event, listener);
  }

  /** @internal */
  async _open(): Promise<MediaStreamTrack> {
    if (this._track?.readyState === 'live') return this._track;
    const closes = this._closes;
    const track = this._ownStream ? this._ownStream.getAudioTracks()[0] : await openMicrophone(browserDeviceId(this._source.id));
    if (!track) throw errors.microphoneFailed();
    if (closes !== this._closes) {
      if (!this._ownStream) track.stop();
      throw errors.microphoneFailed();
    }
    this.setTrack(track);
    return track;
  }

  /** @internal */
  _close(): void {
    const track = this._track;
    this._track = undefined;
    this._closes += 1;
    if (!this._ownStream) track?.stop();
  }

  /** @internal Returns the function that stops listening. */
  _onTrack(listener: TrackListener): () => void {
    this._trackListeners.add(listener);
    return () => this._trackListeners.delete(listener);
  }

  /** @internal */
  get _currentTrack(): MediaStreamTrack | undefined {
    return this._track;
  }

  /** @internal */
  private replaceTrack(track: MediaStreamTrack): void {
    const old = this._track;
    if (old) track.enabled = old.enabled;
    this.setTrack(track);
    old?.stop();
  }

  /** @internal */
  private setTrack(track: MediaStreamTrack | undefined): void {
    this._track = track;
    track?.addEventListener?.('ended', () => {
      if (this._track === track) this.setTrack(undefined);
    });
    for (const listener of [...this._trackListeners]) listener(track);
  }
}
