// Remote pictures and sound. A remote video stream exists as long as its participant does; the track behind it comes
// and goes with the slot the server gives it.
import { Emitter, bindMethods } from './emitter';
import { errors } from './errors';
import { StreamVolume } from './volume';
import type { PropertyChangedEvent } from './types/vocabulary';
import type { MediaStreamType, RemoteAudioStream, RemoteVideoStream, StreamSize, Volume } from './types/streams';

/** A place on the page that shows the stream, with its size in device pixels. */
export interface Viewer {
  width: number;
  height: number;
}

export interface StreamOwner {
  /** Somebody began, stopped or resized watching. */
  onViewersChanged(): void;
}

let lastStreamId = 0;

export class RemoteVideo implements RemoteVideoStream {
  readonly id: number;
  readonly mediaStreamType: MediaStreamType;
  private readonly _emitter = new Emitter();
  private readonly _owner: StreamOwner;
  private readonly _viewers = new Set<Viewer>();
  private readonly _trackListeners = new Set<(track: MediaStreamTrack | undefined) => void>();
  private _isAvailable = false;
  private _isStalled = false;
  private _size: StreamSize = { width: 0, height: 0 };
  private _track: MediaStreamTrack | undefined;

  constructor(mediaStreamType: MediaStreamType, owner: StreamOwner) {
    bindMethods(this);
    this.id = ++lastStreamId;
    this.mediaStreamType = mediaStreamType;
    this._owner = owner;
  }

  get isAvailable(): boolean {
    return this._isAvailable;
  }

  /** Available and not stalled; a stream nobody watches is not asked for and so cannot stall. */
  get isReceiving(): boolean {
    return this._isAvailable && !this._isStalled;
  }

  get size(): StreamSize {
    return { ...this._size };
  }

  async getMediaStream(): Promise<MediaStream> {
    if (!this._isAvailable) throw errors.streamNotAvailable();
    const track = this._track ?? (await this.waitForTrack());
    return new MediaStream([track]);
  }

  on(event: string, listener: PropertyChangedEvent): void {
    this._emitter.on(event, listener);
  }

  off(event: string, listener: PropertyChangedEvent): void {
    this._emitter.off(event, listener);
  }

  // For the call.

  setAvailable(isAvailable: boolean): void {
    if (isAvailable === this._isAvailable) return;
    const wasReceiving = this.isReceiving;
    this._isAvailable = isAvailable;
    this._isStalled = false;
    this._emitter.emit('isAvailableChanged');
    if (this.isReceiving !== wasReceiving) this._emitter.emit('isReceivingChanged');
    if (!isAvailable) this.setTrack(undefined);
  }

  setTrack(track: MediaStreamTrack | undefined): void {
    if (track === this._track) return;
    this._track = track;
    for (const listener of [...this._trackListeners]) listener(track);
  }

  setStalled(isStalled: boolean): void {
    const wasReceiving = this.isReceiving;
    this._isStalled = isStalled;
    if (this.isReceiving !== wasReceiving) this._emitter.emit('isReceivingChanged');
  }

  get track(): MediaStreamTrack | undefined {
    return this._track;
  }

  get isWatched(): boolean {
    return this._viewers.size > 0;
  }

  /** The largest place that shows the stream decides what is asked of the server. */
  get wantedSize(): StreamSize {
    let wanted = { width: 0, height: 0 };
    for (const { width, height } of this._viewers) {
      if (width * height >= wanted.width * wanted.height) wanted = { width, height };
    }
    return wanted;
  }

  dispose(): void {
    this.setTrack(undefined);
    this._viewers.clear();
    this._emitter.silence();
  }

  // For renderers.

  addViewer(viewer: Viewer): void {
    this._viewers.add(viewer);
    this._owner.onViewersChanged();
  }

  viewerResized(): void {
    this._owner.onViewersChanged();
  }

  removeViewer(viewer: Viewer): void {
    if (this._viewers.delete(viewer)) this._owner.onViewersChanged();
  }

  onTrack(listener: (track: MediaStreamTrack | undefined) => void): () => void {
    this._trackListeners.add(listener);
    return () => this._trackListeners.delete(listener);
  }

  setSize(width: number, height: number): void {
    if (width === 0 || (width === this._size.width && height === this._size.height)) return;
    this._size = { width, height };
    this._emitter.emit('sizeChanged');
  }

  private waitForTrack(): Promise<MediaStreamTrack> {
    const viewer = { width: 1280, height: 720 };
    this.addViewer(viewer);
    return new Promise((resolve) => {
      const stop = this.onTrack((track) => {
        if (!track) return;
        stop();
        resolve(track);
      });
    });
  }
}

/** Everything that is heard, as one stream: the slots carry whoever is loudest. */
export class RemoteAudio implements RemoteAudioStream {
  readonly mediaStreamType: MediaStreamType = 'Audio';
  private readonly _tracks: () => MediaStreamTrack[];
  private _volume: StreamVolume | undefined;

  constructor(tracks: () => MediaStreamTrack[]) {
    this._tracks = tracks;
    bindMethods(this);
  }

  async getMediaStream(): Promise<MediaStream> {
    return new MediaStream(this._tracks());
  }

  async getVolume(): Promise<Volume> {
    this._volume ??= new StreamVolume(() => new MediaStream(this._tracks()));
    return this._volume;
  }

  dispose(): void {
    this._volume?.dispose();
  }
}
