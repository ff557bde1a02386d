// The client and the agents that place and receive calls.
import type {
  CommunicationUserIdentifier,
  MicrosoftTeamsAppIdentifier,
  MicrosoftTeamsUserIdentifier,
  PhoneNumberIdentifier,
  UnknownIdentifier,
} from '@azure/communication-common';
import type {
  Call,
  CallFeature,
  CallFeatureFactory,
  IncomingCallEvent,
  JoinCallOptions,
  StartCallOptions,
  StartTeamsCallOptions,
  TeamsCall,
  TeamsIncomingCallEvent,
} from './call';
import type {
  CallAgentKind,
  CollectionUpdatedEvent,
  ConnectionState,
  ConnectionStateChangedEventArgs,
  GroupLocator,
  MeetingLocator,
  RoomLocator,
  TeamsMeetingIdLocator,
  TeamsMeetingLinkLocator,
} from './vocabulary';

export interface DiagnosticOptions {
  appName?: string;
  appVersion?: string;
  tags?: string[];
}

export interface NetworkConfiguration {
  proxy?: { url: string };
  turn?: { iceServers: { urls: string[]; username?: string; credential?: string }[] };
}

/** What the client does with its log lines. Anything with these four methods will do. */
export interface CallLogger {
  verbose(...args: unknown[]): void;
  info(...args: unknown[]): void;
  warning(...args: unknown[]): void;
  error(...args: unknown[]): void;
}

export interface CallClientOptions {
  logger?: CallLogger;
  diagnostics?: DiagnosticOptions;
  networkConfiguration?: NetworkConfiguration;
}

export interface CallAgentCommonOptions {}
export interface CallAgentOptions extends CallAgentCommonOptions {
  displayName?: string;
  emergencyCallOptions?: { countryCode: string };
}
export interface TeamsCallAgentOptions extends CallAgentCommonOptions {
  emergencyCallOptions?: { countryCode: string };
}

export type ConnectionStateChangedListener = (args: ConnectionStateChangedEventArgs) => void;

export interface CallAgentCommon {
  readonly connectionState: ConnectionState;
  feature<TFeature extends CallFeature>(factory: CallFeatureFactory<TFeature>): TFeature;
  handleIncomingCall(payload: unknown): Promise<void>;
  dispose(): Promise<void>;
}

type Callee = CommunicationUserIdentifier | PhoneNumberIdentifier | MicrosoftTeamsUserIdentifier | MicrosoftTeamsAppIdentifier | UnknownIdentifier;

export interface CallAgent extends CallAgentCommon {
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

export interface TeamsCallAgent extends CallAgentCommon {
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
