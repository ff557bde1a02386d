import { CommunicationIdentifierKind, PhoneNumberIdentifier, CommunicationIdentifier, CommunicationUserIdentifier, MicrosoftTeamsUserIdentifier, MicrosoftTeamsAppIdentifier, UnknownIdentifier, CommunicationTokenCredential } from '@azure/communication-common';

/** A listener for a property that changed; it reads the new value from the object itself. */
type PropertyChangedEvent = () => void;
/** A listener for a collection that changed. */
type CollectionUpdatedEvent<T> = (args: {
    added: T[];
    removed: T[];
}) => void;
interface Disposable {
    dispose(): void;
}
/** Why a call, a leg or a request ended. `message` is for people; programs read the numbers. */
interface CallEndReason {
    readonly code: number;
    readonly subCode?: number;
    readonly message?: string;
    readonly resultCategories?: ResultCategory[];
}
type ResultCategory = 'Success' | 'ExpectedError' | 'UnexpectedClientError' | 'UnexpectedServerError';
type CallState = 'None' | 'Connecting' | 'Ringing' | 'Connected' | 'LocalHold' | 'RemoteHold' | 'InLobby' | 'Disconnecting' | 'Disconnected' | 'EarlyMedia';
type RemoteParticipantState = 'Idle' | 'Connecting' | 'Ringing' | 'Connected' | 'Hold' | 'InLobby' | 'EarlyMedia' | 'Disconnected';
type CallDirection = 'Incoming' | 'Outgoing';
type ParticipantRole = 'Unknown' | 'Attendee' | 'Presenter' | 'Organizer' | 'Co-organizer' | 'Consumer' | 'Collaborator';
type ConnectionState = 'Connected' | 'Disconnected';
type ConnectionStateChangedReason = 'invalidToken' | 'connectionIssue';
interface ConnectionStateChangedEventArgs {
    readonly newValue: ConnectionState;
    readonly oldValue: ConnectionState;
    readonly reason?: ConnectionStateChangedReason;
}
declare enum CallKind {
    Call = "Call",
    TeamsCall = "TeamsCall"
}
declare enum CallAgentKind {
    CallAgent = "CallAgent",
    TeamsCallAgent = "TeamsCallAgent"
}
declare enum IncomingCallKind {
    IncomingCall = "IncomingCall",
    TeamsIncomingCall = "TeamsIncomingCall"
}
declare enum DiagnosticQuality {
    Good = 1,
    Poor = 2,
    Bad = 3
}
declare enum RecordingState {
    None = 0,
    Started = 1,
    Paused = 2,
    Ended = 3
}
declare enum DevicePermissionAccess {
    granted = "granted",
    denied = "denied",
    prompt = "prompt"
}
interface GroupLocator {
    groupId: string;
}
interface GroupCallLocator extends GroupLocator {
}
interface RoomLocator {
    roomId: string;
}
interface RoomCallLocator extends RoomLocator {
}
interface MeetingLocator {
}
interface TeamsMeetingLinkLocator extends MeetingLocator {
    meetingLink: string;
}
interface TeamsMeetingIdLocator extends MeetingLocator {
    meetingId: string;
    passcode?: string;
}
interface TeamsMeetingCoordinatesLocator extends MeetingLocator {
    threadId: string;
    organizerId: string;
    tenantId: string;
    messageId: string;
}
type JoinLocator = GroupLocator | RoomLocator | TeamsMeetingLinkLocator | TeamsMeetingIdLocator | TeamsMeetingCoordinatesLocator;
interface CallerInfo {
    readonly identifier?: CommunicationIdentifierKind;
    readonly displayName?: string;
}
interface ParticipantInfo {
    readonly identifier?: CommunicationIdentifierKind;
    readonly displayName?: string;
}
interface TransferorInfo {
    readonly identifier?: CommunicationIdentifierKind;
}
interface EndpointDetails {
    readonly participantId: string;
}
interface CustomContext {
    userToUser?: string;
    xHeaders?: {
        key: string;
        value: string;
    }[];
    sipHeaders?: {
        key: string;
        value: string;
    }[];
    voipHeaders?: {
        key: string;
        value: string;
    }[];
}
type DtmfTone = 'Num0' | 'Num1' | 'Num2' | 'Num3' | 'Num4' | 'Num5' | 'Num6' | 'Num7' | 'Num8' | 'Num9' | 'Star' | 'Pound' | 'A' | 'B' | 'C' | 'D' | 'Flash';

type VideoDeviceType = 'Unknown' | 'UsbCamera' | 'CaptureAdapter' | 'Virtual' | 'ScreenSharing';
type AudioDeviceType = 'Microphone' | 'Speaker' | 'CompositeAudioDevice' | 'Virtual';
interface VideoDeviceInfo {
    readonly id: string;
    readonly name: string;
    readonly deviceType: VideoDeviceType;
}
interface AudioDeviceInfo {
    readonly id: string;
    readonly name: string;
    readonly isSystemDefault: boolean;
    readonly deviceType: AudioDeviceType;
}
interface PermissionConstraints {
    audio: boolean;
    video: boolean;
}
interface DeviceAccess {
    readonly audio: boolean;
    readonly video: boolean;
}
interface DeviceManager {
    readonly isSpeakerSelectionAvailable: boolean;
    readonly selectedMicrophone?: AudioDeviceInfo;
    readonly selectedSpeaker?: AudioDeviceInfo;
    getCameras(): Promise<VideoDeviceInfo[]>;
    getMicrophones(): Promise<AudioDeviceInfo[]>;
    getSpeakers(): Promise<AudioDeviceInfo[]>;
    selectMicrophone(microphone: AudioDeviceInfo): Promise<void>;
    selectSpeaker(speaker: AudioDeviceInfo): Promise<void>;
    askDevicePermission(constraints: PermissionConstraints): Promise<DeviceAccess>;
    startPreheatDevices(): void;
    stopPreheatDevices(): void;
    on(event: 'videoDevicesUpdated', listener: CollectionUpdatedEvent<VideoDeviceInfo>): void;
    on(event: 'audioDevicesUpdated', listener: CollectionUpdatedEvent<AudioDeviceInfo>): void;
    on(event: 'selectedMicrophoneChanged', listener: PropertyChangedEvent): void;
    on(event: 'selectedSpeakerChanged', listener: PropertyChangedEvent): void;
    off(event: 'videoDevicesUpdated', listener: CollectionUpdatedEvent<VideoDeviceInfo>): void;
    off(event: 'audioDevicesUpdated', listener: CollectionUpdatedEvent<AudioDeviceInfo>): void;
    off(event: 'selectedMicrophoneChanged', listener: PropertyChangedEvent): void;
    off(event: 'selectedSpeakerChanged', listener: PropertyChangedEvent): void;
}

type MediaStreamType = 'Video' | 'ScreenSharing' | 'RawMedia' | 'LiveStream' | 'Audio';
type ScalingMode = 'Stretch' | 'Crop' | 'Fit';
interface StreamSize {
    readonly width: number;
    readonly height: number;
}
interface CreateViewOptions {
    isMirrored?: boolean;
    scalingMode?: ScalingMode;
}
interface VideoStreamRendererView {
    readonly target: HTMLElement;
    readonly scalingMode: ScalingMode;
    readonly isMirrored: boolean;
    updateScalingMode(scalingMode: ScalingMode): Promise<void>;
    dispose(): void;
}
interface VideoStreamRendererOptions {
    /** Dispose the renderer when the call that owns the stream ends. */
    autoDisposeOnCallEnd?: boolean;
}
interface RemoteVideoStream {
    readonly id: number;
    readonly mediaStreamType: MediaStreamType;
    readonly isAvailable: boolean;
    readonly isReceiving: boolean;
    readonly size: StreamSize;
    readonly tsParticipantId?: string;
    getMediaStream(): Promise<MediaStream>;
    on(event: 'isAvailableChanged', listener: PropertyChangedEvent): void;
    on(event: 'isReceivingChanged', listener: PropertyChangedEvent): void;
    on(event: 'sizeChanged', listener: PropertyChangedEvent): void;
    off(event: 'isAvailableChanged', listener: PropertyChangedEvent): void;
    off(event: 'isReceivingChanged', listener: PropertyChangedEvent): void;
    off(event: 'sizeChanged', listener: PropertyChangedEvent): void;
}
interface Volume {
    /** 0 to 100. */
    readonly level: number;
    on(event: 'levelChanged', listener: PropertyChangedEvent): void;
    off(event: 'levelChanged', listener: PropertyChangedEvent): void;
}
interface RemoteAudioStream {
    readonly mediaStreamType: MediaStreamType;
    getMediaStream(): Promise<MediaStream>;
    getVolume(): Promise<Volume>;
}
type LocalVideoSource = VideoDeviceInfo | MediaStream;
type LocalAudioSource = AudioDeviceInfo | MediaStream;
interface VideoConstraints {
    send?: VideoSendConstraints;
}
interface VideoSendConstraints {
    bitrate?: {
        max?: number;
    };
    frameHeight?: {
        max?: number;
    };
    frameRate?: {
        max?: number;
    };
}
interface MediaConstraints {
    video?: VideoConstraints;
}

declare class LocalAudioStream {
    constructor(source: AudioDeviceInfo | MediaStream);
    get source(): AudioDeviceInfo;
    get mediaStreamType(): MediaStreamType;
    feature<TFeature extends CallFeature>(factory: CallFeatureFactory<TFeature>): TFeature;
    getMediaStream(): Promise<MediaStream>;
    getVolume(): Promise<Volume>;
    switchSource(source: AudioDeviceInfo): Promise<void>;
    setMediaStream(stream: MediaStream): Promise<void>;
    dispose(): void;
    on(event: 'audioSourceChanged', listener: PropertyChangedEvent): void;
    off(event: 'audioSourceChanged', listener: PropertyChangedEvent): void;
}

declare class LocalVideoStream {
    constructor(source: VideoDeviceInfo | MediaStream);
    get source(): VideoDeviceInfo;
    get mediaStreamType(): MediaStreamType;
    feature<TFeature extends CallFeature>(factory: CallFeatureFactory<TFeature>): TFeature;
    /** The live stream. The camera stays open until `dispose()`. */
    getMediaStream(): Promise<MediaStream>;
    switchSource(source: VideoDeviceInfo): Promise<void>;
    setMediaStream(stream: MediaStream): Promise<void>;
    dispose(): void;
    on(event: 'videoSourceChanged' | 'mediaStreamTypeChanged', listener: PropertyChangedEvent): void;
    off(event: 'videoSourceChanged' | 'mediaStreamTypeChanged', listener: PropertyChangedEvent): void;
}
/** A stream whose pictures the app makes; kept apart so that raw media can be told from cameras by its class. */
declare class WbLocalVideoStream extends LocalVideoStream {
}

/** Names a feature; the constants of `Features` are the only instances worth passing. */
interface CallFeatureFactory<TFeature extends CallFeature> {
    readonly name: string;
    /** Never set: it only carries the type of what `feature()` returns. */
    readonly featureType?: TFeature;
}
interface CallFeature {
    readonly name: string;
    dispose?(): void;
}
interface AudioOptions {
    muted?: boolean;
    localAudioStreams?: LocalAudioStream[];
}
interface VideoOptions {
    localVideoStreams?: LocalVideoStream[];
    constraints?: VideoConstraints;
}
interface CallOptions {
    videoOptions?: VideoOptions;
    audioOptions?: AudioOptions;
    customContext?: CustomContext;
}
interface JoinCallOptions extends CallOptions {
}
interface AcceptCallOptions extends CallOptions {
}
interface StartCallOptions extends CallOptions {
    alternateCallerId?: PhoneNumberIdentifier;
    customContext?: CustomContext;
    /** How long to ring, 1,000 to 180,000 ms. Not in the original surface; 85 s without it. */
    ringForMs?: number;
}
interface StartTeamsCallOptions extends StartCallOptions {
    threadId?: string;
}
interface HangUpOptions {
    forEveryone: boolean;
}
interface AddPhoneNumberOptions {
    alternateCallerId?: PhoneNumberIdentifier;
    customContext?: CustomContext;
}
interface AddTeamsParticipantOptions {
    threadId?: string;
}
interface CallInfoCommon {
    readonly participantId: string;
    readonly threadId?: string;
    /** What the meeting is called. Not in the original surface; known once connected. */
    readonly meetingSubject?: string;
    getConversationUrl(): Promise<string>;
    getServerCallId(): Promise<string>;
    onCallInfoChanged(event: 'callInfoChanged', listener: PropertyChangedEvent): void;
    offCallInfoChanged(event: 'callInfoChanged', listener: PropertyChangedEvent): void;
}
interface CallInfo extends CallInfoCommon {
    readonly groupId?: string;
    readonly roomId?: string;
}
interface TeamsCallInfo extends CallInfoCommon {
}
interface DisplayNameChangedEventArgs {
    readonly newValue?: string;
    readonly oldValue?: string;
    readonly reason?: 'editedDisplayName';
}
interface RemoteParticipant {
    readonly identifier: CommunicationIdentifierKind;
    readonly displayName?: string;
    readonly hasDisplayNameChanged: boolean;
    readonly state: RemoteParticipantState;
    readonly callEndReason?: CallEndReason;
    readonly videoStreams: RemoteVideoStream[];
    readonly isMuted: boolean;
    readonly isSpeaking: boolean;
    readonly role?: ParticipantRole;
    readonly endpointDetails: EndpointDetails[];
    /** How the host marks this person, "External" for example. Not in the original surface; may be absent. */
    readonly label?: string;
    mute(): Promise<void>;
    on(event: 'stateChanged', listener: PropertyChangedEvent): void;
    on(event: 'isMutedChanged', listener: PropertyChangedEvent): void;
    on(event: 'displayNameChanged', listener: (args?: DisplayNameChangedEventArgs) => void): void;
    on(event: 'isSpeakingChanged', listener: PropertyChangedEvent): void;
    on(event: 'videoStreamsUpdated', listener: CollectionUpdatedEvent<RemoteVideoStream>): void;
    on(event: 'roleChanged', listener: PropertyChangedEvent): void;
    off(event: 'stateChanged', listener: PropertyChangedEvent): void;
    off(event: 'isMutedChanged', listener: PropertyChangedEvent): void;
    off(event: 'displayNameChanged', listener: (args?: DisplayNameChangedEventArgs) => void): void;
    off(event: 'isSpeakingChanged', listener: PropertyChangedEvent): void;
    off(event: 'videoStreamsUpdated', listener: CollectionUpdatedEvent<RemoteVideoStream>): void;
    off(event: 'roleChanged', listener: PropertyChangedEvent): void;
}
interface AdmitAllResult {
    readonly successCount: number;
    readonly failureCount: number;
}
interface Lobby {
    readonly participants: RemoteParticipant[];
    admit(identifier: CommunicationIdentifier): Promise<void>;
    reject(identifier: CommunicationIdentifier): Promise<void>;
    admitAll(): Promise<AdmitAllResult>;
    on(event: 'lobbyParticipantsUpdated', listener: CollectionUpdatedEvent<RemoteParticipant>): void;
    off(event: 'lobbyParticipantsUpdated', listener: CollectionUpdatedEvent<RemoteParticipant>): void;
}
interface MutedByOthersEventArgs {
    readonly identifier?: CommunicationIdentifierKind;
}
interface CallCommon {
    readonly id: string;
    readonly callerInfo: CallerInfo;
    readonly transferorInfo?: TransferorInfo;
    readonly state: CallState;
    readonly callEndReason?: CallEndReason;
    readonly direction: CallDirection;
    readonly role: ParticipantRole;
    readonly isMuted: boolean;
    readonly isIncomingAudioMuted: boolean;
    readonly isScreenSharingOn: boolean;
    readonly isLocalVideoStarted: boolean;
    readonly localVideoStreams: ReadonlyArray<LocalVideoStream>;
    readonly localAudioStreams: ReadonlyArray<LocalAudioStream>;
    readonly remoteAudioStreams: ReadonlyArray<RemoteAudioStream>;
    readonly remoteParticipants: ReadonlyArray<RemoteParticipant>;
    readonly totalParticipantCount: number;
    readonly lobby: Lobby;
    feature<TFeature extends CallFeature>(factory: CallFeatureFactory<TFeature>): TFeature;
    mute(): Promise<void>;
    unmute(): Promise<void>;
    muteIncomingAudio(): Promise<void>;
    unmuteIncomingAudio(): Promise<void>;
    muteAllRemoteParticipants(): Promise<void>;
    startVideo(stream: LocalVideoStream): Promise<void>;
    stopVideo(stream: LocalVideoStream): Promise<void>;
    startScreenSharing(stream?: LocalVideoStream): Promise<void>;
    stopScreenSharing(): Promise<void>;
    startAudio(stream: LocalAudioStream): Promise<void>;
    stopAudio(): Promise<void>;
    hangUp(options?: HangUpOptions): Promise<void>;
    hold(): Promise<void>;
    resume(): Promise<void>;
    sendDtmf(tone: DtmfTone): Promise<void>;
    removeParticipant(identifier: CommunicationIdentifier): Promise<void>;
    setConstraints(constraints: MediaConstraints): Promise<void>;
    dispose(): void;
    on(event: CallPropertyEvent, listener: PropertyChangedEvent): void;
    on(event: 'remoteParticipantsUpdated', listener: CollectionUpdatedEvent<RemoteParticipant>): void;
    on(event: 'localVideoStreamsUpdated', listener: CollectionUpdatedEvent<LocalVideoStream>): void;
    on(event: 'localAudioStreamsUpdated', listener: CollectionUpdatedEvent<LocalAudioStream>): void;
    on(event: 'remoteAudioStreamsUpdated', listener: CollectionUpdatedEvent<RemoteAudioStream>): void;
    on(event: 'mutedByOthers', listener: (args?: MutedByOthersEventArgs) => void): void;
    off(event: CallPropertyEvent, listener: PropertyChangedEvent): void;
    off(event: 'remoteParticipantsUpdated', listener: CollectionUpdatedEvent<RemoteParticipant>): void;
    off(event: 'localVideoStreamsUpdated', listener: CollectionUpdatedEvent<LocalVideoStream>): void;
    off(event: 'localAudioStreamsUpdated', listener: CollectionUpdatedEvent<LocalAudioStream>): void;
    off(event: 'remoteAudioStreamsUpdated', listener: CollectionUpdatedEvent<RemoteAudioStream>): void;
    off(event: 'mutedByOthers', listener: (args?: MutedByOthersEventArgs) => void): void;
}
type CallPropertyEvent = 'stateChanged' | 'idChanged' | 'isMutedChanged' | 'isIncomingAudioMutedChanged' | 'isScreenSharingOnChanged' | 'isLocalVideoStartedChanged' | 'roleChanged' | 'callerInfoChanged' | 'transferorInfoChanged' | 'totalParticipantCountChanged';
interface Call extends CallCommon {
    readonly kind: CallKind.Call;
    readonly info: CallInfo;
    addParticipant(identifier: CommunicationUserIdentifier | MicrosoftTeamsUserIdentifier): RemoteParticipant;
    addParticipant(identifier: PhoneNumberIdentifier, options?: AddPhoneNumberOptions): RemoteParticipant;
}
interface TeamsCall extends CallCommon {
    readonly kind: CallKind.TeamsCall;
    readonly info: TeamsCallInfo;
    readonly isEmergencyCall: boolean;
    addParticipant(identifier: MicrosoftTeamsUserIdentifier | PhoneNumberIdentifier | MicrosoftTeamsAppIdentifier | UnknownIdentifier, options?: AddTeamsParticipantOptions): RemoteParticipant;
}
interface IncomingCallCommon {
    readonly id: string;
    readonly callerInfo: CallerInfo;
    readonly callEndReason?: CallEndReason;
    readonly customContext?: CustomContext;
    reject(): Promise<void>;
    on(event: 'callEnded', listener: (args: {
        callEndReason: CallEndReason;
    }) => void): void;
    off(event: 'callEnded', listener: (args: {
        callEndReason: CallEndReason;
    }) => void): void;
}
interface IncomingCall extends IncomingCallCommon {
    readonly kind: IncomingCallKind.IncomingCall;
    readonly info: CallInfo;
    accept(options?: AcceptCallOptions): Promise<Call>;
}
interface TeamsIncomingCall extends IncomingCallCommon {
    readonly kind: IncomingCallKind.TeamsIncomingCall;
    readonly info: TeamsCallInfo;
    accept(options?: AcceptCallOptions): Promise<TeamsCall>;
}
type IncomingCallEvent = (args: {
    incomingCall: IncomingCall;
}) => void;
type TeamsIncomingCallEvent = (args: {
    teamsIncomingCall: TeamsIncomingCall;
    incomingCall: TeamsIncomingCall;
}) => void;

interface DiagnosticOptions {
    appName?: string;
    appVersion?: string;
    tags?: string[];
}
interface NetworkConfiguration {
    proxy?: {
        url: string;
    };
    turn?: {
        iceServers: {
            urls: string[];
            username?: string;
            credential?: string;
        }[];
    };
}
/** What the client does with its log lines. Anything with these four methods will do. */
interface CallLogger {
    verbose(...args: unknown[]): void;
    info(...args: unknown[]): void;
    warning(...args: unknown[]): void;
    error(...args: unknown[]): void;
}
interface CallClientOptions {
    logger?: CallLogger;
    diagnostics?: DiagnosticOptions;
    networkConfiguration?: NetworkConfiguration;
}
interface CallAgentCommonOptions {
}
interface CallAgentOptions extends CallAgentCommonOptions {
    displayName?: string;
    emergencyCallOptions?: {
        countryCode: string;
    };
}
interface TeamsCallAgentOptions extends CallAgentCommonOptions {
    emergencyCallOptions?: {
        countryCode: string;
    };
}
type ConnectionStateChangedListener = (args: ConnectionStateChangedEventArgs) => void;
interface CallAgentCommon {
    readonly connectionState: ConnectionState;
    feature<TFeature extends CallFeature>(factory: CallFeatureFactory<TFeature>): TFeature;
    handleIncomingCall(payload: unknown): Promise<void>;
    dispose(): Promise<void>;
}
type Callee = CommunicationUserIdentifier | PhoneNumberIdentifier | MicrosoftTeamsUserIdentifier | MicrosoftTeamsAppIdentifier | UnknownIdentifier;
interface CallAgent extends CallAgentCommon {
    readonly calls: ReadonlyArray<Call>;
    readonly displayName?: string;
    readonly kind: CallAgentKind.CallAgent;
    startCall(participants: Callee[], options?: StartCallOptions): Call;
    join(groupLocator: GroupLocator, options?: JoinCallOptions): Call;
    join(roomLocator: RoomLocator, options?: JoinCallOptions): Call;
    join(meetingLocator: TeamsMeetingLinkLocator, options?: JoinCallOptions): Call;
    join(meetingLocator: TeamsMeetingIdLocator, options?: JoinCallOptions): Call;
    join(meetingLocator: MeetingLocator, options?: JoinCallOptions): Call;
    on(event: 'incomingCall', listener: IncomingCallEvent): void;
    on(event: 'callsUpdated', listener: CollectionUpdatedEvent<Call>): void;
    on(event: 'connectionStateChanged', listener: ConnectionStateChangedListener): void;
    off(event: 'incomingCall', listener: IncomingCallEvent): void;
    off(event: 'callsUpdated', listener: CollectionUpdatedEvent<Call>): void;
    off(event: 'connectionStateChanged', listener: ConnectionStateChangedListener): void;
}
interface TeamsCallAgent extends CallAgentCommon {
    readonly calls: ReadonlyArray<TeamsCall>;
    readonly kind: CallAgentKind.TeamsCallAgent;
    startCall(participant: Callee, options?: StartTeamsCallOptions): TeamsCall;
    startCall(participants: Callee[], options: StartTeamsCallOptions): TeamsCall;
    join(meetingLocator: TeamsMeetingLinkLocator, options?: JoinCallOptions): TeamsCall;
    join(meetingLocator: TeamsMeetingIdLocator, options?: JoinCallOptions): TeamsCall;
    join(meetingLocator: MeetingLocator, options?: JoinCallOptions): TeamsCall;
    on(event: 'incomingCall', listener: TeamsIncomingCallEvent): void;
    on(event: 'callsUpdated', listener: CollectionUpdatedEvent<TeamsCall>): void;
    on(event: 'connectionStateChanged', listener: ConnectionStateChangedListener): void;
    off(event: 'incomingCall', listener: TeamsIncomingCallEvent): void;
    off(event: 'callsUpdated', listener: CollectionUpdatedEvent<TeamsCall>): void;
    off(event: 'connectionStateChanged', listener: ConnectionStateChangedListener): void;
}

declare class CallClient {
    constructor(options?: CallClientOptions);
    feature<TFeature extends CallFeature>(factory: CallFeatureFactory<TFeature>): TFeature;
    /** Always the same one: a page that asked twice would otherwise watch two sets of devices. */
    getDeviceManager(): Promise<DeviceManager>;
    createCallAgent(credential: CommunicationTokenCredential, options?: CallAgentOptions): Promise<CallAgent>;
    createTeamsCallAgent(credential: CommunicationTokenCredential, options?: TeamsCallAgentOptions): Promise<TeamsCallAgent>;
    dispose(): Promise<void>;
}

interface Environment {
    readonly platform: string;
    readonly browser: string;
    readonly browserVersion: string;
}
interface EnvironmentInfo {
    readonly environment: Environment;
    readonly isSupportedPlatform: boolean;
    readonly isSupportedBrowser: boolean;
    readonly isSupportedBrowserVersion: boolean;
    readonly isSupportedEnvironment: boolean;
}
interface DebugInfo {
    readonly callIdHistory: string[];
    readonly lastErrors: {
        readonly code: number;
        readonly subCode: number;
        readonly occurredOn: Date;
    }[];
}
interface DebugInfoFeature extends CallFeature {
    getEnvironmentInfo(): Promise<EnvironmentInfo>;
    dumpDebugInfo(): Promise<DebugInfo>;
}
type ParticipantCapabilityName = 'turnVideoOn' | 'unmuteMic' | 'shareScreen' | 'removeParticipant' | 'hangUpForEveryOne' | 'addCommunicationUser' | 'addTeamsUser' | 'addPhoneNumber' | 'manageLobby' | 'spotlightParticipant' | 'removeParticipantsSpotlight' | 'blurBackground' | 'startLiveMeetingCaptions' | 'startLiveCallingCaptions' | 'setCaptionLanguage' | 'raiseHand' | 'pstnDialOut' | 'muteOthers' | 'useReactions' | 'viewAttendeeNames' | 'startTogetherMode' | 'joinBreakoutRooms' | 'forbidOthersAudio' | 'forbidOthersVideo' | 'realTimeText';
type CapabilityResolutionReason = 'Capable' | 'NotInitialized' | 'NotCapable' | 'RoleRestricted' | 'MeetingRestricted' | 'UserPolicyRestricted' | 'ClientRestricted' | 'FeatureNotSupported' | 'CapabilityNotApplicableForTheCallType' | 'TeamsPremiumLicenseRestricted' | 'IpModeUserPolicyRestricted' | 'ExplicitConsentRequired';
interface ParticipantCapability {
    readonly isPresent: boolean;
    readonly reason: CapabilityResolutionReason;
}
type ParticipantCapabilities = {
    [name in ParticipantCapabilityName]: ParticipantCapability;
};
type CapabilitiesChangedReason = 'RoleChanged' | 'UserPolicyChanged' | 'MeetingOptionOrOrganizerPolicyChanged' | 'TeamsPremiumLicenseChanged';
interface CapabilitiesChangeInfo {
    readonly oldValue: Partial<ParticipantCapabilities>;
    readonly newValue: Partial<ParticipantCapabilities>;
    readonly reason: CapabilitiesChangedReason;
}
interface CapabilitiesFeature extends CallFeature {
    readonly capabilities: ParticipantCapabilities;
    on(event: 'capabilitiesChanged', listener: (args: CapabilitiesChangeInfo) => void): void;
    off(event: 'capabilitiesChanged', listener: (args: CapabilitiesChangeInfo) => void): void;
}
interface DominantSpeakersInfo {
    readonly speakersList: CommunicationIdentifier[];
    readonly timestamp: Date;
}
interface DominantSpeakersCallFeature extends CallFeature {
    readonly dominantSpeakers: DominantSpeakersInfo;
    on(event: 'dominantSpeakersChanged', listener: PropertyChangedEvent): void;
    off(event: 'dominantSpeakersChanged', listener: PropertyChangedEvent): void;
}
type OvcChangeReason = 'bandwidth' | 'performance' | 'externalLimit' | 'unknown';
interface OptimalVideoCountCallFeature extends CallFeature {
    readonly optimalVideoCount: number;
    readonly lastOvcChangeReason?: OvcChangeReason;
    on(event: 'optimalVideoCountChanged', listener: PropertyChangedEvent): void;
    off(event: 'optimalVideoCountChanged', listener: PropertyChangedEvent): void;
}
type NetworkDiagnosticType = 'noNetwork' | 'networkRelaysNotReachable' | 'networkReconnect' | 'networkReceiveQuality' | 'networkSendQuality';
type MediaDiagnosticType = 'speakingWhileMicrophoneIsMuted' | 'noSpeakerDevicesEnumerated' | 'noMicrophoneDevicesEnumerated' | 'microphoneNotFunctioning' | 'microphoneMuteUnexpectedly' | 'microphonePermissionDenied' | 'cameraFreeze' | 'cameraStartFailed' | 'cameraStartTimedOut' | 'cameraStoppedUnexpectedly' | 'cameraPermissionDenied' | 'capturerStartFailed' | 'capturerStoppedUnexpectedly' | 'screenshareRecordingDisabled';
type ServerDiagnosticType = 'serverConnection';
type DiagnosticFlag = boolean;
type DiagnosticValueType = 'DiagnosticQuality' | 'DiagnosticFlag';
interface LatestDiagnosticValue {
    readonly value: DiagnosticQuality | DiagnosticFlag;
    readonly valueType: DiagnosticValueType;
}
type LatestNetworkDiagnostics = {
    [type in NetworkDiagnosticType]?: LatestDiagnosticValue;
};
type LatestMediaDiagnostics = {
    [type in MediaDiagnosticType]?: LatestDiagnosticValue;
};
interface NetworkDiagnosticChangedEventArgs extends LatestDiagnosticValue {
    readonly diagnostic: NetworkDiagnosticType;
}
interface MediaDiagnosticChangedEventArgs extends LatestDiagnosticValue {
    readonly diagnostic: MediaDiagnosticType;
}
interface RemoteDiagnostic extends LatestDiagnosticValue {
    readonly diagnostic: NetworkDiagnosticType | MediaDiagnosticType | ServerDiagnosticType;
    readonly participantId: string;
    readonly rawId: string;
}
interface NetworkDiagnostics {
    getLatest(): LatestNetworkDiagnostics;
    on(event: 'diagnosticChanged', listener: (args: NetworkDiagnosticChangedEventArgs) => void): void;
    off(event: 'diagnosticChanged', listener: (args: NetworkDiagnosticChangedEventArgs) => void): void;
}
interface MediaDiagnostics {
    getLatest(): LatestMediaDiagnostics;
    on(event: 'diagnosticChanged', listener: (args: MediaDiagnosticChangedEventArgs) => void): void;
    off(event: 'diagnosticChanged', listener: (args: MediaDiagnosticChangedEventArgs) => void): void;
}
interface RemoteDiagnostics {
    readonly isSendingDiagnosticsEnabled: boolean;
    startSendingDiagnostics(): void;
    stopSendingDiagnostics(): void;
    getLatest(): RemoteDiagnostic[];
    on(event: 'diagnosticChanged', listener: (args: {
        diagnostics: RemoteDiagnostic[];
    }) => void): void;
    off(event: 'diagnosticChanged', listener: (args: {
        diagnostics: RemoteDiagnostic[];
    }) => void): void;
}
interface UserFacingDiagnosticsFeature extends CallFeature {
    readonly network: NetworkDiagnostics;
    readonly media: MediaDiagnostics;
    readonly remote: RemoteDiagnostics;
}
interface RecordingInfo {
    readonly state: RecordingState;
}
interface RecordingCallFeature extends CallFeature {
    readonly isRecordingActive: boolean;
    readonly recordings: RecordingInfo[];
    readonly isTeamsConsentRequired: boolean;
    grantTeamsConsent(): Promise<void>;
    on(event: 'isRecordingActiveChanged' | 'isTeamsConsentRequiredChanged', listener: PropertyChangedEvent): void;
    on(event: 'recordingsUpdated', listener: CollectionUpdatedEvent<RecordingInfo>): void;
    off(event: 'isRecordingActiveChanged' | 'isTeamsConsentRequiredChanged', listener: PropertyChangedEvent): void;
    off(event: 'recordingsUpdated', listener: CollectionUpdatedEvent<RecordingInfo>): void;
}
interface TranscriptionCallFeature extends CallFeature {
    readonly isTranscriptionActive: boolean;
    readonly isTeamsConsentRequired: boolean;
    grantTeamsConsent(): Promise<void>;
    on(event: 'isTranscriptionActiveChanged' | 'isTeamsConsentRequiredChanged', listener: PropertyChangedEvent): void;
    off(event: 'isTranscriptionActiveChanged' | 'isTeamsConsentRequiredChanged', listener: PropertyChangedEvent): void;
}
type CaptionsKind = 'Captions' | 'TeamsCaptions';
type CaptionsResultType = 'Partial' | 'Final';
interface StartCaptionsOptions {
    spokenLanguage?: string;
}
interface CaptionsInfo {
    readonly resultType: CaptionsResultType;
    readonly speaker: CallerInfo;
    readonly spokenLanguage: string;
    readonly spokenText: string;
    readonly timestamp: Date;
}
interface TeamsCaptionsInfo extends CaptionsInfo {
    readonly captionText: string;
    readonly captionLanguage: string;
}
type CaptionsHandler = (data: CaptionsInfo) => void;
type TeamsCaptionsHandler = (data: TeamsCaptionsInfo) => void;
interface CaptionsCommon {
    readonly kind: CaptionsKind;
    readonly isCaptionsFeatureActive: boolean;
    readonly supportedSpokenLanguages: string[];
    readonly activeSpokenLanguage: string;
    startCaptions(options?: StartCaptionsOptions): Promise<void>;
    stopCaptions(): Promise<void>;
    setSpokenLanguage(language: string): Promise<void>;
}
interface Captions extends CaptionsCommon {
    readonly kind: 'Captions';
    on(event: 'CaptionsActiveChanged' | 'SpokenLanguageChanged', listener: PropertyChangedEvent): void;
    on(event: 'CaptionsReceived', listener: CaptionsHandler): void;
    off(event: 'CaptionsActiveChanged' | 'SpokenLanguageChanged', listener: PropertyChangedEvent): void;
    off(event: 'CaptionsReceived', listener: CaptionsHandler): void;
}
interface TeamsCaptions extends CaptionsCommon {
    readonly kind: 'TeamsCaptions';
    readonly supportedCaptionLanguages: string[];
    readonly activeCaptionLanguage: string;
    setCaptionLanguage(language: string): Promise<void>;
    on(event: 'CaptionsActiveChanged' | 'SpokenLanguageChanged' | 'CaptionLanguageChanged', listener: PropertyChangedEvent): void;
    on(event: 'CaptionsReceived', listener: TeamsCaptionsHandler): void;
    off(event: 'CaptionsActiveChanged' | 'SpokenLanguageChanged' | 'CaptionLanguageChanged', listener: PropertyChangedEvent): void;
    off(event: 'CaptionsReceived', listener: TeamsCaptionsHandler): void;
}
interface CaptionsCallFeature extends CallFeature {
    readonly captions: Captions | TeamsCaptions;
    on(event: 'CaptionsKindChanged', listener: PropertyChangedEvent): void;
    off(event: 'CaptionsKindChanged', listener: PropertyChangedEvent): void;
}
type RealTimeTextResultType = 'Partial' | 'Final';
interface RealTimeTextInfo {
    readonly sequenceId: number;
    readonly sender: ParticipantInfo;
    readonly text: string;
    readonly resultType: RealTimeTextResultType;
    readonly receivedTimestamp?: Date;
    readonly updatedTimestamp?: Date;
    readonly isLocal: boolean;
}
type RealTimeTextReceivedEventHandler = (data: RealTimeTextInfo) => void;
interface RealTimeTextFeature extends CallFeature {
    sendRealTimeText(text: string, finalize?: boolean): Promise<void>;
    on(event: 'realTimeTextReceived', listener: RealTimeTextReceivedEventHandler): void;
    off(event: 'realTimeTextReceived', listener: RealTimeTextReceivedEventHandler): void;
}
interface RaisedHand {
    readonly identifier: CommunicationIdentifier;
    readonly order: number;
}
interface RaisedHandChangedEvent {
    readonly identifier: CommunicationIdentifier;
}
type RaisedHandListener = (args: RaisedHandChangedEvent) => void;
interface RaiseHandCallFeature extends CallFeature {
    raiseHand(): Promise<void>;
    lowerHand(): Promise<void>;
    lowerHands(participants: CommunicationIdentifier[]): Promise<void>;
    lowerAllHands(): Promise<void>;
    getRaisedHands(): RaisedHand[];
    on(event: 'raisedHandEvent' | 'loweredHandEvent', listener: RaisedHandListener): void;
    off(event: 'raisedHandEvent' | 'loweredHandEvent', listener: RaisedHandListener): void;
}
type Reaction = 'like' | 'heart' | 'laugh' | 'surprised' | 'applause';
interface ReactionMessage {
    readonly reactionType: Reaction;
    readonly name?: string;
}
interface ReactionEventPayload {
    readonly identifier: CommunicationIdentifier;
    readonly reactionMessage: ReactionMessage;
}
interface ReactionCallFeature extends CallFeature {
    sendReaction(message: ReactionMessage): Promise<void>;
    on(event: 'reaction', listener: (args: ReactionEventPayload) => void): void;
    off(event: 'reaction', listener: (args: ReactionEventPayload) => void): void;
}
interface SpotlightedParticipant {
    readonly identifier: CommunicationIdentifier;
    readonly order?: number;
}
interface SpotlightCallFeature extends CallFeature {
    readonly maxParticipantsToSpotlight: number;
    startSpotlight(participants?: CommunicationIdentifier[]): Promise<void>;
    stopSpotlight(participants?: CommunicationIdentifier[]): Promise<void>;
    stopAllSpotlight(): Promise<void>;
    getSpotlightedParticipants(): SpotlightedParticipant[];
    on(event: 'spotlightChanged', listener: CollectionUpdatedEvent<SpotlightedParticipant>): void;
    off(event: 'spotlightChanged', listener: CollectionUpdatedEvent<SpotlightedParticipant>): void;
}
type TransferState = 'None' | 'Transferring' | 'Transferred' | 'Failed';
interface TransferToParticipantLocator {
    targetParticipant: CommunicationIdentifier;
}
interface TransferToCallLocator {
    targetCallId: string;
}
interface TransferToParticipantVoicemailLocator {
    targetParticipantVoicemail: CommunicationIdentifier;
}
interface TransferToParticipantOptions {
    disableForwardingAndUnanswered?: boolean;
}
interface Transfer {
    readonly state: TransferState;
    readonly error?: {
        code: number;
        subCode?: number;
    };
    on(event: 'stateChanged', listener: PropertyChangedEvent): void;
    off(event: 'stateChanged', listener: PropertyChangedEvent): void;
}
interface TransferEventArgs {
    readonly targetCall: Call | TeamsCall;
}
interface TransferCallFeature extends CallFeature {
    transfer(target: TransferToParticipantLocator | TransferToCallLocator | TransferToParticipantVoicemailLocator, options?: TransferToParticipantOptions): Transfer;
    on(event: 'transferAccepted', listener: (args: TransferEventArgs) => void): void;
    off(event: 'transferAccepted', listener: (args: TransferEventArgs) => void): void;
}
interface Invitee {
    readonly id: CommunicationIdentifier;
    readonly role: ParticipantRole;
}
interface BreakoutRoomsSettings {
    readonly disableReturnToMainMeeting: boolean;
    readonly roomEndTime?: Date;
}
interface BreakoutRoom {
    readonly threadId?: string;
    readonly displayName: string;
    readonly state: 'open' | 'closed';
    readonly autoMoveParticipantToBreakoutRoom: boolean;
    readonly invitees: Invitee[];
    readonly call?: Call | TeamsCall;
    join(): Promise<Call | TeamsCall>;
    returnToMainMeeting(): Promise<Call | TeamsCall>;
}
type BreakoutRoomsEventData = {
    readonly type: 'assignedBreakoutRooms';
    readonly data: BreakoutRoom | undefined;
} | {
    readonly type: 'breakoutRooms';
    readonly data: BreakoutRoom[] | undefined;
} | {
    readonly type: 'breakoutRoomsSettings';
    readonly data: BreakoutRoomsSettings | undefined;
} | {
    readonly type: 'join';
    readonly data: Call | TeamsCall;
};
type BreakoutRoomsEvent = BreakoutRoomsEventData;
type BreakoutRoomsUpdatedListener = (event: BreakoutRoomsEvent) => void;
interface BreakoutRoomsCallFeature extends CallFeature {
    readonly assignedBreakoutRooms: BreakoutRoom | undefined;
    readonly breakoutRoomsSettings: BreakoutRoomsSettings | undefined;
    readonly breakoutRooms: BreakoutRoom[] | undefined;
    on(event: 'breakoutRoomsUpdated', listener: BreakoutRoomsUpdatedListener): void;
    off(event: 'breakoutRoomsUpdated', listener: BreakoutRoomsUpdatedListener): void;
}
interface TogetherModeVideoStream extends RemoteVideoStream {
}
interface TogetherModeSeatingPosition {
    readonly top: number;
    readonly left: number;
    readonly width: number;
    readonly height: number;
}
type TogetherModeSeatingMap = Map<string, TogetherModeSeatingPosition>;
interface TogetherModeCallFeature extends CallFeature {
    readonly togetherModeStream: TogetherModeVideoStream[];
    readonly togetherModeSeatingMap: TogetherModeSeatingMap;
    sceneSize: StreamSize;
    start(): Promise<void>;
    end?(): Promise<void>;
    on(event: 'togetherModeStreamsUpdated', listener: CollectionUpdatedEvent<TogetherModeVideoStream>): void;
    on(event: 'togetherModeSceneUpdated' | 'togetherModeSeatingUpdated', listener: (args: TogetherModeSeatingMap) => void): void;
    off(event: 'togetherModeStreamsUpdated', listener: CollectionUpdatedEvent<TogetherModeVideoStream>): void;
    off(event: 'togetherModeSceneUpdated' | 'togetherModeSeatingUpdated', listener: (args: TogetherModeSeatingMap) => void): void;
}

interface MediaAccess {
    readonly participant: CommunicationIdentifier;
    readonly isAudioPermitted: boolean;
    readonly isVideoPermitted: boolean;
}
interface MeetingMediaAccess {
    readonly isAudioPermitted: boolean;
    readonly isVideoPermitted: boolean;
}
interface MediaAccessChangedEvent {
    readonly mediaAccesses: MediaAccess[];
}
interface MeetingMediaAccessChangedEvent {
    readonly meetingMediaAccess: MeetingMediaAccess;
}
interface MediaAccessCallFeature extends CallFeature {
    permitAudio(participants: CommunicationIdentifier[]): Promise<void>;
    forbidAudio(participants: CommunicationIdentifier[]): Promise<void>;
    permitVideo(participants: CommunicationIdentifier[]): Promise<void>;
    forbidVideo(participants: CommunicationIdentifier[]): Promise<void>;
    permitOthersAudio(): Promise<void>;
    forbidOthersAudio(): Promise<void>;
    permitOthersVideo(): Promise<void>;
    forbidOthersVideo(): Promise<void>;
    getAllOthersMediaAccess(): MediaAccess[];
    getMeetingMediaAccess(): MeetingMediaAccess;
    on(event: 'mediaAccessChanged', listener: (args: MediaAccessChangedEvent) => void): void;
    on(event: 'meetingMediaAccessChanged', listener: (args: MeetingMediaAccessChangedEvent) => void): void;
    off(event: 'mediaAccessChanged', listener: (args: MediaAccessChangedEvent) => void): void;
    off(event: 'meetingMediaAccessChanged', listener: (args: MeetingMediaAccessChangedEvent) => void): void;
}
interface MediaStatsCollectorOptions {
    /** Seconds. */
    aggregationInterval?: number;
    dataPointsPerAggregation?: number;
}
interface MediaStatsSummaryValue {
    readonly aggregation: {
        readonly count: number;
        readonly sum: number;
        readonly min: number;
        readonly max: number;
    };
    readonly raw: readonly number[];
    readonly timestamp: Date;
}
/** A sample has words and numbers, a summary has values in the place of the numbers. */
type MediaStatsItem = {
    [field: string]: string | number | MediaStatsSummaryValue | undefined;
};
interface MediaStatsDirections {
    readonly send: MediaStatsItem[];
    readonly receive: MediaStatsItem[];
}
interface MediaStatsReportSample {
    readonly audio: MediaStatsDirections;
    readonly video: MediaStatsDirections;
    readonly screenShare: MediaStatsDirections;
    readonly transports: MediaStatsItem[];
}
type MediaStatsReportSummary = MediaStatsReportSample;
interface MediaStatsCollector {
    on(event: 'sampleReported', listener: (sample: MediaStatsReportSample) => void): void;
    on(event: 'summaryReported', listener: (summary: MediaStatsReportSummary) => void): void;
    off(event: 'sampleReported', listener: (sample: MediaStatsReportSample) => void): void;
    off(event: 'summaryReported', listener: (summary: MediaStatsReportSummary) => void): void;
    dispose(): void;
}
interface MediaStatsCallFeature extends CallFeature {
    createCollector(options?: MediaStatsCollectorOptions): MediaStatsCollector;
    disposeAllCollectors(): void;
}
type DataChannelPriority = 'Normal' | 'High';
type DataChannelReliability = 'Lossy' | 'Durable';
interface DataChannelSenderOptions {
    bitrateInKbps?: number;
    channelId: number;
    participants?: CommunicationIdentifier[];
    priority?: DataChannelPriority;
    reliability?: DataChannelReliability;
}
interface DataChannelSender {
    readonly maxMessageSizeInBytes: number;
    setParticipants(participants: CommunicationIdentifier[]): void;
    sendMessage(data: Uint8Array): Promise<void>;
    close(): void;
}
interface DataChannelMessage {
    readonly data: Uint8Array;
    readonly sequenceNumber: number;
}
interface DataChannelReceiver {
    readonly channelId: number;
    readonly senderParticipantIdentifier: CommunicationIdentifierKind;
    readMessage(): DataChannelMessage | undefined;
    on(event: 'messageReady' | 'close', listener: PropertyChangedEvent): void;
    off(event: 'messageReady' | 'close', listener: PropertyChangedEvent): void;
}
interface DataChannelCallFeature extends CallFeature {
    createDataChannelSender(options: DataChannelSenderOptions): DataChannelSender;
    on(event: 'dataChannelReceiverCreated', listener: (receiver: DataChannelReceiver) => void): void;
    off(event: 'dataChannelReceiverCreated', listener: (receiver: DataChannelReceiver) => void): void;
}
type VideoEffectName = 'BackgroundBlur' | 'BackgroundReplacement' | (string & {});
interface BackgroundBlurConfig {
    intensity?: number;
}
interface BackgroundReplacementConfig {
    backgroundImageUrl: string;
}
interface VideoEffectProcessor {
    readonly name: VideoEffectName;
    isSupported(): Promise<boolean>;
}
interface BackgroundBlurEffect extends VideoEffectProcessor {
    readonly name: 'BackgroundBlur';
    configure(config: BackgroundBlurConfig): Promise<void>;
}
interface BackgroundReplacementEffect extends VideoEffectProcessor {
    readonly name: 'BackgroundReplacement';
    configure(config: BackgroundReplacementConfig): Promise<void>;
}
interface VideoEffectErrorPayload {
    readonly code?: number;
    readonly message: string;
}
interface VideoEffectsFeature extends CallFeature {
    readonly activeEffects: VideoEffectName[];
    isSupported(effect: VideoEffectProcessor): Promise<boolean>;
    startEffects(effect: VideoEffectProcessor): Promise<void>;
    stopEffects(): Promise<void>;
    on(event: 'effectsStarted' | 'effectsStopped', listener: (effects: VideoEffectName[]) => void): void;
    on(event: 'effectsError', listener: (error: VideoEffectErrorPayload) => void): void;
    on(event: 'fpsWarningThresholdReached' | 'timeForEffectsWarningReached', listener: PropertyChangedEvent): void;
    off(event: 'effectsStarted' | 'effectsStopped', listener: (effects: VideoEffectName[]) => void): void;
    off(event: 'effectsError', listener: (error: VideoEffectErrorPayload) => void): void;
    off(event: 'fpsWarningThresholdReached' | 'timeForEffectsWarningReached', listener: PropertyChangedEvent): void;
}
type AudioEffectName = string;
interface AudioEffectProcessor {
    readonly name: AudioEffectName;
    isSupported?(): Promise<boolean>;
}
interface DeepNoiseSuppressionEffect extends AudioEffectProcessor {
}
type AutoGainControlEffect = 'BrowserAutoGainControl';
type EchoCancellationEffect = 'BrowserEchoCancellation';
type NoiseSuppressionEffect = 'BrowserNoiseSuppression';
interface AudioEffectsStartConfig {
    autoGainControl?: AutoGainControlEffect;
    echoCancellation?: EchoCancellationEffect | AudioEffectProcessor;
    noiseSuppression?: NoiseSuppressionEffect | DeepNoiseSuppressionEffect;
}
interface AudioEffectsStopConfig {
    autoGainControl?: boolean;
    echoCancellation?: boolean;
    noiseSuppression?: boolean;
}
interface ActiveAudioEffects {
    readonly autoGainControl?: AudioEffectName[];
    readonly echoCancellation?: AudioEffectName[];
    readonly noiseSuppression?: AudioEffectName[];
}
interface AudioEffectsFeature extends CallFeature {
    readonly activeEffects: ActiveAudioEffects;
    isSupported(effect: AudioEffectName | AudioEffectProcessor): Promise<boolean>;
    startEffects(config: AudioEffectsStartConfig): Promise<void>;
    stopEffects(config: AudioEffectsStopConfig): Promise<void>;
    on(event: 'effectsStarted' | 'effectsStopped', listener: (effects: ActiveAudioEffects) => void): void;
    on(event: 'effectsError', listener: (error: VideoEffectErrorPayload) => void): void;
    off(event: 'effectsStarted' | 'effectsStopped', listener: (effects: ActiveAudioEffects) => void): void;
    off(event: 'effectsError', listener: (error: VideoEffectErrorPayload) => void): void;
}
interface CallSurveyRatingScale {
    lowerBound: number;
    upperBound: number;
    lowScoreThreshold: number;
}
interface CallSurveyRating<TIssue extends string = string> {
    score: number;
    scale?: CallSurveyRatingScale;
    issues?: TIssue[];
}
interface CallSurvey {
    overallRating?: CallSurveyRating;
    audioRating?: CallSurveyRating;
    videoRating?: CallSurveyRating;
    screenshareRating?: CallSurveyRating;
}
interface CallSurveyResponse extends CallSurvey {
    readonly id: string;
    readonly callId: string;
    readonly localParticipantId: string;
}
interface CallSurveyFeature extends CallFeature {
    submitSurvey(survey: CallSurvey): Promise<CallSurveyResponse>;
}
interface PPTLiveCallFeature extends CallFeature {
    readonly isActive: boolean;
    readonly target?: HTMLElement;
    readonly activePresenterId?: CommunicationIdentifier;
    on(event: 'isActiveChanged', listener: PropertyChangedEvent): void;
    off(event: 'isActiveChanged', listener: PropertyChangedEvent): void;
}
interface TeamsMeetingAudioConferencingPhoneNumber {
    readonly tollPhoneNumber?: {
        readonly phoneNumber: string;
    };
    readonly tollFreePhoneNumber?: {
        readonly phoneNumber: string;
    };
    readonly countryName?: string;
    readonly cityName?: string;
}
interface TeamsMeetingAudioConferencingDetails {
    readonly phoneConferenceId: string;
    readonly phoneNumbers: TeamsMeetingAudioConferencingPhoneNumber[];
}
interface TeamsMeetingAudioConferencingCallFeature extends CallFeature {
    getTeamsMeetingAudioConferencingDetails(): Promise<TeamsMeetingAudioConferencingDetails>;
}

declare const Features: {
    AudioEffects: CallFeatureFactory<AudioEffectsFeature>;
    BreakoutRooms: CallFeatureFactory<BreakoutRoomsCallFeature>;
    CallSurvey: CallFeatureFactory<CallSurveyFeature>;
    Capabilities: CallFeatureFactory<CapabilitiesFeature>;
    Captions: CallFeatureFactory<CaptionsCallFeature>;
    DataChannel: CallFeatureFactory<DataChannelCallFeature>;
    DebugInfo: CallFeatureFactory<DebugInfoFeature>;
    DominantSpeakers: CallFeatureFactory<DominantSpeakersCallFeature>;
    MediaAccess: CallFeatureFactory<MediaAccessCallFeature>;
    MediaStats: CallFeatureFactory<MediaStatsCallFeature>;
    OptimalVideoCount: CallFeatureFactory<OptimalVideoCountCallFeature>;
    PPTLive: CallFeatureFactory<PPTLiveCallFeature>;
    RaiseHand: CallFeatureFactory<RaiseHandCallFeature>;
    Reaction: CallFeatureFactory<ReactionCallFeature>;
    RealTimeText: CallFeatureFactory<RealTimeTextFeature>;
    Recording: CallFeatureFactory<RecordingCallFeature>;
    Spotlight: CallFeatureFactory<SpotlightCallFeature>;
    TeamsMeetingAudioConferencing: CallFeatureFactory<TeamsMeetingAudioConferencingCallFeature>;
    TogetherMode: CallFeatureFactory<TogetherModeCallFeature>;
    Transcription: CallFeatureFactory<TranscriptionCallFeature>;
    Transfer: CallFeatureFactory<TransferCallFeature>;
    UserFacingDiagnostics: CallFeatureFactory<UserFacingDiagnosticsFeature>;
    VideoEffects: CallFeatureFactory<VideoEffectsFeature>;
};

declare class VideoStreamRenderer {
    constructor(stream: LocalVideoStream | RemoteVideoStream, _options?: VideoStreamRendererOptions);
    get size(): StreamSize;
    createView(options?: CreateViewOptions): Promise<VideoStreamRendererView>;
    dispose(): void;
}

declare class CommunicationServicesError extends Error {
    readonly code: number;
    readonly subCode: number;
    constructor(code: number, subCode: number, message: string);
}

declare const disconnectCategoryMap: {
    readonly [category in ResultCategory]: readonly number[];
};

export { CallAgentKind, CallClient, CallKind, CommunicationServicesError, DevicePermissionAccess, DiagnosticQuality, Features, IncomingCallKind, LocalAudioStream, LocalVideoStream, RecordingState, VideoStreamRenderer, WbLocalVideoStream, disconnectCategoryMap };
export type { AcceptCallOptions, ActiveAudioEffects, AddPhoneNumberOptions, AddTeamsParticipantOptions, AdmitAllResult, AudioDeviceInfo, AudioDeviceType, AudioEffectName, AudioEffectProcessor, AudioEffectsFeature, AudioEffectsStartConfig, AudioEffectsStopConfig, AudioOptions, AutoGainControlEffect, BackgroundBlurConfig, BackgroundBlurEffect, BackgroundReplacementConfig, BackgroundReplacementEffect, BreakoutRoom, BreakoutRoomsCallFeature, BreakoutRoomsEvent, BreakoutRoomsEventData, BreakoutRoomsSettings, BreakoutRoomsUpdatedListener, Call, CallAgent, CallAgentCommon, CallAgentCommonOptions, CallAgentOptions, CallClientOptions, CallCommon, CallDirection, CallEndReason, CallFeature, CallFeatureFactory, CallInfo, CallInfoCommon, CallLogger, CallOptions, CallPropertyEvent, CallState, CallSurvey, CallSurveyFeature, CallSurveyRating, CallSurveyRatingScale, CallSurveyResponse, CallerInfo, CapabilitiesChangeInfo, CapabilitiesChangedReason, CapabilitiesFeature, CapabilityResolutionReason, Captions, CaptionsCallFeature, CaptionsCommon, CaptionsHandler, CaptionsInfo, CaptionsKind, CaptionsResultType, CollectionUpdatedEvent, ConnectionState, ConnectionStateChangedEventArgs, ConnectionStateChangedListener, ConnectionStateChangedReason, CreateViewOptions, CustomContext, DataChannelCallFeature, DataChannelMessage, DataChannelPriority, DataChannelReceiver, DataChannelReliability, DataChannelSender, DataChannelSenderOptions, DebugInfo, DebugInfoFeature, DeepNoiseSuppressionEffect, DeviceAccess, DeviceManager, DiagnosticFlag, DiagnosticOptions, DiagnosticValueType, DisplayNameChangedEventArgs, Disposable, DominantSpeakersCallFeature, DominantSpeakersInfo, DtmfTone, EchoCancellationEffect, EndpointDetails, Environment, EnvironmentInfo, GroupCallLocator, GroupLocator, HangUpOptions, IncomingCall, IncomingCallCommon, IncomingCallEvent, Invitee, JoinCallOptions, JoinLocator, LatestDiagnosticValue, LatestMediaDiagnostics, LatestNetworkDiagnostics, Lobby, LocalAudioSource, LocalVideoSource, MediaAccess, MediaAccessCallFeature, MediaAccessChangedEvent, MediaConstraints, MediaDiagnosticChangedEventArgs, MediaDiagnosticType, MediaDiagnostics, MediaStatsCallFeature, MediaStatsCollector, MediaStatsCollectorOptions, MediaStatsDirections, MediaStatsItem, MediaStatsReportSample, MediaStatsReportSummary, MediaStatsSummaryValue, MediaStreamType, MeetingLocator, MeetingMediaAccess, MeetingMediaAccessChangedEvent, MutedByOthersEventArgs, NetworkConfiguration, NetworkDiagnosticChangedEventArgs, NetworkDiagnosticType, NetworkDiagnostics, NoiseSuppressionEffect, OptimalVideoCountCallFeature, OvcChangeReason, PPTLiveCallFeature, ParticipantCapabilities, ParticipantCapability, ParticipantCapabilityName, ParticipantInfo, ParticipantRole, PermissionConstraints, PropertyChangedEvent, RaiseHandCallFeature, RaisedHand, RaisedHandChangedEvent, RaisedHandListener, Reaction, ReactionCallFeature, ReactionEventPayload, ReactionMessage, RealTimeTextFeature, RealTimeTextInfo, RealTimeTextReceivedEventHandler, RealTimeTextResultType, RecordingCallFeature, RecordingInfo, RemoteAudioStream, RemoteDiagnostic, RemoteDiagnostics, RemoteParticipant, RemoteParticipantState, RemoteVideoStream, ResultCategory, RoomCallLocator, RoomLocator, ScalingMode, ServerDiagnosticType, SpotlightCallFeature, SpotlightedParticipant, StartCallOptions, StartCaptionsOptions, StartTeamsCallOptions, StreamSize, TeamsCall, TeamsCallAgent, TeamsCallAgentOptions, TeamsCallInfo, TeamsCaptions, TeamsCaptionsHandler, TeamsCaptionsInfo, TeamsIncomingCall, TeamsIncomingCallEvent, TeamsMeetingAudioConferencingCallFeature, TeamsMeetingAudioConferencingDetails, TeamsMeetingAudioConferencingPhoneNumber, TeamsMeetingCoordinatesLocator, TeamsMeetingIdLocator, TeamsMeetingLinkLocator, TogetherModeCallFeature, TogetherModeSeatingMap, TogetherModeSeatingPosition, TogetherModeVideoStream, TranscriptionCallFeature, Transfer, TransferCallFeature, TransferEventArgs, TransferState, TransferToCallLocator, TransferToParticipantLocator, TransferToParticipantOptions, TransferToParticipantVoicemailLocator, TransferorInfo, UserFacingDiagnosticsFeature, VideoConstraints, VideoDeviceInfo, VideoDeviceType, VideoEffectErrorPayload, VideoEffectName, VideoEffectProcessor, VideoEffectsFeature, VideoOptions, VideoSendConstraints, VideoStreamRendererOptions, VideoStreamRendererView, Volume };
