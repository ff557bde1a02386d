// The device manager: lists cameras, microphones and speakers, asks for permission and remembers what is selected.
import { Emitter, bindMethods } from './emitter';
import { errors } from './errors';
import type { AudioDeviceInfo, DeviceAccess, DeviceManager, PermissionConstraints, VideoDeviceInfo } from './types/devices';

type DeviceKind = 'camera' | 'microphone' | 'speaker';
const KINDS: Record<MediaDeviceKind, DeviceKind> = { videoinput: 'camera', audioinput: 'microphone', audiooutput: 'speaker' };

/** The browser's id behind one of ours (`camera:<id>`). */
export function browserDeviceId(id: string): string {
  return id.slice(id.indexOf(':') + 1);
}

export class BrowserDeviceManager implements DeviceManager {
  private readonly _emitter = new Emitter();
  private _cameras: VideoDeviceInfo[] = [];
  private _microphones: AudioDeviceInfo[] = [];
  private _speakers: AudioDeviceInfo[] = [];
  private _selectedMicrophone: AudioDeviceInfo | undefined;
  private _selectedSpeaker: AudioDeviceInfo | undefined;
  private _listing: Promise<void> | undefined;
  private readonly _onDeviceChange = (): void => void this.refresh();

  constructor() {
    bindMethods(this);
    mediaDevices()?.addEventListener?.('devicechange', this._onDeviceChange);
  }

  get isSpeakerSelectionAvailable(): boolean {
    return typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;
  }

  get selectedMicrophone(): AudioDeviceInfo | undefined {
    return this._selectedMicrophone && { ...this._selectedMicrophone };
  }

  get selectedSpeaker(): AudioDeviceInfo | undefined {
    return this._selectedSpeaker && { ...this._selectedSpeaker };
  }

  async getCameras(): Promise<VideoDeviceInfo[]> {
    await this.refresh();
    return this._cameras.map((device) => ({ ...device }));
  }

  async getMicrophones(): Promise<AudioDeviceInfo[]> {
    await this.refresh();
    return this._microphones.map((device) => ({ ...device }));
  }

  async getSpeakers(): Promise<AudioDeviceInfo[]> {
    if (!this.isSpeakerSelectionAvailable) throw errors.speakersNotEnumerable();
    await this.refresh();
    return this._speakers.map((device) => ({ ...device }));
  }

  async selectMicrophone(microphone: AudioDeviceInfo): Promise<void> {
    const device = this._microphones.find((known) => known.id === microphone?.id);
    if (!device) throw errors.deviceUnknown();
    this.setMicrophone(device);
  }

  async selectSpeaker(speaker: AudioDeviceInfo): Promise<void> {
    if (!this.isSpeakerSelectionAvailable) throw errors.speakersNotEnumerable();
    const device = this._speakers.find((known) => known.id === speaker?.id);
    if (!device) throw errors.deviceUnknown();
    this.setSpeaker(device);
  }

  async askDevicePermission(constraints: PermissionConstraints): Promise<DeviceAccess> {
    const wanted = { audio: constraints?.audio === true, video: constraints?.video === true };
    const access = (await tryCapture(wanted)) ? wanted : await this.askOneByOne(wanted);
    await this.refresh();
    return { audio: access.audio, video: access.video };
  }

  startPreheatDevices(): void {
    void this.refresh();
  }

  stopPreheatDevices(): void {
    // Nothing is held open.
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this._emitter.on(event, listener);
  }

  off(event: string, listener: (...args: never[]) => void): void {
    this._emitter.off(event, listener);
  }

  dispose(): void {
    mediaDevices()?.removeEventListener?.('devicechange', this._onDeviceChange);
    this._emitter.silence();
  }

  /** A machine without a camera must still get its microphone, and the other way round. */
  private async askOneByOne(wanted: DeviceAccess): Promise<DeviceAccess> {
    if (!wanted.audio || !wanted.video) return { audio: false, video: false };
    const audio = await tryCapture({ audio: true, video: false });
    const video = await tryCapture({ audio: false, video: true });
    return { audio, video };
  }

  private refresh(): Promise<void> {
    this._listing ??= this.list().finally(() => (this._listing = undefined));
    return this._listing;
  }

  private async list(): Promise<void> {
    const found = (await mediaDevices()?.enumerateDevices().catch(() => [])) ?? [];
    const of = (kind: DeviceKind): MediaDeviceInfo[] => found.filter((device) => KINDS[device.kind] === kind);
    this.setCameras(of('camera').map(cameraInfo));
    this.setAudioDevices(audioInfos(of('microphone'), 'microphone'), audioInfos(of('speaker'), 'speaker'));
  }

  private setCameras(cameras: VideoDeviceInfo[]): void {
    const change = difference(this._cameras, cameras);
    this._cameras = cameras;
    if (change) this._emitter.emit('videoDevicesUpdated', change);
  }

  private setAudioDevices(microphones: AudioDeviceInfo[], speakers: AudioDeviceInfo[]): void {
    const change = difference([...this._microphones, ...this._speakers], [...microphones, ...speakers]);
    this._microphones = microphones;
    this._speakers = speakers;
    if (change) this._emitter.emit('audioDevicesUpdated', change);
    this.setMicrophone(reselect(microphones, this._selectedMicrophone));
    this.setSpeaker(reselect(speakers, this._selectedSpeaker));
  }

  private setMicrophone(device: AudioDeviceInfo | undefined): void {
    if (device?.id === this._selectedMicrophone?.id && device?.name === this._selectedMicrophone?.name) return;
    this._selectedMicrophone = device;
    this._emitter.emit('selectedMicrophoneChanged');
  }

  private setSpeaker(device: AudioDeviceInfo | undefined): void {
    if (device?.id === this._selectedSpeaker?.id && device?.name === this._selectedSpeaker?.name) return;
    this._selectedSpeaker = device;
    this._emitter.emit('selectedSpeakerChanged');
  }
}

function mediaDevices(): MediaDevices | undefined {
  return typeof navigator === 'undefined' ? undefined : navigator.mediaDevices;
}

function cameraInfo(device: MediaDeviceInfo): VideoDeviceInfo {
  return { id: `camera:${device.deviceId}`, name: device.label, deviceType: 'UsbCamera' };
}

function audioInfos(devices: MediaDeviceInfo[], kind: 'microphone' | 'speaker'): AudioDeviceInfo[] {
  const hasDefault = devices.some((device) => device.deviceId === 'default');
  return devices.map((device, index) => ({
    id: `${kind}:${device.deviceId}`,
    name: device.label,
    isSystemDefault: hasDefault ? device.deviceId === 'default' : index === 0,
    deviceType: kind === 'microphone' ? ('Microphone' as const) : ('Speaker' as const),
  }));
}

/** Keeps the selection while the device is there; else the system's default takes over. */
function reselect(devices: AudioDeviceInfo[], selected: AudioDeviceInfo | undefined): AudioDeviceInfo | undefined {
  return devices.find((device) => device.id === selected?.id) ?? devices.find((device) => device.isSystemDefault) ?? devices[0];
}

function difference<T extends { id: string; name: string }>(before: T[], after: T[]): { added: T[]; removed: T[] } | undefined {
  const missingIn = (list: T[], device: T): boolean => !list.some(({ id, name }) => id === device.id && name === device.name);
  const added = after.filter((device) => missingIn(before, device)).map((device) => ({ ...device }));
  const removed = before.filter((device) => missingIn(after, device)).map((device) => ({ ...device }));
  return added.length + removed.length > 0 ? { added, removed } : undefined;
}

async function tryCapture(wanted: DeviceAccess): Promise<boolean> {
  if (!wanted.audio && !wanted.video) return true;
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: wanted.audio, video: wanted.video });
    for (const track of stream.getTracks()) track.stop();
    return true;
  } catch {
    return false;
  }
}
