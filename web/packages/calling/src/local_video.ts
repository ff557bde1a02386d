// Local pictures: a camera, the screen, or a stream the app made itself.
import { browserDeviceId } from './devices';
import { Emitter, bindMethods } from './emitter';
import { errors } from './errors';
import { featureOf } from './features/registry';
import { openCamera, openScreen } from './capture';
import type { CallFeature, CallFeatureFactory } from './types/call';
import type { PropertyChangedEvent } from './types/vocabulary';
import type { VideoDeviceInfo } from './types/devices';
import type { MediaStreamType } from './types/streams';

/** Told when the track behind the stream was exchanged or has ended (`undefined`). */
export type TrackListener = (track: MediaStreamTrack | undefined) => void;

export class LocalVideoStream {
  /** @internal */
  private readonly _emitter = new Emitter();
  /** @internal */
  private readonly _features = new Map<string, CallFeature>();
  /** @internal */
  private readonly _trackListeners = new Set<TrackListener>();
  /** @internal */
  private _source: VideoDeviceInfo;
  /** @internal */
  private _mediaStreamType: MediaStreamType;
  /** @internal The app's own stream: its tracks are never stopped by us. */
  private _ownStream: MediaStream | undefined;
  /** @internal */
  private _track: MediaStreamTrack | undefined;
  /** @internal */
  private _opening: Promise<MediaStreamTrack> | undefined;
  /** @internal How many views and calls use the track; the last one to go stops the camera. */
  private _users = 0;

  constructor(source: VideoDeviceInfo | MediaStream) {
    bindMethods(this);
    if (isMediaStream(source)) {
      this._ownStream = source;
      this._source = { id: source.id, name: 'Application stream', deviceType: 'Virtual' };
      this._mediaStreamType = 'RawMedia';
    } else {
      if (typeof source?.id !== 'string') throw errors.videoArgument();
      this._source = { ...source };
      this._mediaStreamType = source.deviceType === 'ScreenSharing' ? 'ScreenSharing' : 'Video';
    }
  }

  get source(): VideoDeviceInfo {
    return { ...this._source };
  }

  get mediaStreamType(): MediaStreamType {
    return this._mediaStreamType;
  }

  feature<TFeature extends CallFeature>(factory: CallFeatureFactory<TFeature>): TFeature {
    return featureOf(this._features, factory, 'stream');
  }

  /** The live stream. The camera stays open until `dispose()`. */
  async getMediaStream(): Promise<MediaStream> {
    if (this._ownStream) return this._ownStream;
    const track = this._track ?? (await this._acquire());
    return new MediaStream([track]);
  }

  async switchSource(source: VideoDeviceInfo): Promise<void> {
    if (typeof source?.id !== 'string' || this._mediaStreamType !== 'Video') throw errors.videoArgument();
    if (source.id === this._source.id) return;
    if (this._users > 0) {
      const track = await openCamera(browserDeviceId(source.id));
      // Everybody may have left while it opened.
      if (this._users > 0) this.replaceTrack(track);
      else track.stop();
    }
    this._source = { ...source };
    this._emitter.emit('videoSourceChanged');
  }

  async setMediaStream(stream: MediaStream): Promise<void> {
    if (!isMediaStream(stream)) throw errors.videoArgument();
    this.stopOwnTrack();
    this._ownStream = stream;
    this._source = { id: stream.id, name: 'Application stream', deviceType: 'Virtual' };
    this.setTrack(stream.getVideoTracks()[0]);
    this._emitter.emit('videoSourceChanged');
  }

  dispose(): void {
    this._users = 0;
    this.stopOwnTrack();
    this._emitter.silence();
  }

  on(event: 'videoSourceChanged' | 'mediaStreamTypeChanged', listener: PropertyChangedEvent): void {
    this._emitter.on(event, listener);
  }

  off(event: 'videoSourceChanged' | 'mediaStreamTypeChanged', listener: PropertyChangedEvent): void {
    this._emitter.off(event, listener);
  }

  /** @internal Opens the source, or joins those who use it already. */
  async _acquire(): Promise<MediaStreamTrack> {
    this._users += 1;
    try {
      return await this.ensureTrack();
    } catch (thrown) {
      this._users -= 1;
      throw thrown;
    }
  }

  /** @internal */
  _release(): void {
    if (this._users > 0 && --this._users === 0) this.stopOwnTrack();
  }

  /** @internal */
  get _currentTrack(): MediaStreamTrack | undefined {
    return this._track;
  }

  /** @internal Returns the function that stops listening. */
  _onTrack(listener: TrackListener): () => void {
    this._trackListeners.add(listener);
    return () => this._trackListeners.delete(listener);
  }

  /** @internal */
  private async ensureTrack(): Promise<MediaStreamTrack> {
    if (this._track?.readyState === 'live') return this._track;
    this._opening ??= this.openTrack().finally(() => (this._opening = undefined));
    const track = await this._opening;
    if (this._users === 0) {
      // Everybody left while the camera was starting.
      if (!this._ownStream) track.stop();
      throw errors.rendererDisposed();
    }
    if (this._track !== track) this.setTrack(track);
    return track;
  }

  /** @internal */
  private async openTrack(): Promise<MediaStreamTrack> {
    if (this._ownStream) {
      const track = this._ownStream.getVideoTracks()[0];
      if (!track) throw errors.videoArgument();
      return track;
    }
    return this._mediaStreamType === 'ScreenSharing' ? openScreen() : openCamera(browserDeviceId(this._source.id));
  }

  /** @internal */
  private replaceTrack(track: MediaStreamTrack): void {
    const old = this._track;
    this.setTrack(track);
    if (!this._ownStream) old?.stop();
  }

  /** @internal */
  private setTrack(track: MediaStreamTrack | undefined): void {
    this._track = track;
    track?.addEventListener?.('ended', () => {
      if (this._track === track) this.setTrack(undefined);
    });
    for (const listener of [...this._trackListeners]) listener(track);
  }

  /** @internal */
  private stopOwnTrack(): void {
    const track = this._track;
    this._track = undefined;
    if (!this._ownStream) track?.stop();
  }
}

export function isMediaStream(value: unknown): value is MediaStream {
  return typeof MediaStream !== 'undefined' && value instanceof MediaStream;
}

/** The stream a call makes for a screen share; its source is the whole screen as far as apps are concerned. */
export function screenStream(): LocalVideoStream {
  return new LocalVideoStream({ id: 'screen', name: 'Screen', deviceType: 'ScreenSharing' });
}

/** A stream whose pictures the app makes; kept apart so that raw media can be told from cameras by its class. */
export class WbLocalVideoStream extends LocalVideoStream {}
