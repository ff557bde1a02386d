// What `call.feature(Features.X)` returns, one interface a feature.
import type { CommunicationIdentifier } from '@azure/communication-common';
import type { Call, CallFeature, TeamsCall } from './call';
import type {
  CallerInfo,
  CollectionUpdatedEvent,
  DiagnosticQuality,
  ParticipantInfo,
  ParticipantRole,
  PropertyChangedEvent,
  RecordingState,
} from './vocabulary';
import type { RemoteVideoStream, StreamSize } from './streams';

// Debug info and environment.

export interface Environment {
  readonly platform: string;
  readonly browser: string;
  readonly browserVersion: string;
}
export interface EnvironmentInfo {
  readonly environment: Environment;
  readonly isSupportedPlatform: boolean;
  readonly isSupportedBrowser: boolean;
  readonly isSupportedBrowserVersion: boolean;
  readonly isSupportedEnvironment: boolean;
}
export interface DebugInfo {
  readonly callIdHistory: string[];
  readonly lastErrors: { readonly code: number; readonly subCode: number; readonly occurredOn: Date }[];
}
export interface DebugInfoFeature extends CallFeature {
  getEnvironmentInfo(): Promise<EnvironmentInfo>;
  dumpDebugInfo(): Promise<DebugInfo>;
}

// Capabilities.

export type ParticipantCapabilityName =
  | 'turnVideoOn'
  | 'unmuteMic'
  | 'shareScreen'
  | 'removeParticipant'
  | 'hangUpForEveryOne'
  | 'addCommunicationUser'
  | 'addTeamsUser'
  | 'addPhoneNumber'
  | 'manageLobby'
  | 'spotlightParticipant'
  | 'removeParticipantsSpotlight'
  | 'blurBackground'
  | 'startLiveMeetingCaptions'
  | 'startLiveCallingCaptions'
  | 'setCaptionLanguage'
  | 'raiseHand'
  | 'pstnDialOut'
  | 'muteOthers'
  | 'useReactions'
  | 'viewAttendeeNames'
  | 'startTogetherMode'
  | 'joinBreakoutRooms'
  | 'forbidOthersAudio'
  | 'forbidOthersVideo'
  | 'realTimeText';

export type CapabilityResolutionReason =
  | 'Capable'
  | 'NotInitialized'
  | 'NotCapable'
  | 'RoleRestricted'
  | 'MeetingRestricted'
  | 'UserPolicyRestricted'
  | 'ClientRestricted'
  | 'FeatureNotSupported'
  | 'CapabilityNotApplicableForTheCallType'
  | 'TeamsPremiumLicenseRestricted'
  | 'IpModeUserPolicyRestricted'
  | 'ExplicitConsentRequired';

export interface ParticipantCapability {
  readonly isPresent: boolean;
  readonly reason: CapabilityResolutionReason;
}
export type ParticipantCapabilities = { [name in ParticipantCapabilityName]: ParticipantCapability };
export type CapabilitiesChangedReason =
  | 'RoleChanged'
  | 'UserPolicyChanged'
  | 'MeetingOptionOrOrganizerPolicyChanged'
  | 'TeamsPremiumLicenseChanged';
export interface CapabilitiesChangeInfo {
  readonly oldValue: Partial<ParticipantCapabilities>;
  readonly newValue: Partial<ParticipantCapabilities>;
  readonly reason: CapabilitiesChangedReason;
}
export interface CapabilitiesFeature extends CallFeature {
  readonly capabilities: ParticipantCapabilities;
  on(event: 'capabilitiesChanged', listener: (args: CapabilitiesChangeInfo) => void): void;
  off(event: 'capabilitiesChanged', listener: (args: CapabilitiesChangeInfo) => void): void;
}

// Who speaks, how many videos fit.

export interface DominantSpeakersInfo {
  readonly speakersList: CommunicationIdentifier[];
  readonly timestamp: Date;
}
export interface DominantSpeakersCallFeature extends CallFeature {
  readonly dominantSpeakers: DominantSpeakersInfo;
  on(event: 'dominantSpeakersChanged', listener: PropertyChangedEvent): void;
  off(event: 'dominantSpeakersChanged', listener: PropertyChangedEvent): void;
}
export type OvcChangeReason = 'bandwidth' | 'performance' | 'externalLimit' | 'unknown';
export interface OptimalVideoCountCallFeature extends CallFeature {
  readonly optimalVideoCount: number;
  readonly lastOvcChangeReason?: OvcChangeReason;
  on(event: 'optimalVideoCountChanged', listener: PropertyChangedEvent): void;
  off(event: 'optimalVideoCountChanged', listener: PropertyChangedEvent): void;
}

// User-facing diagnostics.

export type NetworkDiagnosticType =
  | 'noNetwork'
  | 'networkRelaysNotReachable'
  | 'networkReconnect'
  | 'networkReceiveQuality'
  | 'networkSendQuality';
export type MediaDiagnosticType =
  | 'speakingWhileMicrophoneIsMuted'
  | 'noSpeakerDevicesEnumerated'
  | 'noMicrophoneDevicesEnumerated'
  | 'microphoneNotFunctioning'
  | 'microphoneMuteUnexpectedly'
  | 'microphonePermissionDenied'
  | 'cameraFreeze'
  | 'cameraStartFailed'
  | 'cameraStartTimedOut'
  | 'cameraStoppedUnexpectedly'
  | 'cameraPermissionDenied'
  | 'capturerStartFailed'
  | 'capturerStoppedUnexpectedly'
  | 'screenshareRecordingDisabled';
export type ServerDiagnosticType = 'serverConnection';
export type DiagnosticFlag = boolean;
export type DiagnosticValueType = 'DiagnosticQuality' | 'DiagnosticFlag';

export interface LatestDiagnosticValue {
  readonly value: DiagnosticQuality | DiagnosticFlag;
  readonly valueType: DiagnosticValueType;
}
export type LatestNetworkDiagnostics = { [type in NetworkDiagnosticType]?: LatestDiagnosticValue };
export type LatestMediaDiagnostics = { [type in MediaDiagnosticType]?: LatestDiagnosticValue };
export interface NetworkDiagnosticChangedEventArgs extends LatestDiagnosticValue {
  readonly diagnostic: NetworkDiagnosticType;
}
export interface MediaDiagnosticChangedEventArgs extends LatestDiagnosticValue {
  readonly diagnostic: MediaDiagnosticType;
}
export interface RemoteDiagnostic extends LatestDiagnosticValue {
  readonly diagnostic: NetworkDiagnosticType | MediaDiagnosticType | ServerDiagnosticType;
  readonly participantId: string;
  readonly rawId: string;
}
export interface NetworkDiagnostics {
  getLatest(): LatestNetworkDiagnostics;
  on(event: 'diagnosticChanged', listener: (args: NetworkDiagnosticChangedEventArgs) => void): void;
  off(event: 'diagnosticChanged', listener: (args: NetworkDiagnosticChangedEventArgs) => void): void;
}
export interface MediaDiagnostics {
  getLatest(): LatestMediaDiagnostics;
  on(event: 'diagnosticChanged', listener: (args: MediaDiagnosticChangedEventArgs) => void): void;
  off(event: 'diagnosticChanged', listener: (args: MediaDiagnosticChangedEventArgs) => void): void;
}
export interface RemoteDiagnostics {
  readonly isSendingDiagnosticsEnabled: boolean;
  startSendingDiagnostics(): void;
  stopSendingDiagnostics(): void;
  getLatest(): RemoteDiagnostic[];
  on(event: 'diagnosticChanged', listener: (args: { diagnostics: RemoteDiagnostic[] }) => void): void;
  off(event: 'diagnosticChanged', listener: (args: { diagnostics: RemoteDiagnostic[] }) => void): void;
}
export interface UserFacingDiagnosticsFeature extends CallFeature {
  readonly network: NetworkDiagnostics;
  readonly media: MediaDiagnostics;
  readonly remote: RemoteDiagnostics;
}

// Recording and transcription.

export interface RecordingInfo {
  readonly state: RecordingState;
}
export interface RecordingCallFeature extends CallFeature {
  readonly isRecordingActive: boolean;
  readonly recordings: RecordingInfo[];
  readonly isTeamsConsentRequired: boolean;
  grantTeamsConsent(): Promise<void>;
  on(event: 'isRecordingActiveChanged' | 'isTeamsConsentRequiredChanged', listener: PropertyChangedEvent): void;
  on(event: 'recordingsUpdated', listener: CollectionUpdatedEvent<RecordingInfo>): void;
  off(event: 'isRecordingActiveChanged' | 'isTeamsConsentRequiredChanged', listener: PropertyChangedEvent): void;
  off(event: 'recordingsUpdated', listener: CollectionUpdatedEvent<RecordingInfo>): void;
}
export interface TranscriptionCallFeature extends CallFeature {
  readonly isTranscriptionActive: boolean;
  readonly isTeamsConsentRequired: boolean;
  grantTeamsConsent(): Promise<void>;
  on(event: 'isTranscriptionActiveChanged' | 'isTeamsConsentRequiredChanged', listener: PropertyChangedEvent): void;
  off(event: 'isTranscriptionActiveChanged' | 'isTeamsConsentRequiredChanged', listener: PropertyChangedEvent): void;
}

// Captions and real-time text.

export type CaptionsKind = 'Captions' | 'TeamsCaptions';
export type CaptionsResultType = 'Partial' | 'Final';
export interface StartCaptionsOptions {
  spokenLanguage?: string;
}
export interface CaptionsInfo {
  readonly resultType: CaptionsResultType;
  readonly speaker: CallerInfo;
  readonly spokenLanguage: string;
  readonly spokenText: string;
  readonly timestamp: Date;
}
export interface TeamsCaptionsInfo extends CaptionsInfo {
  readonly captionText: string;
  readonly captionLanguage: string;
}
export type CaptionsHandler = (data: CaptionsInfo) => void;
export type TeamsCaptionsHandler = (data: TeamsCaptionsInfo) => void;
export interface CaptionsCommon {
  readonly kind: CaptionsKind;
  readonly isCaptionsFeatureActive: boolean;
  readonly supportedSpokenLanguages: string[];
  readonly activeSpokenLanguage: string;
  startCaptions(options?: StartCaptionsOptions): Promise<void>;
  stopCaptions(): Promise<void>;
  setSpokenLanguage(language: string): Promise<void>;
}
export interface Captions extends CaptionsCommon {
  readonly kind: 'Captions';
  on(event: 'CaptionsActiveChanged' | 'SpokenLanguageChanged', listener: PropertyChangedEvent): void;
  on(event: 'CaptionsReceived', listener: CaptionsHandler): void;
  off(event: 'CaptionsActiveChanged' | 'SpokenLanguageChanged', listener: PropertyChangedEvent): void;
  off(event: 'CaptionsReceived', listener: CaptionsHandler): void;
}
export interface TeamsCaptions extends CaptionsCommon {
  readonly kind: 'TeamsCaptions';
  readonly supportedCaptionLanguages: string[];
  readonly activeCaptionLanguage: string;
  setCaptionLanguage(language: string): Promise<void>;
  on(event: 'CaptionsActiveChanged' | 'SpokenLanguageChanged' | 'CaptionLanguageChanged', listener: PropertyChangedEvent): void;
  on(event: 'CaptionsReceived', listener: TeamsCaptionsHandler): void;
  off(event: 'CaptionsActiveChanged' | 'SpokenLanguageChanged' | 'CaptionLanguageChanged', listener: PropertyChangedEvent): void;
  off(event: 'CaptionsReceived', listener: TeamsCaptionsHandler): void;
}
export interface CaptionsCallFeature extends CallFeature {
  readonly captions: Captions | TeamsCaptions;
  on(event: 'CaptionsKindChanged', listener: PropertyChangedEvent): void;
  off(event: 'CaptionsKindChanged', listener: PropertyChangedEvent): void;
}
export type RealTimeTextResultType = 'Partial' | 'Final';
export interface RealTimeTextInfo {
  readonly sequenceId: number;
  readonly sender: ParticipantInfo;
  readonly text: string;
  readonly resultType: RealTimeTextResultType;
  readonly receivedTimestamp?: Date;
  readonly updatedTimestamp?: Date;
  readonly isLocal: boolean;
}
export type RealTimeTextReceivedEventHandler = (data: RealTimeTextInfo) => void;
export interface RealTimeTextFeature extends CallFeature {
  sendRealTimeText(text: string, finalize?: boolean): Promise<void>;
  on(event: 'realTimeTextReceived', listener: RealTimeTextReceivedEventHandler): void;
  off(event: 'realTimeTextReceived', listener: RealTimeTextReceivedEventHandler): void;
}

// Hands, reactions, spotlight.

export interface RaisedHand {
  readonly identifier: CommunicationIdentifier;
  readonly order: number;
}
export interface RaisedHandChangedEvent {
  readonly identifier: CommunicationIdentifier;
}
export type RaisedHandListener = (args: RaisedHandChangedEvent) => void;
export interface RaiseHandCallFeature extends CallFeature {
  raiseHand(): Promise<void>;
  lowerHand(): Promise<void>;
  lowerHands(participants: CommunicationIdentifier[]): Promise<void>;
  lowerAllHands(): Promise<void>;
  getRaisedHands(): RaisedHand[];
  on(event: 'raisedHandEvent' | 'loweredHandEvent', listener: RaisedHandListener): void;
  off(event: 'raisedHandEvent' | 'loweredHandEvent', listener: RaisedHandListener): void;
}
export type Reaction = 'like' | 'heart' | 'laugh' | 'surprised' | 'applause';
export interface ReactionMessage {
  readonly reactionType: Reaction;
  readonly name?: string;
}
export interface ReactionEventPayload {
  readonly identifier: CommunicationIdentifier;
  readonly reactionMessage: ReactionMessage;
}
export interface ReactionCallFeature extends CallFeature {
  sendReaction(message: ReactionMessage): Promise<void>;
  on(event: 'reaction', listener: (args: ReactionEventPayload) => void): void;
  off(event: 'reaction', listener: (args: ReactionEventPayload) => void): void;
}
export interface SpotlightedParticipant {
  readonly identifier: CommunicationIdentifier;
  readonly order?: number;
}
export interface SpotlightCallFeature extends CallFeature {
  readonly maxParticipantsToSpotlight: number;
  startSpotlight(participants?: CommunicationIdentifier[]): Promise<void>;
  stopSpotlight(participants?: CommunicationIdentifier[]): Promise<void>;
  stopAllSpotlight(): Promise<void>;
  getSpotlightedParticipants(): SpotlightedParticipant[];
  on(event: 'spotlightChanged', listener: CollectionUpdatedEvent<SpotlightedParticipant>): void;
  off(event: 'spotlightChanged', listener: CollectionUpdatedEvent<SpotlightedParticipant>): void;
}

// Transfer.

export type TransferState = 'None' | 'Transferring' | 'Transferred' | 'Failed';
export interface TransferToParticipantLocator {
  targetParticipant: CommunicationIdentifier;
}
export interface TransferToCallLocator {
  targetCallId: string;
}
export interface TransferToParticipantVoicemailLocator {
  targetParticipantVoicemail: CommunicationIdentifier;
}
export interface TransferToParticipantOptions {
  disableForwardingAndUnanswered?: boolean;
}
export interface Transfer {
  readonly state: TransferState;
  readonly error?: { code: number; subCode?: number };
  on(event: 'stateChanged', listener: PropertyChangedEvent): void;
  off(event: 'stateChanged', listener: PropertyChangedEvent): void;
}
export interface TransferEventArgs {
  readonly targetCall: Call | TeamsCall;
}
export interface TransferCallFeature extends CallFeature {
  transfer(
    target: TransferToParticipantLocator | TransferToCallLocator | TransferToParticipantVoicemailLocator,
    options?: TransferToParticipantOptions,
  ): Transfer;
  on(event: 'transferAccepted', listener: (args: TransferEventArgs) => void): void;
  off(event: 'transferAccepted', listener: (args: TransferEventArgs) => void): void;
}

// Breakout rooms and together mode.

export interface Invitee {
  readonly id: CommunicationIdentifier;
  readonly role: ParticipantRole;
}
export interface BreakoutRoomsSettings {
  readonly disableReturnToMainMeeting: boolean;
  readonly roomEndTime?: Date;
}
export interface BreakoutRoom {
  readonly threadId?: string;
  readonly displayName: string;
  readonly state: 'open' | 'closed';
  readonly autoMoveParticipantToBreakoutRoom: boolean;
  readonly invitees: Invitee[];
  readonly call?: Call | TeamsCall;
  join(): Promise<Call | TeamsCall>;
  returnToMainMeeting(): Promise<Call | TeamsCall>;
}
export type BreakoutRoomsEventData =
  | { readonly type: 'assignedBreakoutRooms'; readonly data: BreakoutRoom | undefined }
  | { readonly type: 'breakoutRooms'; readonly data: BreakoutRoom[] | undefined }
  | { readonly type: 'breakoutRoomsSettings'; readonly data: BreakoutRoomsSettings | undefined }
  | { readonly type: 'join'; readonly data: Call | TeamsCall };
export type BreakoutRoomsEvent = BreakoutRoomsEventData;
export type BreakoutRoomsUpdatedListener = (event: BreakoutRoomsEvent) => void;
export interface BreakoutRoomsCallFeature extends CallFeature {
  readonly assignedBreakoutRooms: BreakoutRoom | undefined;
  readonly breakoutRoomsSettings: BreakoutRoomsSettings | undefined;
  readonly breakoutRooms: BreakoutRoom[] | undefined;
  on(event: 'breakoutRoomsUpdated', listener: BreakoutRoomsUpdatedListener): void;
  off(event: 'breakoutRoomsUpdated', listener: BreakoutRoomsUpdatedListener): void;
}
export interface TogetherModeVideoStream extends RemoteVideoStream {}
export interface TogetherModeSeatingPosition {
  readonly top: number;
  readonly left: number;
  readonly width: number;
  readonly height: number;
}
export type TogetherModeSeatingMap = Map<string, TogetherModeSeatingPosition>;
export interface TogetherModeCallFeature extends CallFeature {
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
