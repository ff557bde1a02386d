// The calling protocol's frames as types. docs/spec/calling-protocol.md is the contract; rule numbers stand beside the names.
import type { ParticipantCapabilities, CapabilitiesChangedReason } from './types/features';
import type { ParticipantRole } from './types/vocabulary';

export type WireLocator =
  | { meetingLink: string }
  | { meetingId: string; passcode?: string }
  | { threadId: string; organizerId: string; tenantId: string; messageId: string }
  | { groupId: string }
  | { callId: string }
  | { roomId: string };

/** CP-10 */
export interface WelcomeFrame {
  type: 'welcome';
  session: string;
  resumeKey: string;
  resumeWindowMs: number;
  heartbeatMs: number;
  serverTime: number;
  identity: { rawId: string; kind: IdentityKind };
  displayName?: string;
  tokenExpiresOn: number;
}
export type IdentityKind = 'external' | 'member' | 'visitor';

/** CP-21 */
export interface JoinReply {
  leg: string;
  callId: string;
  kind: 'meeting' | 'group' | 'direct' | 'room';
  state: 'connected' | 'lobby' | 'ringing';
  participantId: string;
  rejoinKey: string;
  role: ParticipantRole;
  capabilities: ParticipantCapabilities;
  threadId?: string;
  groupId?: string;
  /** CP-28 */
  roomId?: string;
  meetingSubject?: string;
  iceServers: { urls: string | string[]; username?: string; credential?: string }[];
  videoSlots: number;
}

/** CP-25 */
export interface AdmittedFrame {
  type: 'admitted';
  leg: string;
  role: ParticipantRole;
  threadId: string;
  meetingSubject?: string;
  capabilities: ParticipantCapabilities;
}

/** CP-26 */
export interface EndedFrame {
  type: 'ended';
  leg: string;
  code: number;
  subCode: number;
  message?: string;
}

/** CP-31 */
export interface RosterEntry {
  id: string;
  rawId: string;
  kind: IdentityKind;
  displayName: string;
  label?: string;
  role: ParticipantRole;
  state: 'connected' | 'reconnecting' | 'ringing';
  muted: boolean;
  camera: boolean;
  share: boolean;
  onHold?: boolean;
  joinedOn: number;
  self: boolean;
}

/** CP-30 */
export interface RosterFrame {
  type: 'roster';
  leg: string;
  version: number;
  full: boolean;
  participants: RosterEntry[];
  removed: { id: string; code: number; subCode: number }[];
}

/** CP-32 */
export interface LobbyEntry {
  id: string;
  rawId: string;
  kind: IdentityKind;
  displayName: string;
  label?: string;
  since: number;
}
export interface LobbyFrame {
  type: 'lobby';
  leg: string;
  version: number;
  full: boolean;
  participants: LobbyEntry[];
  removed: string[];
}

/** CP-35 */
export interface CapabilitiesFrame {
  type: 'capabilities';
  leg: string;
  role: ParticipantRole;
  capabilities: ParticipantCapabilities;
  reason: CapabilitiesChangedReason;
}

/** CP-43 */
export interface Want {
  participant: string;
  stream: 'camera' | 'share';
  width: number;
  height: number;
}

/** CP-44 */
export interface SlotsFrame {
  type: 'slots';
  leg: string;
  version: number;
  video: { mid: string; participant: string; stream: 'camera' | 'share' }[];
  audio: { mid: string; participant: string }[];
}

/** CP-45 */
export interface SpeakersFrame {
  type: 'speakers';
  leg: string;
  dominant: string[];
  speaking: string[];
}

/** CP-46 */
export interface MutedByOtherFrame {
  type: 'mutedByOther';
  leg: string;
  by: string;
}

/** CP-60 */
export interface StageFrame {
  type: 'stage';
  leg: string;
  hands: string[];
  spotlight: string[];
  attendees: { audio: boolean; camera: boolean };
  restricted: { id: string; audio: boolean; camera: boolean }[];
}

/** CP-64 */
export interface ReactionFrame {
  type: 'reaction';
  leg: string;
  participant: string;
  reaction: 'like' | 'heart' | 'laugh' | 'surprised' | 'applause';
}

/** CP-65 */
export interface TextFrame {
  type: 'text';
  leg: string;
  participant: string;
  sequence: number;
  text: string;
  isFinal: boolean;
}

/** CP-66 */
export interface DataFrame {
  type: 'data';
  leg: string;
  participant: string;
  channel: number;
  payload: string;
}

/** CP-52 */
export interface IncomingFrame {
  type: 'incoming';
  ring: string;
  callId: string;
  caller: { rawId: string; kind: IdentityKind; displayName: string };
  group: boolean;
  until: number;
}

/** CP-55 */
export interface IncomingEndedFrame {
  type: 'incomingEnded';
  ring: string;
  code: number;
  subCode: number;
  message?: string;
}

/** What an agent hears of rings. */
export type RingFrame = IncomingFrame | IncomingEndedFrame;

/** CP-53 */
export interface AnsweredFrame {
  type: 'answered';
  leg: string;
}

/** CP-15, CP-17 */
export interface ByeFrame {
  type: 'bye';
  code: number;
  subCode?: number;
  reason: 'tokenExpired' | 'tokenRevoked' | 'shutdown';
}

/** What a leg hears from the server, replies aside. */
export type LegFrame =
  | AdmittedFrame
  | AnsweredFrame
  | EndedFrame
  | RosterFrame
  | LobbyFrame
  | CapabilitiesFrame
  | SlotsFrame
  | SpeakersFrame
  | MutedByOtherFrame
  | StageFrame
  | ReactionFrame
  | TextFrame
  | DataFrame;

export interface RefusedFrame {
  type: 'refused';
  code: number;
  subCode: number;
  message?: string;
}
