// Client and agents over a fake socket: tokens, one agent an identity, the life of a call as agents tell it.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CallClient } from '../src/client';
import { Features } from '../src/features/factories';
import type { Call } from '../src/types/call';
import type { CallAgent } from '../src/types/agent';
import { capabilities } from './call_fixture';
import { credential, fakeToken, FakeSocket, installBrowser, OWN_RAW_ID, settle, type FakeBrowser } from './fakes';

let browser: FakeBrowser;
let client: CallClient;
const external = fakeToken();
const member = fakeToken({ skypeid: 'orgid:m' });
const link = { meetingLink: 'https://meet.example/meet/1' };
const muted = { audioOptions: { muted: true } };
const use = (token: string): never => credential(token) as never;

beforeEach(() => {
  vi.useFakeTimers();
  browser = installBrowser();
  client = new CallClient({ diagnostics: { tags: ['x'] } });
});
afterEach(() => vi.useRealTimers());

const socket = (): FakeSocket => browser.sockets[browser.sockets.length - 1]!;

async function welcome(fields: Record<string, unknown> = {}): Promise<void> {
  await settle();
  socket().open();
  socket().say({
    type: 'welcome', session: 's', resumeKey: 'k', resumeWindowMs: 60_000, heartbeatMs: 10_000, serverTime: Date.now(),
    identity: { rawId: OWN_RAW_ID, kind: 'external' }, tokenExpiresOn: Date.now() + 3_600_000, ...fields,
  });
}

let seq = 0;
function reply(to: string, result: unknown): void {
  const request = socket().of(to).slice(-1)[0]!;
  socket().say({ seq: ++seq, type: 'reply', id: request['id'], result });
}

async function connectedCall(): Promise<{ agent: CallAgent; call: Call; updates: { added: Call[]; removed: Call[] }[] }> {
  seq = 0;
  const agent = await client.createCallAgent(use(external), { displayName: 'Ana' });
  const updates: { added: Call[]; removed: Call[] }[] = [];
  agent.on('callsUpdated', (change) => updates.push(change));
  const call = agent.join(link, muted);
  await welcome();
  await settle();
  reply('join', {
    leg: call.id, callId: 'c', kind: 'meeting', state: 'connected', participantId: 'p', rejoinKey: 'r', role: 'Attendee',
    capabilities: capabilities(), threadId: 't', iceServers: [], videoSlots: 9,
  });
  await settle();
  return { agent, call, updates };
}

describe('agents and tokens', () => {
  test('[CP-1] [CP-10] the socket goes to the issuer of the token, which is only in the first frame', async () => {
    await client.createCallAgent(use(external));
    await settle();
    socket().open();
    expect(socket().url).toBe('wss://parvis.example/calling/v1/socket');
    expect(socket().sent[0]).toMatchObject({ type: 'hello', token: external, client: { platform: 'linux', browser: expect.stringContaining('chrome') } });
  });

  test('one agent an identity and client: 409/40228; free again after dispose', async () => {
    const agent = await client.createCallAgent(use(external));
    await expect(client.createCallAgent(use(external))).rejects.toMatchObject({ code: 409, subCode: 40228 });
    await expect(new CallClient().createCallAgent(use(external))).resolves.toBeDefined();
    await agent.dispose();
    await expect(client.createCallAgent(use(external))).resolves.toBeDefined();
  });

  test('two creations at once make one agent', async () => {
    const both = await Promise.allSettled([client.createCallAgent(use(external)), client.createCallAgent(use(external))]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('each kind of agent takes its kind of token', async () => {
    await expect(client.createCallAgent(use(member))).rejects.toMatchObject({ code: 403, subCode: 40229 });
    await expect(client.createTeamsCallAgent(use(external))).rejects.toMatchObject({ code: 403, subCode: 40231 });
    expect((await client.createTeamsCallAgent(use(member))).kind).toBe('TeamsCallAgent');
    expect((await client.createCallAgent(use(external))).kind).toBe('CallAgent');
    const host = await new CallClient().createTeamsCallAgent(use(fakeToken({ skypeid: 'orgid:m', client: 'host' })));
    expect(host.kind).toBe('TeamsCallAgent');
  });

  test('[C6] names: 400/40215 when too long, 400/40214 for members; a junk option is no name', async () => {
    await expect(client.createCallAgent(use(external), { displayName: 'x'.repeat(257) })).rejects.toMatchObject({ code: 400, subCode: 40215 });
    await expect(client.createTeamsCallAgent(use(member), { displayName: 'x' } as never)).rejects.toMatchObject({ code: 400, subCode: 40214 });
    await expect(client.createTeamsCallAgent(use(member), { undefined: 'junk' } as never)).resolves.toBeDefined();
    expect((await client.createCallAgent(use(external), { displayName: 'x'.repeat(256) })).displayName).toHaveLength(256);
  });

  test('a credential that gives nothing is a typed error', async () => {
    await expect(client.createCallAgent({} as never)).rejects.toMatchObject({ name: 'CommunicationServicesError', code: 401 });
    const failing = { getToken: () => Promise.reject(new Error('x')) };
    await expect(client.createCallAgent(failing as never)).rejects.toMatchObject({ code: 401 });
    await expect(client.createCallAgent(use('rubbish'))).rejects.toMatchObject({ code: 401, subCode: 44114 });
  });

  test('[CP-15] the token is renewed before it ends; another identity\'s is not sent', async () => {
    const tokens = [external];
    const agent = await client.createCallAgent({ getToken: async () => ({ token: tokens[0] }) } as never);
    await welcome();
    tokens[0] = fakeToken({ jti: '2' });
    for (let ms = 0; ms < 3_481_000; ms += 5_000) {
      await vi.advanceTimersByTimeAsync(5_000);
      socket().say({ type: 'pong' });
    }
    expect(socket().of('token')[0]).toMatchObject({ token: tokens[0] });
    await agent.dispose();
    const other = await client.createCallAgent({ getToken: async () => ({ token: tokens[0] }) } as never);
    await welcome({ tokenExpiresOn: Date.now() + 240_000 });
    tokens[0] = fakeToken({ skypeid: 'acs:other_one' });
    for (let ms = 0; ms < 130_000; ms += 5_000) {
      await vi.advanceTimersByTimeAsync(5_000);
      socket().say({ type: 'pong' });
    }
    expect(socket().of('token')).toEqual([]);
    await other.dispose();
  });

  test('a token that comes only after dispose opens nothing', async () => {
    let give = (_token: string): void => undefined;
    let answer = Promise.resolve(external);
    const agent = await client.createCallAgent({ getToken: async () => ({ token: await answer }) } as never);
    await welcome({ tokenExpiresOn: Date.now() + 240_000 });
    answer = new Promise((resolve) => (give = resolve));
    for (let ms = 0; ms < 130_000; ms += 5_000) {
      await vi.advanceTimersByTimeAsync(5_000);
      socket().say({ type: 'pong' });
    }
    const before = browser.sockets.length;
    await agent.dispose();
    give(fakeToken({ jti: '2' }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(browser.sockets.length).toBe(before);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('[C6] the name of a member comes with welcome', async () => {
    const agent = (await client.createTeamsCallAgent(use(member))) as unknown as CallAgent;
    await welcome({ displayName: 'Maria' });
    expect(agent.displayName).toBe('Maria');
  });

  test('the connection state follows the socket', async () => {
    const agent = await client.createCallAgent(use(external));
    const changes: unknown[] = [];
    agent.on('connectionStateChanged', (change) => changes.push(change));
    expect(agent.connectionState).toBe('Disconnected');
    await welcome();
    socket().drop();
    expect(changes).toEqual([
      { oldValue: 'Disconnected', newValue: 'Connected' },
      { oldValue: 'Connected', newValue: 'Disconnected', reason: 'connectionIssue' },
    ]);
  });

  test('what is not built is refused: calling phones, and calls by push notification', async () => {
    const agent = await client.createCallAgent(use(external));
    expect(() => agent.startCall([{ phoneNumber: '+15551234' }])).toThrow(expect.objectContaining({ code: 405 }));
    await expect(agent.handleIncomingCall({})).rejects.toMatchObject({ code: 405 });
  });
});

describe('calls of an agent', () => {
  test('[trap 6] [trap 7] join gives the call at once; added and removed once each, the same object, with its reason', async () => {
    const { agent, call, updates } = await connectedCall();
    expect([...agent.calls]).toEqual([call]);
    expect(call.state).toBe('Connected');
    let reasonAtRemoval: unknown;
    agent.on('callsUpdated', ({ removed }) => (reasonAtRemoval = removed[0]?.callEndReason));
    socket().say({ seq: ++seq, type: 'ended', leg: call.id, code: 0, subCode: 4097 });
    socket().say({ seq: ++seq, type: 'ended', leg: call.id, code: 0, subCode: 4097 });
    expect(updates).toEqual([{ added: [call], removed: [] }, { added: [], removed: [call] }]);
    expect(updates[1]!.removed[0]).toBe(call);
    expect(reasonAtRemoval).toMatchObject({ code: 0, subCode: 4097 });
    expect([...agent.calls]).toEqual([]);
  });

  test('a bad locator is refused before there is a call', async () => {
    const agent = await client.createCallAgent(use(external));
    expect(() => agent.join({ meetingLink: 'x' })).toThrow(expect.objectContaining({ code: 400, subCode: 40210 }));
    expect(agent.calls).toHaveLength(0);
  });

  test('[trap 16] dispose hangs up, closes the socket, and may be called twice', async () => {
    const { agent, call } = await connectedCall();
    const disposing = Promise.all([agent.dispose(), agent.dispose()]);
    reply('leave', {});
    await vi.advanceTimersByTimeAsync(2_000);
    await disposing;
    expect(call.state).toBe('Disconnected');
    expect(socket().closedWith).toBe(1000);
    await client.dispose();
    await client.dispose();
    expect(() => agent.join(link)).toThrow(expect.objectContaining({ code: 400 }));
  });

  test('[CP-15] an ended token ends the calls with 495/4507', async () => {
    const { agent, call } = await connectedCall();
    const reasons: unknown[] = [];
    agent.on('connectionStateChanged', ({ reason }) => reasons.push(reason));
    socket().say({ seq: ++seq, type: 'bye', code: 495, subCode: 4507, reason: 'tokenRevoked' });
    expect(call.callEndReason).toMatchObject({ code: 495, subCode: 4507 });
    expect(reasons).toEqual(['invalidToken']);
  });

  test('[CP-24] after a new session the call joins again and stays the same', async () => {
    const { call } = await connectedCall();
    const states: string[] = [];
    call.on('stateChanged', () => states.push(call.state));
    socket().drop(4410);
    await vi.advanceTimersByTimeAsync(0);
    seq = 0;
    await welcome({ session: 's2' });
    await settle();
    expect(socket().of('join')[0]).toMatchObject({ leg: call.id, rejoinKey: 'r', id: 1 });
    expect(states).toEqual([]);
  });

  test('a server that stays away for two minutes ends the call with 490/4502', async () => {
    const { call } = await connectedCall();
    socket().drop();
    for (let s = 0; s < 121; s++) {
      await vi.advanceTimersByTimeAsync(1_000);
      if (socket().closedWith === 'not closed') socket().drop();
    }
    expect(call.callEndReason).toMatchObject({ code: 490, subCode: 4502 });
  });
});

describe('the client', () => {
  test('[trap 5] one device manager a client, another one for another client', async () => {
    const manager = await client.getDeviceManager();
    expect(await client.getDeviceManager()).toBe(manager);
    expect(await new CallClient().getDeviceManager()).not.toBe(manager);
    Object.defineProperty(manager, 'unsubscribe', { configurable: false, value: () => undefined });
  });

  test('debug information works at once, also copied, as the composites do', async () => {
    const feature = { ...client.feature(Features.DebugInfo) };
    await expect(feature.getEnvironmentInfo()).resolves.toMatchObject({
      environment: { browser: 'chrome', platform: 'linux', browserVersion: '142.0.0.0' },
      isSupportedBrowser: true,
    });
    await expect(feature.dumpDebugInfo()).resolves.toMatchObject({ callIdHistory: [] });
  });

  test('the composites may define their own members on it', () => {
    Object.defineProperty(client, 'getState', { configurable: false, value: () => 1 });
    expect((client as unknown as { getState(): number }).getState()).toBe(1);
  });
});
