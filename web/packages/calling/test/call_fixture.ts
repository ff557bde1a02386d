// A call with a server that the test plays by hand.
import { LiveCall } from '../src/call';
import { BrowserDeviceManager } from '../src/devices';
import { CommunicationServicesError } from '../src/errors';
import type { Opening } from '../src/opening';
import { CAPABILITY_NAMES } from '../src/features/capabilities';
import { CallKind } from '../src/types/vocabulary';
import type { ParticipantCapabilities, ParticipantCapabilityName } from '../src/types/features';
import type { JoinCallOptions } from '../src/types/call';
import type { JoinReply, LegFrame, LobbyEntry, RosterEntry } from '../src/wire';
import { FakePeer, installBrowser, ManualClock, OWN_RAW_ID, settle, type FakeBrowser } from './fakes';

type Frame = Record<string, unknown> & { type: string };
type Answer = (frame: Frame) => unknown;

export function capabilities(absent: ParticipantCapabilityName[] = []): ParticipantCapabilities {
  return Object.fromEntries(
    CAPABILITY_NAMES.map((name) => [
      name,
      absent.includes(name) ? { isPresent: false, reason: 'RoleRestricted' } : { isPresent: true, reason: 'Capable' },
    ]),
  ) as ParticipantCapabilities;
}

export function person(fields: Partial<RosterEntry> & { id: string }): RosterEntry {
  return {
    rawId: `8:orgid:${fields.id}`,
    kind: 'member',
    displayName: fields.id,
    role: 'Presenter',
    state: 'connected',
    muted: false,
    camera: false,
    share: false,
    joinedOn: 1,
    self: false,
    ...fields,
  };
}

export function waiting(fields: Partial<LobbyEntry> & { id: string }): LobbyEntry {
  return { rawId: `8:acs:r_${fields.id}`, kind: 'external', displayName: fields.id, label: 'External', since: 1, ...fields };
}

export class CallFixture {
  readonly browser: FakeBrowser;
  readonly clock = new ManualClock();
  readonly sent: Frame[] = [];
  readonly ended: LiveCall[] = [];
  readonly devices: BrowserDeviceManager;
  readonly call: LiveCall;
  readonly states: string[] = [];
  /** What the server says to a request of a type; by default it agrees. */
  answers: Record<string, Answer> = {};
  private _rosterVersion = 0;

  constructor(options: JoinCallOptions = { audioOptions: { muted: true } }, kind = CallKind.Call, browser = installBrowser(), opening: Opening = { locator: { meetingLink: 'https://meet.example/meet/1' } }) {
    this.browser = browser;
    this.devices = new BrowserDeviceManager();
    this.call = new LiveCall(
      {
        kind,
        ownRawId: OWN_RAW_ID,
        displayName: 'Ana',
        devices: this.devices,
        clock: this.clock,
        createPeer: (configuration) => new FakePeer(configuration) as unknown as RTCPeerConnection,
        request: <T>(frame: Frame) => this.answer(frame) as Promise<T>,
        onEnded: (call) => this.ended.push(call),
      },
      opening,
      options,
    );
    this.call.on('stateChanged', () => this.states.push(this.call.state));
  }

  joinReply(fields: Partial<JoinReply> = {}): JoinReply {
    return {
      leg: this.call.leg,
      callId: 'server-call',
      kind: 'meeting',
      state: 'connected',
      participantId: 'p-self',
      rejoinKey: 'secret',
      role: 'Attendee',
      capabilities: capabilities(),
      threadId: '19:meeting_1@thread.v2',
      iceServers: [],
      videoSlots: 9,
      ...fields,
    };
  }

  async join(fields: Partial<JoinReply> = {}): Promise<void> {
    this.answers['join'] ??= () => this.joinReply(fields);
    this.call.begin();
    await settle();
  }

  async joinLobby(): Promise<void> {
    await this.join({ state: 'lobby', threadId: undefined });
  }

  push(frame: Record<string, unknown> & { type: LegFrame['type'] }): void {
    this.call.handle({ leg: this.call.leg, ...frame } as unknown as LegFrame);
  }

  roster(participants: RosterEntry[], removed: { id: string; code: number; subCode: number }[] = [], full = this._rosterVersion === 0): void {
    this.push({ type: 'roster', version: ++this._rosterVersion, full, participants, removed });
  }

  of(type: string): Frame[] {
    return this.sent.filter((frame) => frame.type === type);
  }

  refuse(type: string, code: number, subCode: number): void {
    this.answers[type] = () => {
      throw new CommunicationServicesError(code, subCode, 'refused');
    };
  }

  private async answer(frame: Frame): Promise<unknown> {
    this.sent.push(frame);
    const answer = this.answers[frame.type];
    if (answer) return answer(frame);
    return frame.type === 'offer' ? { sdp: 'answer' } : {};
  }
}
