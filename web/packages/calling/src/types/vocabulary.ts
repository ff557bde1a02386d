// Words shared by the whole public surface: listeners, end reasons, locators, roles and the small enums.
import type { CommunicationIdentifierKind } from '@azure/communication-common';

/** A listener for a property that changed; it reads the new value from the object itself. */
export type PropertyChangedEvent = () => void;

/** A listener for a collection that changed. */
export type CollectionUpdatedEvent<T> = (args: { added: T[]; removed: T[] }) => void;

export interface Disposable {
  dispose(): void;
}

/** Why a call, a leg or a request ended. `message` is for people; programs read the numbers. */
export interface CallEndReason {
  readonly code: number;
  readonly subCode?: number;
  readonly message?: string;
  readonly resultCategories?: ResultCategory[];
}

export type ResultCategory = 'Success' | 'ExpectedError' | 'UnexpectedClientError' | 'UnexpectedServerError';

export type CallState =
  | 'None'
  | 'Connecting'
  | 'Ringing'
  | 'Connected'
  | 'LocalHold'
  | 'RemoteHold'
  | 'InLobby'
  | 'Disconnecting'
  | 'Disconnected'
  | 'EarlyMedia';

export type RemoteParticipantState =
  | 'Idle'
  | 'Connecting'
  | 'Ringing'
  | 'Connected'
  | 'Hold'
  | 'InLobby'
  | 'EarlyMedia'
  | 'Disconnected';

export type CallDirection = 'Incoming' | 'Outgoing';

export type ParticipantRole =
  | 'Unknown'
  | 'Attendee'
  | 'Presenter'
  | 'Organizer'
  | 'Co-organizer'
  | 'Consumer'
  | 'Collaborator';

export type ConnectionState = 'Connected' | 'Disconnected';
export type ConnectionStateChangedReason = 'invalidToken' | 'connectionIssue';

export interface ConnectionStateChangedEventArgs {
  readonly newValue: ConnectionState;
  readonly oldValue: ConnectionState;
  readonly reason?: ConnectionStateChangedReason;
}

export enum CallKind {
  Call = 'Call',
  TeamsCall = 'TeamsCall',
}

export enum CallAgentKind {
  CallAgent = 'CallAgent',
  TeamsCallAgent = 'TeamsCallAgent',
}

export enum IncomingCallKind {
  IncomingCall = 'IncomingCall',
  TeamsIncomingCall = 'TeamsIncomingCall',
}

export enum DiagnosticQuality {
  Good = 1,
  Poor = 2,
  Bad = 3,
}

export enum RecordingState {
  None = 0,
  Started = 1,
  Paused = 2,
  Ended = 3,
}

export enum DevicePermissionAccess {
  granted = 'granted',
  denied = 'denied',
  prompt = 'prompt',
}

// Where to join.

export interface GroupLocator {
  groupId: string;
}
export interface GroupCallLocator extends GroupLocator {}

export interface RoomLocator {
  roomId: string;
}
export interface RoomCallLocator extends RoomLocator {}

export interface MeetingLocator {}

export interface TeamsMeetingLinkLocator extends MeetingLocator {
  meetingLink: string;
}

export interface TeamsMeetingIdLocator extends MeetingLocator {
  meetingId: string;
  passcode?: string;
}

export interface TeamsMeetingCoordinatesLocator extends MeetingLocator {
  threadId: string;
  organizerId: string;
  tenantId: string;
  messageId: string;
}

export type JoinLocator =
  | GroupLocator
  | RoomLocator
  | TeamsMeetingLinkLocator
  | TeamsMeetingIdLocator
  | TeamsMeetingCoordinatesLocator;

export interface CallerInfo {
  readonly identifier?: CommunicationIdentifierKind;
  readonly displayName?: string;
}

export interface ParticipantInfo {
  readonly identifier?: CommunicationIdentifierKind;
  readonly displayName?: string;
}

export interface TransferorInfo {
  readonly identifier?: CommunicationIdentifierKind;
}

export interface EndpointDetails {
  readonly participantId: string;
}

export interface CustomContext {
  userToUser?: string;
  xHeaders?: { key: string; value: string }[];
  sipHeaders?: { key: string; value: string }[];
  voipHeaders?: { key: string; value: string }[];
}

export type DtmfTone =
  | 'Num0'
  | 'Num1'
  | 'Num2'
  | 'Num3'
  | 'Num4'
  | 'Num5'
  | 'Num6'
  | 'Num7'
  | 'Num8'
  | 'Num9'
  | 'Star'
  | 'Pound'
  | 'A'
  | 'B'
  | 'C'
  | 'D'
  | 'Flash';
