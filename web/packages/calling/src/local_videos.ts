// The camera and the screen share of a call: one of each at most, started and stopped one after the other.
import type { CallMedia } from './call_media';
import { errors } from './errors';
import { screenStream, type LocalVideoStream } from './local_video';
import type { Published } from './publisher';

export interface LocalVideosHooks {
  media(): CallMedia;
  publish(change: Partial<Published>): Promise<void>;
  /** Throws when the call is over. */
  requireAlive(): void;
  onChanged(added: LocalVideoStream[], removed: LocalVideoStream[], flagEvent: string): void;
}

type Slot = 'camera' | 'share';
const FLAG_EVENTS: Record<Slot, string> = { camera: 'isLocalVideoStartedChanged', share: 'isScreenSharingOnChanged' };

export class LocalVideos {
  private readonly _hooks: LocalVideosHooks;
  private readonly _streams: { [slot in Slot]?: LocalVideoStream } = {};
  private _work: Promise<unknown> = Promise.resolve();

  constructor(hooks: LocalVideosHooks, camera: LocalVideoStream | undefined) {
    this._hooks = hooks;
    if (camera) this._streams.camera = camera;
  }

  get camera(): LocalVideoStream | undefined {
    return this._streams.camera;
  }

  get share(): LocalVideoStream | undefined {
    return this._streams.share;
  }

  get all(): LocalVideoStream[] {
    return [this._streams.camera, this._streams.share].filter((stream) => stream !== undefined);
  }

  /** The camera the call began with; it is listed already and taken off the list when it cannot be opened. */
  openFirst(): Promise<void> {
    const stream = this._streams.camera;
    if (!stream) return Promise.resolve();
    return this.inTurn(async () => {
      if (this._streams.camera !== stream) return;
      try {
        await this.open('camera', stream);
      } catch {
        await this.close('camera');
      }
    });
  }

  startCamera(stream: LocalVideoStream): Promise<void> {
    return this.inTurn(async () => {
      if (this._streams.camera) throw errors.videoAlreadyOn();
      await this.add('camera', stream);
    });
  }

  stopCamera(stream: LocalVideoStream): Promise<void> {
    return this.inTurn(async () => {
      if (this._streams.camera?.source.id !== stream.source.id) throw errors.videoAlreadyOff();
      await this.close('camera');
    });
  }

  startShare(stream: LocalVideoStream | undefined, check: () => void): Promise<void> {
    return this.inTurn(async () => {
      if (this._streams.share) throw errors.shareAlreadyOn();
      check();
      await this.add('share', stream ?? screenStream());
    });
  }

  stopShare(): Promise<void> {
    return this.inTurn(async () => {
      if (!this._streams.share) throw errors.shareAlreadyOff();
      await this.close('share');
    });
  }

  /** Ends it whoever started it: the device is gone, or it may no longer be sent. */
  drop(slot: Slot): void {
    void this.inTurn(() => this.close(slot)).catch(() => undefined);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this._work.catch(() => undefined).then(() => {
      this._hooks.requireAlive();
      return work();
    });
    this._work = next.catch(() => undefined);
    return next;
  }

  private async add(slot: Slot, stream: LocalVideoStream): Promise<void> {
    await this.open(slot, stream);
    this._streams[slot] = stream;
    this._hooks.onChanged([stream], [], FLAG_EVENTS[slot]);
  }

  private async open(slot: Slot, stream: LocalVideoStream): Promise<void> {
    await this._hooks.media().startVideo(slot, stream);
    try {
      await this._hooks.publish({ [slot]: true });
    } catch (thrown) {
      await this._hooks.media().stopVideo(slot);
      throw thrown;
    }
  }

  private async close(slot: Slot): Promise<void> {
    const stream = this._streams[slot];
    if (!stream) return;
    delete this._streams[slot];
    await this._hooks.media().stopVideo(slot);
    this._hooks.onChanged([], [stream], FLAG_EVENTS[slot]);
    await this._hooks.publish({ [slot]: false }).catch(() => undefined);
  }
}
