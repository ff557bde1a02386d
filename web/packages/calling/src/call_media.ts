// A call's media: the local streams that go out, the slots that come in, and the peer connection between.
// Rebuilt whole after a lost session; the streams and their owners live on.
import { AudioOutput } from './audio_output';
import type { Clock } from './clock';
import { browserDeviceId, type BrowserDeviceManager } from './devices';
import type { UserFacingDiagnostics } from './features/diagnostics';
import { LocalAudioStream } from './local_audio';
import type { LocalVideoStream } from './local_video';
import { Media } from './media';
import { MuteWatch } from './mute_watch';
import type { Participant } from './participant';
import { QualityMonitor } from './quality';
import { DiagnosticQuality } from './types/vocabulary';
import type { AudioDeviceInfo } from './types/devices';
import type { JoinReply, SlotsFrame } from './wire';

export interface CallMediaOptions {
  clock: Clock;
  devices: BrowserDeviceManager;
  diagnostics: UserFacingDiagnostics;
  microphone: LocalAudioStream | undefined;
  videoSlotsMax: number;
  createPeer(configuration: RTCConfiguration): RTCPeerConnection;
  exchange(offerSdp: string): Promise<string>;
  participantOfLeg(leg: string): Participant | undefined;
  /** The slot map may have come before the slots had names: apply it again. */
  onSlotsNamed(): void;
  /** The device was unplugged or taken away; the call says so to the others. */
  onMicrophoneLost(): void;
  onCameraLost(): void;
  onShareEnded(): void;
  onFailed(error: unknown): void;
}

type Slot = 'camera' | 'share';
const ANY_MICROPHONE: AudioDeviceInfo = { id: 'microphone:default', name: '', isSystemDefault: true, deviceType: 'Microphone' };

export class CallMedia {
  readonly microphone: LocalAudioStream;
  private readonly _options: CallMediaOptions;
  private readonly _output = new AudioOutput();
  private readonly _muteWatch: MuteWatch;
  private readonly _stops: (() => void)[] = [];
  private readonly _video: { [slot in Slot]?: { stream: LocalVideoStream; stop: () => void } } = {};
  private _media: Media | undefined;
  private _monitor: QualityMonitor | undefined;
  private _slots: SlotsFrame | undefined;
  private _stillPolls = new Map<string, number>();
  private _isMicrophoneOn = false;
  private _isForwarded = false;
  private _isClosed = false;

  constructor(options: CallMediaOptions) {
    this._options = options;
    this.microphone = options.microphone ?? new LocalAudioStream(options.devices.selectedMicrophone ?? ANY_MICROPHONE);
    this._muteWatch = new MuteWatch(options.clock, (isSpeaking) => options.diagnostics.media.set('speakingWhileMicrophoneIsMuted', isSpeaking));
    this._stops.push(this.microphone._onTrack((track) => this.microphoneTrackChanged(track)));
    this.follow('selectedMicrophoneChanged', () => void this.selectMicrophone());
    this.follow('selectedSpeakerChanged', () => this.selectSpeaker());
    this.selectSpeaker();
  }

  get isConnected(): boolean {
    return this._media?.isConnected === true;
  }

  audioTracks(): MediaStreamTrack[] {
    return this._media?.audioTracks() ?? [];
  }

  stats(): Promise<RTCStatsReport> | undefined {
    return this._media?.stats();
  }

  /** Whether a mid carries a screen share, out or in. */
  isShareMid(mid: string): boolean {
    const isIncoming = this._slots?.video.some((slot) => slot.mid === mid && slot.stream === 'share');
    return isIncoming === true || (this._media !== undefined && this._media.shareMid === mid);
  }

  /** A new transport, the first one or the one after a lost session. */
  build(reply: JoinReply): void {
    this.dropTransport();
    const { clock, createPeer, exchange, diagnostics, onFailed } = this._options;
    const media = new Media({
      createPeer,
      clock,
      iceServers: reply.iceServers ?? [],
      videoSlots: Math.max(1, Math.min(reply.videoSlots, this._options.videoSlotsMax)),
      hooks: {
        exchange,
        onNegotiated: () => this._options.onSlotsNamed(),
        onConnected: () => diagnostics.network.set('networkReconnect', DiagnosticQuality.Good),
        onInterrupted: () => diagnostics.network.set('networkReconnect', DiagnosticQuality.Bad),
        onFailed,
      },
    });
    this._media = media;
    void media.setMicrophone(this.microphone._currentTrack ?? null);
    void media.setCamera(this._video.camera?.stream._currentTrack ?? null);
    void media.setShare(this._video.share?.stream._currentTrack ?? null);
    void this.setForwarded(this._isForwarded);
    this._output.setTracks(media.audioTracks());
    media.start();
    this._monitor = new QualityMonitor(clock, {
      stats: () => media.stats(),
      onReceiveQuality: (quality) => diagnostics.network.set('networkReceiveQuality', quality),
      onSendQuality: (quality) => diagnostics.network.set('networkSendQuality', quality),
      onFrames: (moving, still) => this.noteFrames(moving, still),
    });
  }

  /** Whether the server forwards what this leg sends: not in the lobby. */
  async setForwarded(isForwarded: boolean): Promise<void> {
    this._isForwarded = isForwarded;
    await this._media?.setCameraLayers(isForwarded ? 'all' : 'smallest');
  }

  /** Opens the microphone, without sending yet. */
  async openMicrophone(): Promise<void> {
    const { diagnostics } = this._options;
    try {
      const track = await this.microphone._open();
      track.enabled = this._isMicrophoneOn;
      await this._media?.setMicrophone(track);
      diagnostics.media.set('microphonePermissionDenied', false);
      diagnostics.media.set('microphoneNotFunctioning', false);
    } catch (thrown) {
      const isDenied = (thrown as { subCode?: number }).subCode === 40613;
      diagnostics.media.set(isDenied ? 'microphonePermissionDenied' : 'microphoneNotFunctioning', true);
      throw thrown;
    }
  }

  setMicrophoneOn(isOn: boolean): void {
    this._isMicrophoneOn = isOn;
    const track = this.microphone._currentTrack;
    if (track) track.enabled = isOn;
    if (isOn || !track || this._isClosed) this._muteWatch.stop();
    else this._muteWatch.start(track);
  }

  /** Opens the stream's source and sends it. */
  async startVideo(slot: Slot, stream: LocalVideoStream): Promise<void> {
    const { diagnostics } = this._options;
    try {
      await this.attach(slot, stream);
    } catch (thrown) {
      const isDenied = (thrown as { subCode?: number }).subCode === 43001;
      if (slot === 'share') diagnostics.media.set('capturerStartFailed', true);
      else diagnostics.media.set(isDenied ? 'cameraPermissionDenied' : 'cameraStartFailed', true);
      throw thrown;
    }
    if (slot === 'share') diagnostics.media.set('capturerStartFailed', false);
    else for (const flag of ['cameraPermissionDenied', 'cameraStartFailed', 'cameraStoppedUnexpectedly'] as const) diagnostics.media.set(flag, false);
  }

  async stopVideo(slot: Slot): Promise<void> {
    const active = this._video[slot];
    delete this._video[slot];
    await this.send(slot, null).catch(() => undefined);
    active?.stop();
    active?.stream._release();
  }

  setIncomingMuted(isMuted: boolean): void {
    this._output.setMuted(isMuted);
  }

  async setLimits(limits: { bitrateMax?: number; frameRateMax?: number }): Promise<void> {
    await this._media?.setCameraLimits(limits);
  }

  networkChanged(): void {
    this._media?.networkChanged();
  }

  /** Which participant is in which slot (CP-44). Called again when the roster changes: the frames may cross. */
  applySlots(participants: Iterable<Participant>, frame = this._slots): void {
    this._slots = frame;
    const tracks = new Map<unknown, MediaStreamTrack>();
    for (const { mid, participant, stream } of frame?.video ?? []) {
      const owner = this._options.participantOfLeg(participant);
      const track = this._media?.trackOf(mid);
      if (owner && track) tracks.set(owner[stream], track);
    }
    for (const { camera, share } of participants) {
      camera.setTrack(tracks.get(camera));
      share.setTrack(tracks.get(share));
    }
  }

  close(): void {
    if (this._isClosed) return;
    this._isClosed = true;
    this._muteWatch.stop();
    for (const stop of this._stops) stop();
    this.dropTransport();
    this._output.close();
    for (const slot of ['camera', 'share'] as const) {
      this._video[slot]?.stop();
      this._video[slot]?.stream._release();
      delete this._video[slot];
    }
    this.microphone._close();
  }

  private async attach(slot: Slot, stream: LocalVideoStream): Promise<void> {
    const track = await stream._acquire();
    if (this._isClosed) {
      stream._release();
      return;
    }
    const stop = stream._onTrack((next) => void this.videoTrackChanged(slot, stream, next));
    this._video[slot] = { stream, stop };
    await this.send(slot, track);
  }

  private async videoTrackChanged(slot: Slot, stream: LocalVideoStream, track: MediaStreamTrack | undefined): Promise<void> {
    if (this._video[slot]?.stream !== stream) return;
    await this.send(slot, track ?? null).catch(() => undefined);
    if (track) return;
    if (slot === 'share') {
      this._options.onShareEnded();
    } else {
      this._options.diagnostics.media.set('cameraStoppedUnexpectedly', true);
      this._options.onCameraLost();
    }
  }

  private send(slot: Slot, track: MediaStreamTrack | null): Promise<void> {
    if (!this._media) return Promise.resolve();
    return slot === 'camera' ? this._media.setCamera(track) : this._media.setShare(track);
  }

  private microphoneTrackChanged(track: MediaStreamTrack | undefined): void {
    if (track) {
      track.enabled = this._isMicrophoneOn;
      track.onmute = () => this._options.diagnostics.media.set('microphoneMuteUnexpectedly', true);
      track.onunmute = () => this._options.diagnostics.media.set('microphoneMuteUnexpectedly', false);
      void this._media?.setMicrophone(track);
    } else if (!this._isClosed) {
      void this.replaceLostMicrophone();
    }
  }

  /** The microphone was unplugged: go on with the one the system chose instead, if there is one. */
  private async replaceLostMicrophone(): Promise<void> {
    const { devices, diagnostics } = this._options;
    diagnostics.media.set('microphoneNotFunctioning', true);
    const found = await devices.getMicrophones();
    diagnostics.media.set('noMicrophoneDevicesEnumerated', found.length === 0);
    if (this._isClosed) return;
    try {
      if (devices.selectedMicrophone) await this.microphone.switchSource(devices.selectedMicrophone);
      await this.openMicrophone();
    } catch {
      await this._media?.setMicrophone(null);
      this._options.onMicrophoneLost();
    }
  }

  private async selectMicrophone(): Promise<void> {
    const selected = this._options.devices.selectedMicrophone;
    if (selected && !this._isClosed) await this.microphone.switchSource(selected).catch(() => undefined);
  }

  private selectSpeaker(): void {
    const selected = this._options.devices.selectedSpeaker;
    this._output.setSpeaker(selected ? browserDeviceId(selected.id) : '');
  }

  private follow(event: string, listener: () => void): void {
    this._options.devices.on(event, listener);
    this._stops.push(() => this._options.devices.off(event, listener));
  }

  /** A slot that shows nothing new for two polls in a row stands still. */
  private noteFrames(moving: Set<string>, still: Set<string>): void {
    for (const { mid, participant, stream } of this._slots?.video ?? []) {
      const owner = this._options.participantOfLeg(participant);
      const polls = still.has(mid) ? (this._stillPolls.get(mid) ?? 0) + 1 : 0;
      this._stillPolls.set(mid, polls);
      if (moving.has(mid)) owner?.[stream].setStalled(false);
      else if (polls >= 2) owner?.[stream].setStalled(true);
    }
  }

  private dropTransport(): void {
    this._monitor?.stop();
    this._monitor = undefined;
    this._slots = undefined;
    this._stillPolls.clear();
    this._media?.close();
    this._media = undefined;
  }
}
