// A call as an app sees it: the call, its participants, its lobby and its features' entry.
import type {
  CommunicationIdentifier,
  CommunicationIdentifierKind,
  CommunicationUserIdentifier,
  MicrosoftTeamsAppIdentifier,
  MicrosoftTeamsUserIdentifier,
  PhoneNumberIdentifier,
  UnknownIdentifier,
} from '@azure/communication-common';
import type { LocalAudioStream } from '../local_audio';
import type { LocalVideoStream } from '../local_video';
import type {
  CallDirection,
  CallEndReason,
  CallerInfo,
  CallKind,
  CallState,
  CollectionUpdatedEvent,
  CustomContext,
  DtmfTone,
  EndpointDetails,
  IncomingCallKind,
  ParticipantRole,
  PropertyChangedEvent,
  RemoteParticipantState,
  TransferorInfo,
} from './vocabulary';
import type { AudioDeviceInfo } from './devices';
import type { MediaConstraints, RemoteAudioStream, RemoteVideoStream, VideoConstraints } from './streams';

/** Names a feature; the constants of `Features` are the only instances worth passing. */
export interface CallFeatureFactory<TFeature extends CallFeature> {
  readonly name: string;
  /** Never set: it only carries the type of what `feature()` returns. */
  readonly featureType?: TFeature;
}

export interface CallFeature {
  readonly name: string;
  dispose?(): void;
}

export interface AudioOptions {
  muted?: boolean;
  localAudioStreams?: LocalAudioStream[];
}

export interface VideoOptions {
  localVideoStreams?: LocalVideoStream[];
  constraints?: VideoConstraints;
}

export interface CallOptions {
  videoOptions?: VideoOptions;
  audioOptions?: AudioOptions;
  customContext?: CustomContext;
}
export interface JoinCallOptions extends CallOptions {}
export interface AcceptCallOptions extends CallOptions {}
export interface StartCallOptions extends CallOptions {
  alternateCallerId?: PhoneNumberIdentifier;
  customContext?: CustomContext;
  /** How long to ring, 1,000 to 180,000 ms. Not in the original surface; 85 s without it. */
  ringForMs?: number;
}
export interface StartTeamsCallOptions extends StartCallOptions {
  threadId?: string;
}
export interface HangUpOptions {
  forEveryone: boolean;
}
export interface AddPhoneNumberOptions {
  alternateCallerId?: PhoneNumberIdentifier;
  customContext?: CustomContext;
}
export interface AddTeamsParticipantOptions {
  threadId?: string;
}

export interface CallInfoCommon {
  readonly participantId: string;
  readonly threadId?: string;
  /** What the meeting is called. Not in the original surface; known once connected. */
  readonly meetingSubject?: string;
  getConversationUrl(): Promise<string>;
  getServerCallId(): Promise<string>;
  onCallInfoChanged(event: 'callInfoChanged', listener: PropertyChangedEvent): void;
  offCallInfoChanged(event: 'callInfoChanged', listener: PropertyChangedEvent): void;
}
export interface CallInfo extends CallInfoCommon {
  readonly groupId?: string;
  readonly roomId?: string;
}
export interface TeamsCallInfo extends CallInfoCommon {}

export interface DisplayNameChangedEventArgs {
  readonly newValue?: string;
  readonly oldValue?: string;
  readonly reason?: 'editedDisplayName';
}

export interface RemoteParticipant {
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

export interface AdmitAllResult {
  readonly successCount: number;
  readonly failureCount: number;
}

export interface Lobby {
  readonly participants: RemoteParticipant[];
  admit(identifier: CommunicationIdentifier): Promise<void>;
  reject(identifier: CommunicationIdentifier): Promise<void>;
  admitAll(): Promise<AdmitAllResult>;
  on(event: 'lobbyParticipantsUpdated', listener: CollectionUpdatedEvent<RemoteParticipant>): void;
  off(event: 'lobbyParticipantsUpdated', listener: CollectionUpdatedEvent<RemoteParticipant>): void;
}

export interface MutedByOthersEventArgs {
  readonly identifier?: CommunicationIdentifierKind;
}

export interface CallCommon {
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

export type CallPropertyEvent =
  | 'stateChanged'
  | 'idChanged'
  | 'isMutedChanged'
  | 'isIncomingAudioMutedChanged'
  | 'isScreenSharingOnChanged'
  | 'isLocalVideoStartedChanged'
  | 'roleChanged'
  | 'callerInfoChanged'
  | 'transferorInfoChanged'
  | 'totalParticipantCountChanged';

export interface Call extends CallCommon {
  readonly kind: CallKind.Call;
  readonly info: CallInfo;
  addParticipant(identifier: CommunicationUserIdentifier | MicrosoftTeamsUserIdentifier): RemoteParticipant;
  addParticipant(identifier: PhoneNumberIdentifier, options?: AddPhoneNumberOptions): RemoteParticipant;
}

export interface TeamsCall extends CallCommon {
  readonly kind: CallKind.TeamsCall;
  readonly info: TeamsCallInfo;
  readonly isEmergencyCall: boolean;
  addParticipant(
    identifier: MicrosoftTeamsUserIdentifier | PhoneNumberIdentifier | MicrosoftTeamsAppIdentifier | UnknownIdentifier,
    options?: AddTeamsParticipantOptions,
  ): RemoteParticipant;
}

export interface IncomingCallCommon {
  readonly id: string;
  readonly callerInfo: CallerInfo;
  readonly callEndReason?: CallEndReason;
  readonly customContext?: CustomContext;
  reject(): Promise<void>;
  on(event: 'callEnded', listener: (args: { callEndReason: CallEndReason }) => void): void;
  off(event: 'callEnded', listener: (args: { callEndReason: CallEndReason }) => void): void;
}
export interface IncomingCall extends IncomingCallCommon {
  readonly kind: IncomingCallKind.IncomingCall;
  readonly info: CallInfo;
  accept(options?: AcceptCallOptions): Promise<Call>;
}
export interface TeamsIncomingCall extends IncomingCallCommon {
  readonly kind: IncomingCallKind.TeamsIncomingCall;
  readonly info: TeamsCallInfo;
  accept(options?: AcceptCallOptions): Promise<TeamsCall>;
}

export type IncomingCallEvent = (args: { incomingCall: IncomingCall }) => void;
export type TeamsIncomingCallEvent = (args: { teamsIncomingCall: TeamsIncomingCall; incomingCall: TeamsIncomingCall }) => void;
export type { AudioDeviceInfo };
