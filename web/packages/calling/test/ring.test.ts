// Calls that ring: starting, being rung, answering, adding and hold, against a server played by the test.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CallClient } from '../src/client';
import { IncomingCalls, type LiveIncomingCall } from '../src/incoming_call';
import { ringing, type Opening } from '../src/opening';
import { CallKind, IncomingCallKind } from '../src/types/vocabulary';
import type { Call, IncomingCall, TeamsIncomingCall } from '../src/types/call';
import type { IncomingFrame } from '../src/wire';
import { CallFixture, capabilities, person } from './call_fixture';
import { credential, fakeToken, FakeSocket, installBrowser, ManualClock, settle, type FakeBrowser } from './fakes';

const BEN = '8:acs:r_ben';
const muted = { audioOptions: { muted: true } };
const rung = (fields: object = {}): ReturnType<typeof person> =>
  person({ id: 'ring-1', rawId: BEN, kind: 'external', displayName: '', state: 'ringing', ...fields });

async function calling(callees = [BEN]): Promise<CallFixture> {
  const opening: Opening = { callees, ringForMs: undefined };
  const fixture = new CallFixture(muted, CallKind.Call, installBrowser(), opening);
  fixture.answers['start'] = () => fixture.joinReply({ kind: 'direct', state: 'ringing', threadId: undefined });
  fixture.call.begin();
  await settle();
  fixture.roster([rung()]);
  return fixture;
}

describe('the caller', () => {
  test('[CP-51] [CP-53] Connecting, Ringing, Connected; the callee Connecting, Ringing, Connected as one object', async () => {
    const opening: Opening = { callees: [BEN], ringForMs: 5_000 };
    const fixture = new CallFixture(muted, CallKind.Call, installBrowser(), opening);
    fixture.answers['start'] = () => fixture.joinReply({ kind: 'direct', state: 'ringing' });
    fixture.call.begin();
    const [ben] = fixture.call.remoteParticipants;
    const seen = [ben!.state];
    ben!.on('stateChanged', () => seen.push(ben!.state));
    await settle();
    expect(fixture.of('start')[0]).toMatchObject({ leg: fixture.call.leg, callees: [BEN], ringForMs: 5_000, displayName: 'Ana', muted: true });
    expect(fixture.of('offer')).toHaveLength(1);
    fixture.roster([rung()]);
    fixture.push({ type: 'answered' });
    fixture.roster([rung({ state: 'connected', displayName: 'Ben' })]);
    await settle();
    expect(fixture.states).toEqual(['Connecting', 'Ringing', 'Connected']);
    expect(seen).toEqual(['Connecting', 'Ringing', 'Connected']);
    expect(fixture.call.remoteParticipants).toEqual([ben]);
    expect(ben!.displayName).toBe('Ben');
    expect(fixture.call.direction).toBe('Outgoing');
  });

  test.each([
    ['declined', 603, 0],
    ['no answer', 487, 10004],
    ['all declined', 487, 10024],
  ])('[CP-54] %s ends the call with %i/%i, as expected errors', async (_name, code, subCode) => {
    const fixture = await calling();
    fixture.push({ type: 'ended', code, subCode });
    expect(fixture.call.callEndReason).toMatchObject({ code, subCode, resultCategories: ['ExpectedError'] });
  });

  test('[CP-51] a refused start is Disconnected with the code of the answer', async () => {
    const fixture = new CallFixture(muted, CallKind.Call, installBrowser(), { callees: [BEN], ringForMs: undefined });
    fixture.refuse('start', 480, 10037);
    fixture.call.begin();
    await settle();
    expect(fixture.states).toEqual(['Connecting', 'Disconnected']);
    expect(fixture.call.callEndReason).toMatchObject({ code: 480, subCode: 10037 });
  });

  test('[CP-56] after a lost session it goes on by the call\'s id; one that never heard of its ringing rings nobody twice', async () => {
    const fixture = await calling();
    fixture.answers['join'] = () => fixture.joinReply({ kind: 'direct', state: 'connected' });
    fixture.call.rejoin();
    await settle();
    expect(fixture.of('join')[0]).toMatchObject({ locator: { callId: 'server-call' }, rejoinKey: 'secret' });
    expect(fixture.states.slice(-1)).toEqual(['Connected']);

    const silent = new CallFixture(muted, CallKind.Call, installBrowser(), { callees: [BEN], ringForMs: undefined });
    silent.answers['start'] = () => new Promise(() => undefined);
    silent.call.begin();
    await settle();
    silent.call.rejoin();
    expect(silent.of('start')).toHaveLength(1);
    expect(silent.call.callEndReason).toMatchObject({ code: 490, subCode: 4502 });
  });

  test('[CP-57] [CP-58] adds somebody, who is there at once; takes a ringing one back; a refusal leaves with its code', async () => {
    const fixture = await calling();
    fixture.push({ type: 'answered' });
    fixture.roster([rung({ state: 'connected' })]);
    const cy = fixture.call.addParticipant({ communicationUserId: '8:acs:r_cy' });
    expect(cy.state).toBe('Connecting');
    await settle();
    expect(fixture.of('invite')).toEqual([{ type: 'invite', leg: fixture.call.leg, callee: '8:acs:r_cy' }]);
    fixture.roster([rung({ id: 'ring-2', rawId: '8:acs:r_cy' })]);
    expect(cy.state).toBe('Ringing');
    await fixture.call.removeParticipant({ communicationUserId: '8:acs:r_cy' });
    expect(fixture.of('remove')).toEqual([{ type: 'remove', leg: fixture.call.leg, participant: 'ring-2' }]);
    fixture.roster([], [{ id: 'ring-2', code: 487, subCode: 0 }]);
    expect([cy.state, cy.callEndReason]).toEqual(['Disconnected', { code: 487, subCode: 0 }]);
    fixture.refuse('invite', 403, 10124);
    const member = fixture.call.addParticipant({ microsoftTeamsUserId: 'm' });
    await settle();
    expect([member.state, member.callEndReason]).toEqual(['Disconnected', { code: 403, subCode: 10124 }]);
    expect(fixture.call.remoteParticipants).toHaveLength(1);
  });

  test('[CP-59] hold is the server\'s; the other one\'s hold is RemoteHold, and their picture is gone', async () => {
    const fixture = await calling();
    fixture.push({ type: 'answered' });
    fixture.roster([rung({ state: 'connected', camera: true })]);
    const [ben] = fixture.call.remoteParticipants;
    fixture.roster([rung({ state: 'connected', camera: true, onHold: true })]);
    expect([fixture.call.state, ben!.state]).toEqual(['RemoteHold', 'Hold']);
    expect(ben!.videoStreams[0]!.isAvailable).toBe(false);
    await fixture.call.hold();
    expect(fixture.of('hold')).toEqual([{ type: 'hold', leg: fixture.call.leg, on: true }]);
    expect(fixture.call.state).toBe('LocalHold');
    await fixture.call.resume();
    expect(fixture.call.state).toBe('RemoteHold');
    fixture.roster([rung({ state: 'connected', camera: true })]);
    expect([fixture.call.state, ben!.state]).toEqual(['Connected', 'Connected']);
  });

  test('whom to ring is checked first', () => {
    const codes = (people: unknown, options: object | undefined, identity: 'external' | 'member'): unknown => {
      try {
        return ringing(people, options, identity);
      } catch (thrown) {
        return (thrown as { subCode: number }).subCode;
      }
    };
    expect(codes([], undefined, 'external')).toBe(10044);
    expect(codes([{}], undefined, 'external')).toBe(10044);
    expect(codes({ microsoftTeamsUserId: 'm' }, { threadId: 't' }, 'member')).toBe(40213);
    expect(codes([{ microsoftTeamsUserId: 'm' }, { microsoftTeamsUserId: 'n' }], {}, 'member')).toBe(40212);
    expect(codes({ microsoftTeamsUserId: 'm' }, undefined, 'member')).toEqual({ callees: ['8:orgid:m'], ringForMs: undefined });
  });
});

describe('the rung', () => {
  const frame: IncomingFrame = {
    type: 'incoming', ring: 'r', callId: 'c', caller: { rawId: BEN, kind: 'external', displayName: 'Ben' }, group: false, until: 85_000,
  };

  function rings(): { clock: ManualClock; calls: LiveIncomingCall[]; incoming: IncomingCalls; ends: unknown[] } {
    const [clock, calls, ends] = [new ManualClock(), [] as LiveIncomingCall[], [] as unknown[]];
    const incoming = new IncomingCalls({
      clock,
      kind: IncomingCallKind.IncomingCall,
      serverAheadMs: () => 1_000,
      accept: () => { throw new Error('not here'); },
      decline: async () => undefined,
      onIncoming: (call) => {
        calls.push(call);
        call.on('callEnded', ({ callEndReason: { code, subCode } }: { callEndReason: { code: number; subCode: number } }) => ends.push([code, subCode]));
      },
    });
    return { clock, calls, incoming, ends };
  }

  test('[CP-52] [CP-55] a ring told twice is one; it ends once, with the server\'s code', () => {
    const { calls, incoming, ends } = rings();
    incoming.handle(frame);
    incoming.handle(frame);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ id: 'r', kind: 'IncomingCall', callerInfo: { displayName: 'Ben', identifier: { communicationUserId: BEN } } });
    incoming.handle({ type: 'incomingEnded', ring: 'r', code: 487, subCode: 10003 });
    incoming.handle({ type: 'incomingEnded', ring: 'r', code: 487, subCode: 10003 });
    expect(ends).toEqual([[487, 10003]]);
    expect(calls[0]!.callEndReason).toMatchObject({ code: 487, subCode: 10003 });
  });

  test('[CP-52] a ring of which nothing more is heard ends by itself after its time', async () => {
    const { clock, incoming, ends } = rings();
    incoming.handle({ ...frame, until: clock.nowMs() + 86_000 });
    await clock.advance(89_900);
    expect(ends).toEqual([]);
    await clock.advance(200);
    expect(ends).toEqual([[487, 0]]);
  });

  let browser: FakeBrowser;
  beforeEach(() => {
    vi.useFakeTimers();
    browser = installBrowser();
  });
  afterEach(() => vi.useRealTimers());

  const socket = (): FakeSocket => browser.sockets[browser.sockets.length - 1]!;
  let seq = 0;
  const say = (text: Record<string, unknown>): void => socket().say({ seq: ++seq, ...text });

  async function welcomed(): Promise<void> {
    seq = 0;
    await settle();
    socket().open();
    socket().say({
      type: 'welcome', session: 's', resumeKey: 'k', resumeWindowMs: 60_000, heartbeatMs: 10_000, serverTime: Date.now(),
      identity: { rawId: '8:acs:r_u', kind: 'external' }, tokenExpiresOn: Date.now() + 3_600_000,
    });
  }

  const joined = (leg: unknown): Record<string, unknown> => ({
    leg, callId: 'c', kind: 'direct', state: 'connected', participantId: 'r', rejoinKey: 'k', role: 'Presenter',
    capabilities: capabilities(), iceServers: [], videoSlots: 9,
  });

  test('[CP-53] accept gives an incoming, connected call; the caller is its callerInfo', async () => {
    const agent = await new CallClient().createCallAgent(credential(fakeToken()) as never, { displayName: 'Ana' });
    const heard: IncomingCall[] = [];
    const calls: Call[] = [];
    agent.on('incomingCall', ({ incomingCall }) => heard.push(incomingCall));
    agent.on('callsUpdated', ({ added }) => calls.push(...added));
    await welcomed();
    say({ ...frame, until: Date.now() + 85_000 });
    const accepting = heard[0]!.accept(muted);
    await settle();
    const request = socket().of('accept')[0]!;
    expect(request).toMatchObject({ ring: 'r', displayName: 'Ana', muted: true });
    say({ type: 'reply', id: request['id'], result: joined(request['leg']) });
    const call = await accepting;
    expect(calls).toEqual([call]);
    expect(call).toMatchObject({ state: 'Connected', direction: 'Incoming', callerInfo: { displayName: 'Ben' } });
    await expect(heard[0]!.accept()).rejects.toMatchObject({ code: 400 });
    const disposed = agent.dispose();
    await vi.advanceTimersByTimeAsync(3_000);
    await disposed;
  });

  test('[CP-53] [CP-54] too late is an error with its code; a reject is told; members hear teamsIncomingCall', async () => {
    const agent = await new CallClient().createTeamsCallAgent(credential(fakeToken({ skypeid: 'orgid:m' })) as never);
    const heard: TeamsIncomingCall[] = [];
    agent.on('incomingCall', ({ incomingCall, teamsIncomingCall }) => {
      expect(teamsIncomingCall).toBe(incomingCall);
      heard.push(teamsIncomingCall);
    });
    await welcomed();
    say({ ...frame, until: Date.now() + 85_000 });
    expect(heard[0]!.kind).toBe('TeamsIncomingCall');
    const accepting = heard[0]!.accept(muted);
    const refused = expect(accepting).rejects.toMatchObject({ code: 404, subCode: 4500 });
    await settle();
    say({ type: 'error', id: socket().of('accept')[0]!['id'], code: 404, subCode: 4500, message: 'x' });
    await refused;
    say({ ...frame, ring: 'r2', until: Date.now() + 85_000 });
    const rejecting = heard[1]!.reject();
    await settle();
    const decline = socket().of('decline')[0]!;
    expect(decline).toMatchObject({ ring: 'r2' });
    say({ type: 'reply', id: decline['id'], result: {} });
    await rejecting;
    say({ ...frame, ring: 'r3', until: Date.now() + 85_000 });
    await agent.dispose();
    expect(heard[2]!.callEndReason).toMatchObject({ code: 487, subCode: 0 });
  });
});
