// The call model on stand-ins for the objects of the SDK.
import { CallClient, type DeviceManager, Features } from '@parvis/calling';
import { beforeEach, describe, expect, it } from 'vitest';
import { Meeting, type Seat } from './meeting';

// Stand-ins for the SDK's objects: events by hand, state by assignment.
class Events {
  private listeners = new Map<string, Set<(args?: unknown) => void>>();
  on(event: string, listener: (args?: unknown) => void): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(listener));
  }
  off(event: string, listener: (args?: unknown) => void): void {
    this.listeners.get(event)?.delete(listener);
  }
  emit(event: string): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) listener();
  }
  count(): number {
    return [...this.listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

class FakePerson extends Events {
  identifier;
  state = 'Connected';
  isMuted = false;
  isSpeaking = false;
  role = 'Attendee';
  videoStreams: unknown[] = [];
  endpointDetails: { participantId: string }[];
  constructor(id: string, public displayName: string) {
    super();
    this.identifier = { kind: 'communicationUser', communicationUserId: `8:acs:r_${id}` };
    this.endpointDetails = [{ participantId: id }];
  }
}

class FakeLobby extends Events {
  participants: FakePerson[] = [];
  admitted: unknown[] = [];
  admit = async (identifier: unknown): Promise<void> => void this.admitted.push(identifier);
}

class FakeCall extends Events {
  state = 'Connecting';
  callEndReason?: { code: number; subCode: number };
  isMuted = false;
  isScreenSharingOn = false;
  role = 'Organizer';
  info: { threadId?: string } = {};
  localVideoStreams = [];
  remoteParticipants: FakePerson[] = [];
  lobby = new FakeLobby();
  capabilities: Record<string, { isPresent: boolean }> = { unmuteMic: { isPresent: true } };
  speakers: unknown[] = [];
  network: object = {};
  hangUpFails = false;
  private parts = new Events();
  feature(key: unknown): unknown {
    const on = this.parts.on.bind(this.parts);
    if (key === Features.Capabilities) return { capabilities: this.capabilities, on };
    if (key === Features.DominantSpeakers) return { dominantSpeakers: { speakersList: this.speakers }, on };
    return { network: { getLatest: () => this.network, on } };
  }
  async hangUp(): Promise<void> {
    if (this.hangUpFails) throw Object.assign(new Error('no'), { code: 403, subCode: 0 });
    this.end(0, 0);
  }
  end(code: number, subCode: number): void {
    this.callEndReason = { code, subCode };
    this.state = 'Disconnected';
    this.emit('stateChanged');
  }
}

let call: FakeCall;
let disposed: number;
let meeting: Meeting;
const seat = { credential: {}, as: { member: true } } as unknown as Seat;
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

beforeEach(async () => {
  call = new FakeCall();
  disposed = 0;
  const agent = { join: () => call, dispose: async () => void (disposed += 1) };
  const client = { createTeamsCallAgent: async () => agent } as unknown as CallClient;
  meeting = new Meeting(client, {} as DeviceManager);
  await meeting.join(seat, { meetingLink: 'https://h.example/meet/1' }, { muted: false });
});

async function connected(...people: FakePerson[]): Promise<void> {
  call.state = 'Connected';
  call.info.threadId = 't';
  call.remoteParticipants = people;
  call.emit('stateChanged');
  await settled();
}

describe('phases', () => {
  it('go from joining by the lobby into the call', async () => {
    expect(meeting.snapshot().phase).toBe('joining');
    call.state = 'InLobby';
    call.emit('stateChanged');
    await settled();
    expect(meeting.snapshot()).toMatchObject({ phase: 'lobby', threadId: undefined });
    await connected();
    expect(meeting.snapshot()).toMatchObject({ phase: 'connected', threadId: 't' });
  });

  // A denied guest sees why.
  it('end with the reason and let the agent go, once', async () => {
    call.end(0, 5854);
    await settled();
    call.end(0, 5300);
    await settled();
    expect(meeting.snapshot()).toMatchObject({ phase: 'ended', ending: { kind: 'denied' } });
    expect(disposed).toBe(1);
  });

  it('end when the join itself is refused', async () => {
    const client = { createTeamsCallAgent: async () => Promise.reject(Object.assign(new Error('x'), { code: 401, subCode: 10009 })) };
    const refused = new Meeting(client as unknown as CallClient, {} as DeviceManager);
    await refused.join(seat, { meetingLink: 'x' }, { muted: true });
    expect(refused.snapshot()).toMatchObject({ phase: 'ended', ending: { kind: 'expired' } });
  });

  it('tell leaving from ending for all', async () => {
    await connected();
    await meeting.leave(true);
    expect(meeting.snapshot().ending?.kind).toBe('endedByMe');
  });

  it('go on when ending for all is refused', async () => {
    await connected();
    call.hangUpFails = true;
    await meeting.leave(true);
    await settled();
    expect(meeting.snapshot()).toMatchObject({ phase: 'connected', fault: 'The call could not be ended for everybody' });
    call.end(0, 0);
    await settled();
    expect(meeting.snapshot().ending?.kind).toBe('left');
  });
});

// [H1] [H2] names are shown as the server gives them.
describe('people', () => {
  it('are shown by the name the server gives, those of the lobby apart', async () => {
    call.lobby.participants = [new FakePerson('3', 'Ben (External)')];
    await connected(new FakePerson('1', 'Ana (External)'), new FakePerson('2', ''));
    expect(meeting.snapshot().people.map(({ name }) => name)).toEqual(['Ana (External)', 'Unnamed person']);
    expect(meeting.snapshot().waiting).toEqual([{ rawId: '8:acs:r_3', name: 'Ben (External)' }]);
  });

  it('do not speak while muted, and leave no listener behind', async () => {
    const ana = new FakePerson('1', 'Ana');
    await connected(ana);
    Object.assign(ana, { isMuted: true, isSpeaking: true });
    ana.emit('isMutedChanged');
    await settled();
    expect(meeting.snapshot().people[0]).toMatchObject({ muted: true, speaking: false });
    call.remoteParticipants = [];
    call.emit('remoteParticipantsUpdated');
    await settled();
    expect(ana.count()).toBe(0);
  });

  it('with one name on two devices are two', async () => {
    const laptop = new FakePerson('1', 'Ana');
    const phone = new FakePerson('2', 'Ana');
    phone.identifier = laptop.identifier;
    await connected(laptop, phone);
    expect(new Set(meeting.snapshot().people.map(({ key }) => key)).size).toBe(2);
  });

  it('are ranked by who speaks loudest', async () => {
    const [ana, ben] = [new FakePerson('1', 'Ana'), new FakePerson('2', 'Ben')];
    call.speakers = [ben.identifier, ana.identifier];
    await connected(ana, ben);
    expect(meeting.snapshot().dominant).toEqual(['2', '1']);
  });
});

// [A4] the share control is there only where the SDK says that this browser and this role can share.
describe('the share control', () => {
  it('follows the capability', async () => {
    await connected();
    expect(meeting.snapshot().can.share).toBe(false);
    call.capabilities = { ...call.capabilities, shareScreen: { isPresent: true } };
    call.emit('stateChanged');
    await settled();
    expect(meeting.snapshot().can.share).toBe(true);
  });
});

// [D4] the host admits from our own panel.
describe('the lobby', () => {
  it('admits whom the host chose', async () => {
    const ben = new FakePerson('3', 'Ben');
    call.lobby.participants = [ben];
    await connected();
    await meeting.admit('8:acs:r_3');
    expect(call.lobby.admitted).toEqual([ben.identifier]);
  });

  it('says so when the person has gone meanwhile', async () => {
    await connected();
    await meeting.admit('8:acs:r_9');
    expect(meeting.snapshot().fault).toBe('That person could not be let in');
    meeting.clearFault();
    expect(meeting.snapshot().fault).toBeUndefined();
  });
});

it('offers only what the server allows', async () => {
  await connected();
  expect(meeting.snapshot().can).toMatchObject({ mic: true, camera: false, lobby: false, endForAll: false });
});

it('takes several events as one change', async () => {
  await connected();
  let changes = 0;
  meeting.subscribe(() => (changes += 1));
  for (const event of ['isMutedChanged', 'roleChanged', 'remoteParticipantsUpdated']) call.emit(event);
  await settled();
  expect(changes).toBe(1);
});

it.each([
  [{}, 'good'],
  [{ networkReceiveQuality: { value: 2 } }, 'poor'],
  [{ networkReconnect: { value: 3 } }, 'lost'],
  [{ noNetwork: { value: true } }, 'lost'],
  [{ noNetwork: { value: false } }, 'good'],
])('%j is a network that is %s', async (network, shown) => {
  call.network = network;
  await connected();
  expect(meeting.snapshot().network).toBe(shown);
});
