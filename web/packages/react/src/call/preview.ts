// Before the call: which devices there are, which are chosen, and the picture one has of oneself.
import { type AudioDeviceInfo, type DeviceManager, LocalVideoStream, type VideoDeviceInfo } from '@parvis/calling';
import { Store } from '../store';
import type { JoinChoice } from './meeting';

/** One snapshot of the preview. */
export interface PreviewState {
  asked: boolean;
  micAllowed: boolean;
  cameraAllowed: boolean;
  cameras: VideoDeviceInfo[];
  microphones: AudioDeviceInfo[];
  camera?: VideoDeviceInfo;
  microphoneId?: string;
  micOn: boolean;
  cameraOn: boolean;
  picture?: LocalVideoStream;
}

/** How long a join waits for an unanswered question of the browser. */
const ANSWER_MS_MAX = 3_000;

/** Lives until the call is joined or the page is left. */
export class Preview extends Store<PreviewState> {
  private opening?: Promise<void>;

  constructor(private devices: DeviceManager) {
    super({ asked: false, micAllowed: false, cameraAllowed: false, cameras: [], microphones: [], micOn: true, cameraOn: true });
  }

  /** Asks the browser for both devices; a refusal of one leaves the other. */
  readonly open = (): Promise<void> => {
    this.opening = this.look();
    return this.opening;
  };

  readonly toggleMic = (): void => this.update({ micOn: !this.snapshot().micOn });

  readonly toggleCamera = (): void => {
    this.update({ cameraOn: !this.snapshot().cameraOn });
    this.show();
  };

  readonly chooseCamera = (id: string): void => {
    const camera = this.snapshot().cameras.find((other) => other.id === id);
    if (!camera) return;
    this.hide();
    this.update({ camera });
    this.show();
  };

  readonly chooseMicrophone = async (id: string): Promise<void> => {
    const microphone = this.snapshot().microphones.find((other) => other.id === id);
    if (!microphone) return;
    await this.devices.selectMicrophone(microphone);
    this.update({ microphoneId: id });
  };

  /** What the person chose, for the join. Somebody quick does not join mute because the browser still looks for devices. */
  async choice(): Promise<JoinChoice> {
    await Promise.race([this.opening, new Promise((resolve) => setTimeout(resolve, ANSWER_MS_MAX))]);
    const { micOn, micAllowed, cameraOn, cameraAllowed, camera } = this.snapshot();
    return { muted: !(micOn && micAllowed), camera: cameraOn && cameraAllowed ? camera : undefined };
  }

  readonly hide = (): void => this.update({ picture: undefined });

  private async look(): Promise<void> {
    const access = await this.ask();
    const cameras = access.video ? await this.devices.getCameras().catch(() => []) : [];
    const microphones = access.audio ? await this.devices.getMicrophones().catch(() => []) : [];
    const now = this.snapshot();
    const camera = cameras.find(({ id }) => id === now.camera?.id) ?? cameras[0];
    this.update({
      asked: true,
      micAllowed: access.audio && microphones.length > 0,
      cameraAllowed: access.video && cameras.length > 0,
      cameras,
      microphones,
      camera,
      microphoneId: this.devices.selectedMicrophone?.id ?? microphones[0]?.id,
    });
    this.show();
  }

  private show(): void {
    const { cameraOn, cameraAllowed, camera, picture } = this.snapshot();
    if (!cameraOn || !cameraAllowed || !camera) return this.hide();
    if (!picture) this.update({ picture: new LocalVideoStream(camera) });
  }

  private async ask(): Promise<{ audio: boolean; video: boolean }> {
    // Asked apart when asked together fails: some machines have a microphone only.
    const both = await this.devices.askDevicePermission({ audio: true, video: true }).catch(() => undefined);
    if (both?.audio && both.video) return both;
    const audio = both?.audio || (await this.devices.askDevicePermission({ audio: true, video: false }).catch(() => undefined))?.audio;
    const video = both?.video || (await this.devices.askDevicePermission({ audio: false, video: true }).catch(() => undefined))?.video;
    return { audio: audio ?? false, video: video ?? false };
  }
}
