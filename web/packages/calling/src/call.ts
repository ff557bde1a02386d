// A call: its states, what the local participant does in it, and the frames of its leg.
import type { CommunicationIdentifier } from '@azure/communication-common';
import { CallFacts } from './call_info';
import { CallMedia } from './call_media';
import type { Clock } from './clock';
import type { BrowserDeviceManager } from './devices';
import { Emitter, bindMethods } from './emitter';
import { endReason } from './end_reasons';
import { canShareScreen, isMobile } from './environment';
import { asError, CommunicationServicesError, errors } from './errors';
import { Capabilities } from './features/capabilities';
import { UserFacingDiagnostics } from './features/diagnostics';
import { DominantSpeakers } from './features/dominant_speakers';
import { OptimalVideoCount } from './features/optimal_video_count';
import { MediaStats } from './features/media_stats';
import { DataChannel, RealTimeText, type MessageHooks } from './features/messages';
import { featureOf } from './features/registry';
import { Stage } from './features/stage';
import { Survey } from './features/survey';
import { identifierOf, newUuid, rawIdOf } from './ids';
import { CallLobby } from './lobby';
import { LocalAudioStream } from './local_audio';
import type { LocalVideoStream } from './local_video';
import { LocalVideos } from './local_videos';
import { VIDEO_SLOTS_DESKTOP, VIDEO_SLOTS_MOBILE } from './media';
import type { Participant } from './participant';
import { Participants } from './participants';
import { Publisher } from './publisher';
import { RemoteAudio } from './remote_streams';
import {
  CallKind,
  DiagnosticQuality,
  type CallDirection,
  type CallEndReason,
  type CallerInfo,
  type CallState,
  type DtmfTone,
  type ParticipantRole,
} from './types/vocabulary';
import type { AddPhoneNumberOptions, AddTeamsParticipantOptions, Call, CallFeature, CallFeatureFactory, HangUpOptions, JoinCallOptions, RemoteParticipant } from './types/call';
import type { MediaConstraints, RemoteAudioStream } from './types/streams';
import { calleeOf, openingFrame, type Opening } from './opening';
import type { AdmittedFrame, CapabilitiesFrame, EndedFrame, JoinReply, LegFrame, MutedByOtherFrame, SpeakersFrame } from './wire';

/** What a call needs from the agent that placed it. */
export interface CallContext {
  readonly kind: CallKind;
  readonly ownRawId: string;
  readonly displayName: string | undefined;
  readonly devices: BrowserDeviceManager;
  readonly clock: Clock;
  createPeer(configuration: RTCConfiguration): RTCPeerConnection;
  request<T>(frame: Record<string, unknown> & { type: string }): Promise<T>;
  onEnded(call: LiveCall): void;
}

/** How long a hang-up waits for the server before the call ends for this page anyway. */
const LEAVE_MS = 2_000;
const MEDIA_NEVER_UP = { code: 410, subCode: 301004 };
const OFFER_ATTEMPTS = 4;
const RETRY_MS = 1_000;
const REJOIN_ATTEMPTS = 60;

export class LiveCall {
  readonly leg = newUuid();
  readonly id = this.leg;
  readonly kind: CallKind;
  readonly direction: CallDirection;
  readonly isEmergencyCall = false;
  readonly info = new CallFacts();
  readonly lobby: CallLobby;
  private readonly _context: CallContext;
  private _opening: Opening;
  /** Who rang, when somebody did. */
  private readonly _caller: CallerInfo | undefined;
  /** What the answer to our ringing will connect with. */
  private _unanswered: JoinReply | undefined;
  private readonly _emitter = new Emitter();
  private readonly _features = new Map<string, CallFeature>();
  private readonly _capabilities = new Capabilities(canShareScreen());
  private readonly _diagnostics = new UserFacingDiagnostics();
  private readonly _speakers = new DominantSpeakers();
  private readonly _videoCount: OptimalVideoCount;
  private readonly _stage: Stage;
  private readonly _text: RealTimeText;
  private readonly _data: DataChannel;
  private readonly _participants: Participants;
  private readonly _media: CallMedia;
  private readonly _remoteAudio: RemoteAudio;
  private readonly _videoSlotsMax = isMobile() ? VIDEO_SLOTS_MOBILE : VIDEO_SLOTS_DESKTOP;
  private _state: CallState = 'None';
  private _role: ParticipantRole = 'Unknown';
  private _callEndReason: CallEndReason | undefined;
  private _isMuted: boolean;
  private _isIncomingAudioMuted = false;
  private readonly _publisher: Publisher;
  private readonly _videos: LocalVideos;
  /** Grows with each wish about the microphone: a mute overtakes an unmute that is still under way. */
  private _muteTurn = 0;
  private _rejoinKey: string | undefined;
  private _wasConnected = false;
  private _isJoining = false;
  private _isOnHold = false;

  constructor(context: CallContext, opening: Opening, options: JoinCallOptions = {}) {
    bindMethods(this);
    this._context = context;
    this._opening = opening;
    this._caller = 'ring' in opening ? opening.caller : undefined;
    this.direction = this._caller ? 'Incoming' : 'Outgoing';
    this.kind = context.kind;
    this._isMuted = options.audioOptions?.muted === true;
    this._publisher = new Publisher({
      mayPublish: () => this.isConnected() || (this._state === 'LocalHold' && !this._isOnHold),
      send: (news) => this.requestForLeg('publish', { ...news }),
    });
    this._videoCount = new OptimalVideoCount(this._videoSlotsMax);
    const hooks = this.messageHooks();
    this._stage = new Stage(hooks, () => this._participants.all.map((participant) => participant.rawId));
    this._text = new RealTimeText(hooks);
    this._data = new DataChannel(hooks);
    const stats = new MediaStats({
      clock: context.clock,
      stats: () => this._media.stats(),
      isShareMid: (mid) => this._media.isShareMid(mid),
    });
    const survey = new Survey(() => ({ callId: this.id, localParticipantId: this.info.participantId ?? this.leg }));
    const built = [this._capabilities, this._diagnostics, this._speakers, this._videoCount, this._text, this._data, stats, survey];
    for (const feature of [...built, ...this._stage.features]) this._features.set(feature.name, feature as CallFeature);
    this._participants = this.createParticipants();
    this.lobby = new CallLobby({
      requestForLeg: (type, body) => this.requestForLeg(type, body),
      muteParticipant: (rawId) => this.muteLegs(this._participants.legsOf(rawId)),
      onViewersChanged: () => undefined,
    });
    this._media = this.createMedia(options.audioOptions?.localAudioStreams?.[0]);
    this._remoteAudio = new RemoteAudio(() => this._media.audioTracks());
    this._videos = this.createVideos(options.videoOptions?.localVideoStreams?.[0]);
  }

  // What apps read.

  get state(): CallState {
    return this._state;
  }

  get callEndReason(): CallEndReason | undefined {
    return this._callEndReason && { ...this._callEndReason };
  }

  get callerInfo(): CallerInfo {
    return this._caller ? { ...this._caller } : { identifier: identifierOf(this._context.ownRawId), displayName: this._context.displayName };
  }

  get role(): ParticipantRole {
    return this._role;
  }

  get isMuted(): boolean {
    return this._isMuted;
  }

  get isIncomingAudioMuted(): boolean {
    return this._isIncomingAudioMuted;
  }

  get isScreenSharingOn(): boolean {
    return this._videos.share !== undefined;
  }

  get isLocalVideoStarted(): boolean {
    return this._videos.camera !== undefined;
  }

  get localVideoStreams(): LocalVideoStream[] {
    return this._videos.all;
  }

  get localAudioStreams(): LocalAudioStream[] {
    return [this._media.microphone];
  }

  get remoteAudioStreams(): RemoteAudioStream[] {
    return [this._remoteAudio];
  }

  get remoteParticipants(): RemoteParticipant[] {
    return this._participants.all;
  }

  get totalParticipantCount(): number {
    return this._participants.all.length + (this.isConnected() ? 1 : 0);
  }

  feature<TFeature extends CallFeature>(factory: CallFeatureFactory<TFeature>): TFeature {
    return featureOf(this._features, factory, this.kind === CallKind.TeamsCall ? 'teamsCall' : 'call');
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this._emitter.on(event, listener);
  }

  off(event: string, listener: (...args: never[]) => void): void {
    this._emitter.off(event, listener);
  }

  // Microphone and sound.

  async mute(): Promise<void> {
    this.requireAlive();
    this._muteTurn += 1;
    this._media.setMicrophoneOn(false);
    if (!this._isMuted) this.setMuted(true);
    await this._publisher.publish({ muted: true });
  }

  async unmute(): Promise<void> {
    this.requireAlive();
    if (!this._isMuted) return;
    const turn = ++this._muteTurn;
    await this._media.openMicrophone();
    if (turn !== this._muteTurn) return;
    await this._publisher.publish({ muted: false });
    if (turn !== this._muteTurn) return;
    this._media.setMicrophoneOn(true);
    this.setMuted(false);
  }

  async muteIncomingAudio(): Promise<void> {
    this.requireAlive();
    this.setIncomingMuted(true);
  }

  async unmuteIncomingAudio(): Promise<void> {
    this.requireAlive();
    this.setIncomingMuted(false);
  }

  async startAudio(stream: LocalAudioStream): Promise<void> {
    this.requireAlive();
    if (stream && stream !== this._media.microphone) await this._media.microphone.setMediaStream(await stream.getMediaStream());
    await this.unmute();
  }

  stopAudio(): Promise<void> {
    return this.mute();
  }

  // Camera and screen.

  async startVideo(stream: LocalVideoStream): Promise<void> {
    if (!isLocalVideo(stream)) throw errors.videoArgument();
    await this._videos.startCamera(stream);
  }

  async stopVideo(stream: LocalVideoStream): Promise<void> {
    if (!isLocalVideo(stream)) throw errors.videoArgument();
    await this._videos.stopCamera(stream);
  }

  startScreenSharing(stream?: LocalVideoStream): Promise<void> {
    return this._videos.startShare(stream, () => {
      if (!this.isConnected()) throw errors.shareNotConnected();
      if (!this._capabilities.isPresent('shareScreen')) throw errors.restricted('Screen sharing');
    });
  }

  stopScreenSharing(): Promise<void> {
    return this._videos.stopShare();
  }

  async setConstraints(constraints: MediaConstraints): Promise<void> {
    const send = constraints?.video?.send;
    await this._media.setLimits({ bitrateMax: send?.bitrate?.max, frameRateMax: send?.frameRate?.max });
  }

  // The others.

  async muteAllRemoteParticipants(): Promise<void> {
    this.requireConnected();
    await this.requestForLeg('muteOthers', { participants: 'all' });
  }

  async removeParticipant(identifier: CommunicationIdentifier): Promise<void> {
    this.requireConnected();
    const legs = this._participants.legsOf(rawIdOf(identifier) ?? '');
    if (legs.length === 0) throw errors.participantUnknown();
    await Promise.all(legs.map((participant) => this.requestForLeg('remove', { participant })));
  }

  /** Rings somebody into the call; the participant is there at once and tells how it goes. */
  addParticipant(identifier?: CommunicationIdentifier, options?: AddPhoneNumberOptions | AddTeamsParticipantOptions): RemoteParticipant {
    this.requireConnected();
    const rawId = calleeOf(identifier);
    const { threadId } = (options ?? {}) as AddTeamsParticipantOptions;
    if (this.kind === CallKind.TeamsCall && !threadId) throw errors.addNeedsThread();
    const participant = this._participants.expect(rawId);
    this.requestForLeg('invite', { callee: rawId }).catch((thrown: unknown) => {
      const { code, subCode } = asError(thrown, errors.internal);
      this._participants.unexpect({ rawId, code, subCode });
    });
    return participant;
  }

  async sendDtmf(_tone: DtmfTone): Promise<void> {
    throw errors.notCapable('Sending tones');
  }

  // Hold and leave.

  async hold(): Promise<void> {
    this.requireConnected();
    if (this._isOnHold) return;
    this._isOnHold = true;
    this._media.setMicrophoneOn(false);
    this._media.setIncomingMuted(true);
    this._participants.allowWants(false);
    await this.requestForLeg('hold', { on: true }).catch(() => undefined);
    this.setState('LocalHold');
  }

  async resume(): Promise<void> {
    if (this._state !== 'LocalHold') throw errors.notConnected();
    this._isOnHold = false;
    await this.requestForLeg('hold', { on: false }).catch(() => undefined);
    await this._publisher.publish({ muted: this._isMuted, camera: this.isLocalVideoStarted, share: this.isScreenSharingOn }).catch(() => undefined);
    this._media.setMicrophoneOn(!this._isMuted);
    this._media.setIncomingMuted(this._isIncomingAudioMuted);
    this._participants.allowWants(true);
    this.setState('Connected');
    this.followRemoteHold();
  }

  async hangUp(options?: HangUpOptions): Promise<void> {
    if (this._state === 'Disconnected') return;
    const forEveryone = options?.forEveryone === true;
    if (forEveryone) {
      if (!this._capabilities.isPresent('hangUpForEveryOne')) throw errors.restricted('Ending the call for everyone');
      await this.requestForLeg('leave', { forEveryone });
      this.setState('Disconnecting');
    } else {
      this.setState('Disconnecting');
      const left = this._isJoining || this._rejoinKey ? this.requestForLeg('leave', { forEveryone }) : Promise.resolve();
      await Promise.race([left.catch(() => undefined), this.pause(LEAVE_MS)]);
    }
    this.finish(0, 0);
  }

  dispose(): void {
    void this.hangUp().catch(() => undefined);
  }

  // For the agent.

  /** Begins to join. The call object is handed out before anything here happens. */
  begin(): void {
    if ('callees' in this._opening) for (const rawId of this._opening.callees) this._participants.expect(rawId);
    void this.join();
    if (!this._isMuted) void this.openFirstMicrophone();
    void this._videos.openFirst().catch(() => undefined);
  }

  handle(frame: LegFrame): void {
    if (this._state === 'Disconnected') return;
    switch (frame.type) {
      case 'admitted':
        return this.admitted(frame);
      case 'answered':
        return this._unanswered && this.connected(this._unanswered);
      case 'ended':
        return this.ended(frame);
      case 'roster':
        this._participants.apply(frame);
        this._stage.apply();
        this.followRemoteHold();
        return this._media.applySlots(this._participants.all);
      case 'lobby':
        return this.lobby.apply(frame);
      case 'capabilities':
        return this.capabilitiesChanged(frame);
      case 'slots':
        return this._media.applySlots(this._participants.all, frame);
      case 'speakers':
        return this.speakersChanged(frame);
      case 'mutedByOther':
        return this.mutedByOther(frame);
      case 'stage':
        return this._stage.apply(frame);
      case 'reaction':
        return this._stage.reacted(frame);
      case 'text':
        return this._text.received(frame);
      case 'data':
        return this._data.received(frame);
    }
  }

  /** The session was replaced by a new one: this leg has to be claimed again (CP-24). */
  rejoin(): void {
    if (this._state === 'Disconnected' || this._state === 'Disconnecting') return;
    if ('callees' in this._opening) {
      // Whether anybody was rung is not known: nobody is to be rung twice.
      const { code, subCode, message } = errors.connectionLost();
      return this.finish(code, subCode, message);
    }
    this._participants.expectFullRoster();
    this._stage.clear();
    this.lobby.clear();
    void this.join();
  }

  connectionLost(): void {
    this._diagnostics.network.set('networkReconnect', DiagnosticQuality.Bad);
  }

  connectionBack(): void {
    this._diagnostics.network.set('networkReconnect', DiagnosticQuality.Good);
  }

  networkChanged(isOnline: boolean): void {
    this._diagnostics.network.set('noNetwork', !isOnline);
    if (isOnline) this._media.networkChanged();
  }

  finish(code: number, subCode: number, message?: string): void {
    if (this._state === 'Disconnected') return;
    this._callEndReason = endReason(code, subCode, message);
    this._media.close();
    this._participants.close();
    this._remoteAudio.dispose();
    this.setState('Disconnected');
    this._context.onEnded(this);
    for (const emitter of [this._emitter, this.lobby]) emitter.silence();
    for (const feature of this._features.values()) feature.dispose?.();
  }

  // Joining.

  private async join(attempt = 0): Promise<void> {
    if (this._state === 'None') await Promise.resolve();
    if (this._state === 'None') this.setState('Connecting');
    if (this.isOver()) return;
    this._isJoining = true;
    try {
      this._publisher.joining(this._isMuted);
      const reply = await this._context.request<JoinReply>({
        ...openingFrame(this._opening),
        leg: this.leg,
        ...(this._context.displayName ? { displayName: this._context.displayName } : {}),
        muted: this._isMuted,
        ...(this._rejoinKey ? { rejoinKey: this._rejoinKey } : {}),
      });
      if (!this.isOver()) this.joined(reply);
    } catch (thrown) {
      this.joinFailed(asError(thrown, errors.internal), attempt);
    } finally {
      this._isJoining = false;
    }
  }

  private joinFailed(error: CommunicationServicesError, attempt: number): void {
    // The session says by itself when it is replaced (then this leg joins again) or given up (then the agent ends it).
    if (error.subCode === 4502 || error.subCode === 7) return;
    const mayComeBack = this._rejoinKey !== undefined && (error.code === 503 || error.code === 429);
    if (mayComeBack && attempt < REJOIN_ATTEMPTS) {
      void this.pause(RETRY_MS).then(() => this.join(attempt + 1));
      return;
    }
    this.finish(error.code, error.subCode, error.message);
  }

  private joined(reply: JoinReply): void {
    this._rejoinKey = reply.rejoinKey;
    if (reply.kind === 'direct') this._opening = { locator: { callId: reply.callId } };
    this.info.update({ participantId: reply.participantId, groupId: reply.groupId, roomId: reply.roomId, callId: reply.callId });
    this._videoCount.update(Math.min(reply.videoSlots, this._videoSlotsMax), 'externalLimit');
    this._media.build(reply);
    if (reply.state === 'ringing') {
      this._unanswered = reply;
      this.setRole(reply.role);
      this.setState('Ringing');
    } else if (reply.state === 'lobby') {
      this.setRole(reply.role);
      this._participants.clear();
      void this._media.setForwarded(false);
      this.setState('InLobby');
    } else {
      this.connected(reply);
    }
  }

  private admitted(frame: AdmittedFrame): void {
    this.connected(frame);
  }

  private connected(facts: Pick<JoinReply, 'role' | 'threadId' | 'capabilities' | 'meetingSubject'>): void {
    this.info.update({ threadId: facts.threadId, meetingSubject: facts.meetingSubject });
    this.setRole(facts.role);
    this._capabilities.update(facts.capabilities, 'RoleChanged', !this._wasConnected);
    // Whose role or option forbids it joined muted, whatever they asked for.
    if (!this._isMuted && !this._capabilities.isPresent('unmuteMic')) this.shutMicrophone();
    this._wasConnected = true;
    this._unanswered = undefined;
    if (this._isOnHold) void this.requestForLeg('hold', { on: true }).catch(() => undefined);
    void this._media.setForwarded(true);
    if (!this._isOnHold) this.setState('Connected');
    void this.publishAll();
    this._participants.allowWants(!this._isOnHold);
  }

  /** Microphone trouble must not keep anybody out of a call: one is in it, muted. */
  private async openFirstMicrophone(): Promise<void> {
    try {
      await this._media.openMicrophone();
      if (!this._isMuted) this._media.setMicrophoneOn(true);
    } catch {
      if (this._isMuted || this.isOver()) return;
      this.setMuted(true);
      await this._publisher.publish({ muted: true }).catch(() => undefined);
    }
  }

  // Frames.

  private ended(frame: EndedFrame): void {
    this.finish(frame.code, frame.subCode, frame.message);
  }

  private capabilitiesChanged(frame: CapabilitiesFrame): void {
    this.setRole(frame.role);
    this._capabilities.update(frame.capabilities, frame.reason);
    if (!this._capabilities.isPresent('manageLobby')) this.lobby.clear();
    if (this._videos.camera && !this._capabilities.isPresent('turnVideoOn')) this._videos.drop('camera');
    if (this._videos.share && !this._capabilities.isPresent('shareScreen')) this._videos.drop('share');
    if (!this._isMuted && !this._capabilities.isPresent('unmuteMic')) void this.mute().catch(() => undefined);
  }

  private speakersChanged(frame: SpeakersFrame): void {
    const dominant = this._participants.applySpeakers(frame);
    this._speakers.update(dominant.map((participant) => participant.identifier), this._context.clock.nowMs());
  }

  private mutedByOther(frame: MutedByOtherFrame): void {
    this.shutMicrophone();
    const by = this._participants.rawIdOfLeg(frame.by);
    this._emitter.emit('mutedByOthers', by ? { identifier: identifierOf(by) } : {});
  }

  /** The server has muted the leg by itself. */
  private shutMicrophone(): void {
    this._media.setMicrophoneOn(false);
    this._publisher.mutedByOther();
    this._muteTurn += 1;
    if (!this._isMuted) this.setMuted(true);
  }

  private async publishAll(): Promise<void> {
    await this._publisher.publish({ muted: this._isMuted }).catch(() => {
      this._media.setMicrophoneOn(false);
      if (!this._isMuted) this.setMuted(true);
    });
    if (this._videos.camera) await this._publisher.publish({ camera: true }).catch(() => this._videos.drop('camera'));
    if (this._videos.share) await this._publisher.publish({ share: true }).catch(() => this._videos.drop('share'));
  }

  // Small state.

  private setState(state: CallState): void {
    if (this._state === state || this._state === 'Disconnected') return;
    this._state = state;
    this._emitter.emit('stateChanged');
  }

  /** In a call with one other person, their hold is the call's. */
  private followRemoteHold(): void {
    if (!this.isConnected()) return;
    const [only, ...others] = this._participants.all;
    this.setState(only?.state === 'Hold' && others.length === 0 ? 'RemoteHold' : 'Connected');
  }

  private isConnected(): boolean {
    return this._state === 'Connected' || this._state === 'RemoteHold';
  }

  private setRole(role: ParticipantRole): void {
    if (this._role === role) return;
    this._role = role;
    this._emitter.emit('roleChanged');
  }

  private setMuted(isMuted: boolean): void {
    this._isMuted = isMuted;
    this._emitter.emit('isMutedChanged');
  }

  private setIncomingMuted(isMuted: boolean): void {
    if (this._isIncomingAudioMuted === isMuted) return;
    this._isIncomingAudioMuted = isMuted;
    this._media.setIncomingMuted(isMuted);
    this._emitter.emit('isIncomingAudioMutedChanged');
  }

  private isOver(): boolean {
    return this._state === 'Disconnected' || this._state === 'Disconnecting';
  }

  private requireAlive(): void {
    if (this._state === 'Disconnected') throw errors.callEnded();
  }

  private requireConnected(): void {
    this.requireAlive();
    if (!this.isConnected()) throw errors.notConnected();
  }

  private requestForLeg<T>(type: string, body: Record<string, unknown> = {}): Promise<T> {
    if (this._state === 'Disconnected') return Promise.reject(errors.callEnded());
    return this._context.request<T>({ type, leg: this.leg, ...body });
  }

  private async muteLegs(participants: string[]): Promise<void> {
    this.requireConnected();
    if (participants.length === 0) throw errors.participantUnknown();
    await this.requestForLeg('muteOthers', { participants });
  }

  private pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this._context.clock.setTimer(delayMs, resolve));
  }

  private createParticipants(): Participants {
    return new Participants(this._context.ownRawId, {
      clock: this._context.clock,
      onUpdated: (added: Participant[], removed: Participant[]) => {
        this._emitter.emit('remoteParticipantsUpdated', { added, removed });
        for (const { rawId } of removed) this._data.departed(rawId);
        this._emitter.emit('totalParticipantCountChanged');
      },
      onGap: () => void this.requestForLeg('rosterSync').catch(() => undefined),
      sendWants: (wants) => void this.requestForLeg('view', { wants }).catch(() => undefined),
      muteParticipant: (rawId) => this.muteLegs(this._participants.legsOf(rawId)),
    });
  }

  private messageHooks(): MessageHooks {
    const own = this._context.ownRawId;
    return {
      request: (type, body) => this.requestForLeg(type, body),
      ownLeg: () => this.info.participantId,
      rawIdOfLeg: (leg) => (leg === this.info.participantId ? own : this._participants.rawIdOfLeg(leg)),
      legsOf: (rawId) => (rawId === own && this.info.participantId ? [this.info.participantId] : this._participants.legsOf(rawId)),
      requireConnected: () => this.requireConnected(),
      nowMs: () => this._context.clock.nowMs(),
      self: () => ({ identifier: identifierOf(own), displayName: this._context.displayName }),
      infoOf: (rawId) => ({ identifier: identifierOf(rawId), displayName: this._participants.get(rawId)?.displayName }),
    };
  }

  private createMedia(microphone: LocalAudioStream | undefined): CallMedia {
    const { clock, devices } = this._context;
    return new CallMedia({
      clock,
      devices,
      microphone,
      diagnostics: this._diagnostics,
      videoSlotsMax: this._videoSlotsMax,
      createPeer: (configuration) => this._context.createPeer(configuration),
      exchange: (sdp) => this.exchange(sdp),
      participantOfLeg: (leg) => this._participants.ofLeg(leg),
      onSlotsNamed: () => this._media.applySlots(this._participants.all),
      onMicrophoneLost: () => void this.mute().catch(() => undefined),
      onCameraLost: () => this._videos.drop('camera'),
      onShareEnded: () => this._videos.drop('share'),
      onFailed: (error) => this.mediaFailed(error),
    });
  }

  private createVideos(camera: LocalVideoStream | undefined): LocalVideos {
    return new LocalVideos(
      {
        media: () => this._media,
        publish: (change) => this._publisher.publish(change),
        requireAlive: () => this.requireAlive(),
        onChanged: (added, removed, flagEvent) => {
          this._emitter.emit('localVideoStreamsUpdated', { added, removed });
          this._emitter.emit(flagEvent);
        },
      },
      camera,
    );
  }

  private async exchange(sdp: string, attempt = 1): Promise<string> {
    try {
      return (await this.requestForLeg<{ sdp: string }>('offer', { sdp })).sdp;
    } catch (thrown) {
      const { code } = asError(thrown, errors.internal);
      if ((code !== 503 && code !== 429) || attempt >= OFFER_ATTEMPTS) throw thrown;
      await this.pause(RETRY_MS);
      return this.exchange(sdp, attempt + 1);
    }
  }

  /** Without media there is no call; a lost session is not that, the rejoin builds new media. */
  private mediaFailed(thrown: unknown): void {
    if (asError(thrown, errors.internal).subCode === 4502 || this.isOver()) return;
    void this.requestForLeg('leave', { forEveryone: false }).catch(() => undefined);
    this.finish(MEDIA_NEVER_UP.code, MEDIA_NEVER_UP.subCode, 'Media could not be negotiated');
  }
}

function isLocalVideo(stream: unknown): stream is LocalVideoStream {
  return typeof stream === 'object' && stream !== null && typeof (stream as { _acquire?: unknown })._acquire === 'function';
}

/** The class is wider than either public interface; this fails to compile when it stops fulfilling the external one. */
export function asCall(call: LiveCall): Call {
  return call as LiveCall & { readonly kind: CallKind.Call };
}
