// Draws a local or remote stream into an element of its own. The view is there at once; pictures arrive when they arrive,
// because waiting for the first frame would keep pages that show no frame yet waiting for ever.
import { bindMethods } from './emitter';
import { errors } from './errors';
import type { LocalVideoStream } from './local_video';
import type { RemoteVideo, Viewer } from './remote_streams';
import type {
  CreateViewOptions,
  RemoteVideoStream,
  ScalingMode,
  StreamSize,
  VideoStreamRendererOptions,
  VideoStreamRendererView,
} from './types/streams';

const OBJECT_FIT: Record<ScalingMode, string> = { Crop: 'cover', Fit: 'contain', Stretch: 'fill' };
/** Asked for until the tile has been laid out. */
const INITIAL_VIEWER: Viewer = { width: 320, height: 180 };

export class VideoStreamRenderer {
  /** @internal */
  private readonly _stream: LocalVideoStream | RemoteVideoStream;
  /** @internal */
  private _view: RendererView | undefined;
  /** @internal */
  private _isDisposed = false;
  /** @internal */
  private _isCreating = false;

  constructor(stream: LocalVideoStream | RemoteVideoStream, _options?: VideoStreamRendererOptions) {
    if (!stream || typeof stream !== 'object') throw errors.videoArgument();
    this._stream = stream;
    bindMethods(this);
  }

  get size(): StreamSize {
    return this._view?.size ?? { width: 0, height: 0 };
  }

  async createView(options?: CreateViewOptions): Promise<VideoStreamRendererView> {
    if (this._isDisposed) throw errors.rendererDisposed();
    if (this._view || this._isCreating) throw errors.tooManyViews();
    this._isCreating = true;
    try {
      const source = await openSource(this._stream);
      if (this._isDisposed) {
        source.close();
        throw errors.rendererDisposed();
      }
      this._view = new RendererView(source, options ?? {}, () => (this._view = undefined));
      return this._view;
    } finally {
      this._isCreating = false;
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._view?.dispose();
    this._view = undefined;
  }
}

/** What a view draws, local and remote alike. */
interface Source {
  track(): MediaStreamTrack | undefined;
  onTrack(listener: (track: MediaStreamTrack | undefined) => void): () => void;
  viewed(width: number, height: number): void;
  sized(width: number, height: number): void;
  close(): void;
}

async function openSource(stream: LocalVideoStream | RemoteVideoStream): Promise<Source> {
  if (isLocal(stream)) return localSource(stream);
  if (isRemote(stream)) return remoteSource(stream);
  throw errors.streamNotAvailable();
}

// A page may hold two copies of this package: look at the shape, not at the class.
function isLocal(stream: LocalVideoStream | RemoteVideoStream): stream is LocalVideoStream {
  return typeof (stream as { _acquire?: unknown })._acquire === 'function';
}

function isRemote(stream: LocalVideoStream | RemoteVideoStream): stream is RemoteVideo {
  return typeof (stream as { addViewer?: unknown }).addViewer === 'function';
}

async function localSource(stream: LocalVideoStream): Promise<Source> {
  await stream._acquire();
  return {
    track: () => stream._currentTrack,
    onTrack: (listener) => stream._onTrack(listener),
    viewed: () => undefined,
    sized: () => undefined,
    close: () => stream._release(),
  };
}

function remoteSource(stream: RemoteVideo): Source {
  if (!stream.isAvailable) throw errors.streamNotAvailable();
  const viewer: Viewer = { ...INITIAL_VIEWER };
  stream.addViewer(viewer);
  return {
    track: () => stream.track,
    onTrack: (listener) => stream.onTrack(listener),
    viewed: (width, height) => {
      if (width === viewer.width && height === viewer.height) return;
      Object.assign(viewer, { width, height });
      stream.viewerResized();
    },
    sized: (width, height) => stream.setSize(width, height),
    close: () => stream.removeViewer(viewer),
  };
}

class RendererView implements VideoStreamRendererView {
  readonly target: HTMLElement;
  private readonly _video: HTMLVideoElement;
  private readonly _source: Source;
  private readonly _onDisposed: () => void;
  private readonly _stopTrack: () => void;
  private _observer: ResizeObserver | undefined;
  private _scalingMode: ScalingMode;
  private _isMirrored: boolean;
  private _isDisposed = false;

  constructor(source: Source, options: CreateViewOptions, onDisposed: () => void) {
    bindMethods(this);
    this._source = source;
    this._onDisposed = onDisposed;
    this._scalingMode = options.scalingMode ?? 'Crop';
    this._isMirrored = options.isMirrored === true;
    this._video = createVideoElement();
    this.target = document.createElement('div');
    Object.assign(this.target.style, { width: '100%', height: '100%', overflow: 'hidden' });
    this.target.appendChild(this._video);
    this.applyStyle();
    this._video.addEventListener('resize', () => source.sized(this._video.videoWidth, this._video.videoHeight));
    this._stopTrack = source.onTrack((track) => this.show(track));
    this.show(source.track());
    this.watchSize();
  }

  get scalingMode(): ScalingMode {
    return this._scalingMode;
  }

  get isMirrored(): boolean {
    return this._isMirrored;
  }

  get size(): StreamSize {
    return { width: this._video.videoWidth, height: this._video.videoHeight };
  }

  async updateScalingMode(scalingMode: ScalingMode): Promise<void> {
    if (!(scalingMode in OBJECT_FIT)) throw errors.videoArgument();
    this._scalingMode = scalingMode;
    this.applyStyle();
  }

  async updateMirroring(isMirrored: boolean): Promise<void> {
    this._isMirrored = isMirrored;
    this.applyStyle();
  }

  dispose(): void {
    if (this._isDisposed) return;
    this._isDisposed = true;
    this._observer?.disconnect();
    this._stopTrack();
    this._video.srcObject = null;
    this.target.remove();
    this._source.close();
    this._onDisposed();
  }

  private show(track: MediaStreamTrack | undefined): void {
    this._video.srcObject = track ? new MediaStream([track]) : null;
    if (track) Promise.resolve(this._video.play()).catch(() => undefined);
  }

  private applyStyle(): void {
    this._video.style.objectFit = OBJECT_FIT[this._scalingMode];
    this._video.style.transform = this._isMirrored ? 'rotateY(180deg)' : '';
  }

  private watchSize(): void {
    if (typeof ResizeObserver === 'undefined') return;
    this._observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const scale = globalThis.devicePixelRatio || 1;
      const { width, height } = entry.contentRect;
      // A tile that is hidden or not laid out yet keeps what it asked for last.
      if (width >= 1 && height >= 1) this._source.viewed(Math.round(width * scale), Math.round(height * scale));
    });
    this._observer.observe(this.target);
  }
}

function createVideoElement(): HTMLVideoElement {
  const video = document.createElement('video');
  video.autoplay = true;
  video.muted = true;
  video.playsInline = true;
  video.setAttribute('playsinline', '');
  video.setAttribute('muted', '');
  video.disablePictureInPicture = true;
  Object.assign(video.style, { width: '100%', height: '100%', display: 'block' });
  return video;
}
