// One peer connection: fixed transceivers, negotiation, and getting the transport back after a network change.
// Which participant is in which slot is not known here.
import type { Clock, TimerId } from './clock';

export const AUDIO_SLOTS = 3;
export const VIDEO_SLOTS_DESKTOP = 9;
export const VIDEO_SLOTS_MOBILE = 4;

const CAMERA_LAYERS: RTCRtpEncodingParameters[] = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
];
const SHARE_ENCODING: RTCRtpEncodingParameters = { maxBitrate: 2_500_000, maxFramerate: 15 };
/** Enough for the two lower layers; a slow line corrects it within a second. */
const START_BITRATE_KBPS = 1_000;
const AUDIO_MAX_BITRATE = 40_000;
/** `disconnected` often heals by itself; past this an ICE restart is quicker (CP-47). */
const DISCONNECTED_MS = 2_000;
const RESTART_AGAIN_MS = 5_000;

export interface MediaHooks {
  /** Sends the offer to the server and gives its answer. */
  exchange(offerSdp: string): Promise<string>;
  /** The slots have their names (mids) now. */
  onNegotiated(): void;
  onConnected(): void;
  onInterrupted(): void;
  /** The very first negotiation failed: there is no media and there will be none. */
  onFailed(error: unknown): void;
}

export interface MediaOptions {
  createPeer(configuration: RTCConfiguration): RTCPeerConnection;
  clock: Clock;
  iceServers: RTCIceServer[];
  videoSlots: number;
  hooks: MediaHooks;
}

export class Media {
  private readonly _options: MediaOptions;
  private readonly _peer: RTCPeerConnection;
  private readonly _microphone: RTCRtpTransceiver;
  private readonly _camera: RTCRtpTransceiver;
  private readonly _share: RTCRtpTransceiver;
  private readonly _audioSlots: RTCRtpTransceiver[] = [];
  private readonly _videoSlots: RTCRtpTransceiver[] = [];
  private _negotiation: Promise<void> = Promise.resolve();
  private _recoveryTimer: TimerId;
  private _isConnected = false;
  private _isClosed = false;
  private _hasAnswer = false;
  private _isRestarting = false;
  /** Camera layers the answer took; switching on another one would send what nobody forwards. */
  private _takenLayers: string[] | undefined;

  constructor(options: MediaOptions) {
    this._options = options;
    const { iceServers, videoSlots } = options;
    this._peer = options.createPeer({ iceServers, bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
    this._peer.onconnectionstatechange = () => this.connectionChanged();
    // The order of these lines is the order of the m-lines (CP-41).
    const add = (kind: 'audio' | 'video', init: RTCRtpTransceiverInit): RTCRtpTransceiver => this._peer.addTransceiver(kind, init);
    this._microphone = add('audio', { direction: 'sendonly', sendEncodings: [{ maxBitrate: AUDIO_MAX_BITRATE }] });
    this._camera = add('video', { direction: 'sendonly', sendEncodings: CAMERA_LAYERS.map((layer) => ({ ...layer })) });
    this._share = add('video', { direction: 'sendonly', sendEncodings: [{ ...SHARE_ENCODING }] });
    for (let slot = 0; slot < AUDIO_SLOTS; slot++) this._audioSlots.push(add('audio', { direction: 'recvonly' }));
    for (let slot = 0; slot < videoSlots; slot++) this._videoSlots.push(add('video', { direction: 'recvonly' }));
    this._videoSlots.push(add('video', { direction: 'recvonly' })); // the share slot, last
  }

  /** The first offer. Later ones follow by themselves when the transport needs them. */
  start(): void {
    void this.negotiate().catch((thrown: unknown) => {
      if (!this._isClosed) this._options.hooks.onFailed(thrown);
    });
  }

  /** The m-line of the own screen share, once negotiated. */
  get shareMid(): string | null {
    return this._share.mid;
  }

  get isConnected(): boolean {
    return this._isConnected;
  }

  setMicrophone(track: MediaStreamTrack | null): Promise<void> {
    return this.attach(this._microphone, track);
  }

  setCamera(track: MediaStreamTrack | null): Promise<void> {
    return this.attach(this._camera, track);
  }

  setShare(track: MediaStreamTrack | null): Promise<void> {
    return this.attach(this._share, track);
  }

  /** In the lobby nothing is forwarded: the smallest layer keeps the encoder warm and the upload small. */
  async setCameraLayers(layers: 'smallest' | 'all'): Promise<void> {
    const { sender } = this._camera;
    const parameters = sender.getParameters();
    if (!parameters.encodings?.length) return;
    for (const encoding of parameters.encodings) {
      const isTaken = !encoding.rid || !this._takenLayers || this._takenLayers.includes(encoding.rid);
      encoding.active = isTaken && (layers === 'all' || encoding.rid === 'q' || !encoding.rid);
    }
    await sender.setParameters(parameters).catch(() => undefined);
  }

  /** Caps the camera's upload, as the app asked. */
  async setCameraLimits(limits: { bitrateMax?: number; frameRateMax?: number }): Promise<void> {
    const { sender } = this._camera;
    const parameters = sender.getParameters();
    for (const [index, encoding] of (parameters.encodings ?? []).entries()) {
      const ownMax = CAMERA_LAYERS[index]?.maxBitrate ?? limits.bitrateMax;
      if (limits.bitrateMax && ownMax) encoding.maxBitrate = Math.min(ownMax, limits.bitrateMax);
      if (limits.frameRateMax) encoding.maxFramerate = limits.frameRateMax;
    }
    await sender.setParameters(parameters);
  }

  /** The track of a receive slot, by the name the negotiation gave it. */
  trackOf(mid: string): MediaStreamTrack | undefined {
    return [...this._videoSlots, ...this._audioSlots].find((slot) => slot.mid === mid)?.receiver.track;
  }

  audioTracks(): MediaStreamTrack[] {
    return this._audioSlots.map((slot) => slot.receiver.track);
  }

  stats(): Promise<RTCStatsReport> {
    return this._peer.getStats();
  }

  /** The browser reports another network: do not wait for the old path to time out. */
  networkChanged(): void {
    if (this._hasAnswer) this.restart();
  }

  close(): void {
    if (this._isClosed) return;
    this._isClosed = true;
    this._options.clock.clearTimer(this._recoveryTimer);
    this._peer.onconnectionstatechange = null;
    this._peer.close();
  }

  private async attach(transceiver: RTCRtpTransceiver, track: MediaStreamTrack | null): Promise<void> {
    if (this._isClosed || transceiver.sender.track === track) return;
    await transceiver.sender.replaceTrack(track);
  }

  /** One negotiation at a time; the server answers in order anyway. */
  private negotiate(): Promise<void> {
    this._negotiation = this._negotiation.catch(() => undefined).then(async () => {
      if (this._isClosed) return;
      await this._peer.setLocalDescription(await this._peer.createOffer());
      this._options.hooks.onNegotiated();
      const sdp = this._peer.localDescription?.sdp;
      if (!sdp) return;
      const answer = await this._options.hooks.exchange(sdp);
      if (this._isClosed) return;
      this._takenLayers = takenLayers(answer);
      await this._peer.setRemoteDescription({ type: 'answer', sdp: withStartBitrate(answer) });
      this._hasAnswer = true;
    });
    return this._negotiation;
  }

  /** One restart at a time: while signalling is away too, they would otherwise pile up and all run when it is back. */
  private restart(): void {
    if (this._isClosed || !this._hasAnswer) return;
    this.recoverAfter(RESTART_AGAIN_MS);
    if (this._isRestarting) return;
    this._isRestarting = true;
    this._peer.restartIce();
    this.negotiate()
      .catch(() => this.rollBack())
      .finally(() => (this._isRestarting = false));
  }

  /** An offer that was never answered would block the next one. */
  private rollBack(): void {
    if (this._isClosed || this._peer.signalingState !== 'have-local-offer') return;
    void this._peer.setLocalDescription({ type: 'rollback' }).catch(() => undefined);
  }

  private connectionChanged(): void {
    const { connectionState } = this._peer;
    const { clock, hooks } = this._options;
    if (connectionState === 'connected') {
      clock.clearTimer(this._recoveryTimer);
      this._isConnected = true;
      hooks.onConnected();
      return;
    }
    if (connectionState !== 'disconnected' && connectionState !== 'failed') return;
    if (this._isConnected) hooks.onInterrupted();
    this._isConnected = false;
    if (connectionState === 'failed') this.restart();
    else this.recoverAfter(DISCONNECTED_MS);
  }

  private recoverAfter(delayMs: number): void {
    const { clock } = this._options;
    clock.clearTimer(this._recoveryTimer);
    this._recoveryTimer = clock.setTimer(delayMs, () => {
      if (this._peer.connectionState !== 'connected') this.restart();
    });
  }
}

/**
 * Chromium begins at 300 kbit/s and needs seconds to reach the upper layers when the camera starts after the transport;
 * it takes a better first guess from the answer. Others ignore the parameter.
 */
function withStartBitrate(sdp: string): string {
  const [head = '', ...media] = sdp.split(/^(?=m=)/m);
  const camera = media[1];
  if (!camera?.startsWith('m=video')) return sdp;
  const codecs = [...camera.matchAll(/^a=rtpmap:(\d+) (?:VP8|VP9|H264|AV1)\/90000\r?\n/gm)];
  media[1] = codecs.reduce((text, [line, payload]) => {
    const parameters = new RegExp(`^(a=fmtp:${payload} [^\\r\\n]*)`, 'm');
    const start = `x-google-start-bitrate=${START_BITRATE_KBPS}`;
    return parameters.test(text) ? text.replace(parameters, `$1;${start}`) : text.replace(line, `${line}a=fmtp:${payload} ${start}\r\n`);
  }, camera);
  return head + media.join('');
}

/** The rids of the answer's `a=simulcast:recv` line; undefined when it has none. */
function takenLayers(sdp: string): string[] | undefined {
  return /^a=simulcast:recv ([^\s]+)/m.exec(sdp)?.[1]?.split(/[;,]/);
}
