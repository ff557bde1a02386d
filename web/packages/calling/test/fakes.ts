// Stand-ins for what a browser has and node has not: sockets, peer connections, tracks, devices, time.
import { vi } from 'vitest';
import type { Clock, TimerId } from '../src/clock';
import type { SocketLike } from '../src/session';

type Frame = Record<string, unknown>;

/** Time that moves only when told. */
export class ManualClock implements Clock {
  private _nowMs = 1_700_000_000_000;
  private _timers: { atMs: number; fire: () => void; id: number }[] = [];
  private _lastId = 0;

  nowMs(): number {
    return this._nowMs;
  }

  setTimer(delayMs: number, fire: () => void): TimerId {
    const id = ++this._lastId;
    this._timers.push({ atMs: this._nowMs + delayMs, fire, id });
    return id;
  }

  clearTimer(timer: TimerId): void {
    this._timers = this._timers.filter(({ id }) => id !== timer);
  }

  async advance(ms: number): Promise<void> {
    const untilMs = this._nowMs + ms;
    for (;;) {
      await settle();
      const next = this._timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs || a.id - b.id)[0];
      if (!next) break;
      this._timers = this._timers.filter(({ id }) => id !== next.id);
      this._nowMs = next.atMs;
      next.fire();
    }
    this._nowMs = untilMs;
    await settle();
  }
}

/** Lets everything that waits only for promises happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}

export class FakeSocket implements SocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly sent: Frame[] = [];
  closedWith: number | undefined | 'not closed' = 'not closed';

  constructor(readonly url = '') {}

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Frame);
  }

  close(code?: number): void {
    this.closedWith = code;
  }

  // The server's side.

  open(): void {
    this.onopen?.(undefined as never);
  }

  say(frame: Frame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  drop(code = 1006): void {
    this.onclose?.({ code });
  }

  of(type: string): Frame[] {
    return this.sent.filter((frame) => frame['type'] === type);
  }
}

export class FakeTrack extends EventTarget {
  enabled = true;
  readyState: 'live' | 'ended' = 'live';
  contentHint = '';
  onmute: (() => void) | null = null;
  onunmute: (() => void) | null = null;
  static opened: FakeTrack[] = [];

  constructor(readonly kind: 'audio' | 'video', readonly label = '') {
    super();
    FakeTrack.opened.push(this);
  }

  clone(): FakeTrack {
    return new FakeTrack(this.kind, this.label);
  }

  stop(): void {
    this.readyState = 'ended';
  }

  /** What the browser does when the device is pulled out. */
  unplug(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }
}

export class FakeMediaStream {
  readonly id = `stream-${Math.random()}`;

  constructor(private readonly _tracks: FakeTrack[] = []) {}

  getTracks(): FakeTrack[] {
    return this._tracks;
  }

  getAudioTracks(): FakeTrack[] {
    return this._tracks.filter(({ kind }) => kind === 'audio');
  }

  getVideoTracks(): FakeTrack[] {
    return this._tracks.filter(({ kind }) => kind === 'video');
  }
}

interface FakeTransceiver {
  kind: string;
  direction: string;
  mid: string | null;
  encodings: RTCRtpEncodingParameters[];
  sender: {
    track: FakeTrack | null;
    replaceTrack(track: FakeTrack | null): Promise<void>;
    getParameters(): { encodings: RTCRtpEncodingParameters[] };
    setParameters(parameters: { encodings: RTCRtpEncodingParameters[] }): Promise<void>;
  };
  receiver: { track: FakeTrack };
}

export class FakePeer {
  static all: FakePeer[] = [];
  static get last(): FakePeer {
    return FakePeer.all[FakePeer.all.length - 1]!;
  }

  readonly transceivers: FakeTransceiver[] = [];
  onconnectionstatechange: (() => void) | null = null;
  connectionState = 'new';
  signalingState = 'stable';
  localDescription: { sdp: string } | null = null;
  remoteDescription: { sdp: string } | null = null;
  iceRestarts = 0;
  isClosed = false;
  offers = 0;
  stats: Record<string, unknown>[] = [];

  constructor(readonly configuration: RTCConfiguration = {}) {
    FakePeer.all.push(this);
  }

  addTransceiver(kind: string, init: RTCRtpTransceiverInit): FakeTransceiver {
    const encodings = (init.sendEncodings ?? []).map((encoding) => ({ ...encoding }));
    const transceiver: FakeTransceiver = {
      kind,
      direction: init.direction ?? 'sendrecv',
      mid: null,
      encodings,
      sender: {
        track: null,
        replaceTrack: async (track) => void (transceiver.sender.track = track),
        getParameters: () => ({ encodings: transceiver.encodings.map((encoding) => ({ ...encoding })) }),
        setParameters: async ({ encodings: next }) => void (transceiver.encodings = next),
      },
      receiver: { track: new FakeTrack(kind as 'audio' | 'video') },
    };
    this.transceivers.push(transceiver);
    return transceiver;
  }

  async createOffer(): Promise<{ type: 'offer'; sdp: string }> {
    return { type: 'offer', sdp: `offer-${++this.offers}` };
  }

  async setLocalDescription(description: { type: string; sdp?: string }): Promise<void> {
    if (description.type === 'rollback') {
      this.signalingState = 'stable';
      return;
    }
    this.transceivers.forEach((transceiver, index) => (transceiver.mid = String(index)));
    this.localDescription = { sdp: description.sdp ?? '' };
    this.signalingState = 'have-local-offer';
  }

  async setRemoteDescription(description: { sdp: string }): Promise<void> {
    this.remoteDescription = description;
    this.signalingState = 'stable';
  }

  restartIce(): void {
    this.iceRestarts += 1;
  }

  async getStats(): Promise<Map<string, unknown>> {
    return new Map(this.stats.map((stat, index) => [String(index), stat]));
  }

  close(): void {
    this.isClosed = true;
  }

  become(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

export interface FakeDevice {
  kind: MediaDeviceKind;
  deviceId: string;
  label: string;
}

export const CAMERA: FakeDevice = { kind: 'videoinput', deviceId: 'cam-1', label: 'Front camera' };
export const CAMERA_2: FakeDevice = { kind: 'videoinput', deviceId: 'cam-2', label: 'Back camera' };
export const MICROPHONE: FakeDevice = { kind: 'audioinput', deviceId: 'default', label: 'Default' };
export const HEADSET: FakeDevice = { kind: 'audioinput', deviceId: 'mic-2', label: 'Headset' };
export const SPEAKER: FakeDevice = { kind: 'audiooutput', deviceId: 'default', label: 'Default' };

export class FakeMediaDevices extends EventTarget {
  devices: FakeDevice[] = [CAMERA, CAMERA_2, MICROPHONE, HEADSET, SPEAKER];
  /** Name of the error the next captures fail with. */
  refuseAudio: string | undefined;
  refuseVideo: string | undefined;
  refuseScreen: string | undefined;
  captures: MediaStreamConstraints[] = [];
  hold: Promise<void> | undefined;

  async enumerateDevices(): Promise<FakeDevice[]> {
    return this.devices;
  }

  async getUserMedia(constraints: MediaStreamConstraints): Promise<FakeMediaStream> {
    this.captures.push(constraints);
    await this.hold;
    const refusal = (constraints.audio && this.refuseAudio) || (constraints.video && this.refuseVideo);
    if (refusal) throw Object.assign(new Error(refusal), { name: refusal });
    const tracks: FakeTrack[] = [];
    if (constraints.audio) tracks.push(new FakeTrack('audio', 'microphone'));
    if (constraints.video) tracks.push(new FakeTrack('video', 'camera'));
    return new FakeMediaStream(tracks);
  }

  async getDisplayMedia(): Promise<FakeMediaStream> {
    if (this.refuseScreen) throw Object.assign(new Error(this.refuseScreen), { name: this.refuseScreen });
    return new FakeMediaStream([new FakeTrack('video', 'screen')]);
  }

  change(devices: FakeDevice[]): void {
    this.devices = devices;
    this.dispatchEvent(new Event('devicechange'));
  }
}

export interface FakeBrowser {
  mediaDevices: FakeMediaDevices;
  sockets: FakeSocket[];
}

const DESKTOP_CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

/** Puts the stand-ins where the SDK looks for a browser. */
export function installBrowser(userAgent = DESKTOP_CHROME): FakeBrowser {
  const mediaDevices = new FakeMediaDevices();
  const sockets: FakeSocket[] = [];
  FakePeer.all = [];
  FakeTrack.opened = [];
  vi.stubGlobal('navigator', { mediaDevices, userAgent });
  vi.stubGlobal('MediaStream', FakeMediaStream);
  vi.stubGlobal('RTCPeerConnection', FakePeer);
  vi.stubGlobal('WebSocket', function (this: unknown, url: string) {
    const socket = new FakeSocket(url);
    sockets.push(socket);
    return socket;
  });
  return { mediaDevices, sockets };
}

export function fakeToken(claims: Record<string, unknown> = {}): string {
  const encode = (value: unknown): string => btoa(JSON.stringify(value)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const payload = {
    skypeid: 'acs:11111111-1111-1111-1111-111111111111_22222222-2222-2222-2222-222222222222',
    acsScope: 'chat,voip',
    iss: 'https://parvis.example',
    exp: Math.floor(Date.now() / 1000) + 3_600,
    ...claims,
  };
  return `${encode({ alg: 'RS256' })}.${encode(payload)}.signature`;
}

export const OWN_RAW_ID = '8:acs:11111111-1111-1111-1111-111111111111_22222222-2222-2222-2222-222222222222';

export function credential(token = fakeToken()): { getToken(): Promise<{ token: string; expiresOnTimestamp: number }>; dispose(): void } {
  return { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }), dispose: () => undefined };
}
