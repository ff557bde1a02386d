// The session machine against a socket that says what the server would say.
import { beforeEach, describe, expect, test } from 'vitest';
import { Session, type SessionHooks } from '../src/session';
import type { CommunicationServicesError } from '../src/errors';
import { FakeSocket, ManualClock, settle } from './fakes';

const WELCOME = {
  type: 'welcome',
  session: 's1',
  resumeKey: 'k1',
  resumeWindowMs: 60_000,
  heartbeatMs: 10_000,
  serverTime: 0,
  identity: { rawId: '8:acs:a_b', kind: 'external' },
  tokenExpiresOn: 3_600_000,
};

let clock: ManualClock;
let sockets: FakeSocket[];
let log: string[];
let session: Session;
let frames: unknown[];
let gaveUp: CommunicationServicesError | undefined;

const last = (): FakeSocket => sockets[sockets.length - 1]!;

function create(hooks: Partial<SessionHooks> = {}): Session {
  return new Session({
    clock,
    connect: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    client: { name: 'test', version: '1', platform: 'linux', browser: 'chrome' },
    hooks: {
      token: async () => 'jwt',
      onFrame: (frame) => void frames.push(frame),
      onRing: () => undefined,
      onOpen: (welcome) => void log.push(welcome ? 'welcome' : 'resumed'),
      onRenewed: () => void log.push('renewed'),
      onLost: () => void log.push('lost'),
      onGivenUp: (error) => {
        gaveUp = error;
        log.push('given up');
      },
      ...hooks,
    },
  });
}

async function openSession(): Promise<FakeSocket> {
  session.open();
  await settle();
  last().open();
  last().say(WELCOME);
  return last();
}

beforeEach(() => {
  clock = new ManualClock();
  sockets = [];
  log = [];
  frames = [];
  gaveUp = undefined;
  session = create();
});

test('[CP-10] the first frame is hello with the token; requests wait for welcome and are numbered from 1', async () => {
  const answer = session.request({ type: 'join', leg: 'l' });
  await settle();
  last().open();
  expect(last().sent).toEqual([{ type: 'hello', version: 1, token: 'jwt', client: expect.anything() }]);
  last().say(WELCOME);
  expect(last().of('join')).toEqual([{ type: 'join', leg: 'l', id: 1 }]);
  last().say({ seq: 1, type: 'reply', id: 1, result: { ok: true } });
  await expect(answer).resolves.toEqual({ ok: true });
});

test('[CP-8] an error answer rejects with the numbers of the wire', async () => {
  const socket = await openSession();
  const answer = session.request({ type: 'admit', leg: 'l' });
  socket.say({ seq: 1, type: 'error', id: 1, code: 403, subCode: 41805, message: 'no' });
  await expect(answer).rejects.toMatchObject({ code: 403, subCode: 41805, name: 'CommunicationServicesError' });
});

test('[CP-4] request ids grow by one', async () => {
  const socket = await openSession();
  for (let count = 0; count < 3; count++) void session.request({ type: 'x' });
  expect(socket.of('x').map((frame) => frame['id'])).toEqual([1, 2, 3]);
});

test('[CP-5] a frame seen before is dropped, a gap drops the socket and asks for the replay', async () => {
  const socket = await openSession();
  socket.say({ seq: 1, type: 'speakers', leg: 'l' });
  socket.say({ seq: 1, type: 'speakers', leg: 'l' });
  expect(frames).toHaveLength(1);
  socket.say({ seq: 3, type: 'speakers', leg: 'l' });
  expect(frames).toHaveLength(1);
  await clock.advance(0);
  last().open();
  expect(last().sent[0]).toMatchObject({ type: 'resume', session: 's1', resumeKey: 'k1', after: 1 });
});

test('[CP-6] pings carry the highest frame seen; silence for two and a half heartbeats drops the socket', async () => {
  const socket = await openSession();
  socket.say({ seq: 1, type: 'speakers', leg: 'l' });
  await clock.advance(10_000);
  expect(socket.of('ping')).toEqual([{ type: 'ping', ack: 1 }]);
  socket.say({ type: 'pong' });
  await clock.advance(24_000);
  expect(log).not.toContain('lost');
  await clock.advance(6_000);
  expect(log).toContain('lost');
});

test('[CP-66] much at once is acknowledged before the next heartbeat', async () => {
  const socket = await openSession();
  for (let seq = 1; seq <= 300; seq++) socket.say({ seq, type: 'speakers', leg: 'l' });
  expect(socket.of('ping')).toEqual([{ type: 'ping', ack: 128 }, { type: 'ping', ack: 256 }]);
  socket.say({ seq: 301, type: 'data', leg: 'l', payload: 'A'.repeat(256 * 1024) });
  expect(socket.of('ping').pop()).toEqual({ type: 'ping', ack: 301 });
});

describe('[CP-12] resume', () => {
  test('sends again only what the server has not handled, and delivers the replay once', async () => {
    const socket = await openSession();
    const first = session.request({ type: 'a' });
    const second = session.request({ type: 'b' });
    socket.drop();
    const third = session.request({ type: 'c' });
    await clock.advance(0);
    last().open();
    expect(last().sent[0]).toMatchObject({ type: 'resume', after: 0, token: 'jwt' });
    last().say({ type: 'resumed', handled: 1 });
    expect(last().sent.slice(1).map(({ type, id }) => [type, id])).toEqual([['b', 2], ['c', 3]]);
    last().say({ seq: 1, type: 'reply', id: 1, result: { n: 1 } });
    last().say({ seq: 2, type: 'reply', id: 2, result: { n: 2 } });
    last().say({ seq: 3, type: 'reply', id: 3, result: { n: 3 } });
    await expect(Promise.all([first, second, third])).resolves.toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(log).toEqual(['welcome', 'lost', 'resumed']);
  });

  test('[CP-13] a refused resume says hello, tells the legs to join again and rejects what was under way', async () => {
    const socket = await openSession();
    const pending = session.request({ type: 'publish', leg: 'l' });
    socket.drop();
    await clock.advance(0);
    last().open();
    last().say({ type: 'refused', code: 410, subCode: 0 });
    await clock.advance(0);
    last().open();
    expect(last().sent[0]).toMatchObject({ type: 'hello' });
    last().say({ ...WELCOME, session: 's2' });
    await expect(pending).rejects.toMatchObject({ code: 490, subCode: 4502 });
    expect(log).toEqual(['welcome', 'lost', 'welcome', 'renewed']);
    void session.request({ type: 'join' });
    expect(last().of('join')[0]).toMatchObject({ id: 1 });
  });

  test.each([4400, 4409, 4410])('[CP-7] [CP-14] close code %i means that the session is gone', async (code) => {
    const socket = await openSession();
    socket.drop(code);
    await clock.advance(0);
    last().open();
    expect(last().sent[0]).toMatchObject({ type: 'hello' });
  });
});

test('[CP-17] a shutdown is a loss: the client comes back with growing pauses, at most 4 s in a call', async () => {
  const socket = await openSession();
  socket.say({ seq: 1, type: 'bye', code: 503, reason: 'shutdown' });
  socket.drop(1012);
  const attempts: number[] = [];
  const startMs = clock.nowMs();
  for (let attempt = 0; attempt < 7; attempt++) {
    const before = sockets.length;
    while (sockets.length === before) await clock.advance(100);
    attempts.push(clock.nowMs() - startMs);
    last().drop();
  }
  const pauses = attempts.map((at, index) => at - (attempts[index - 1] ?? 0));
  expect(pauses.map((ms) => Math.round(ms / 100) * 100)).toEqual([100, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
});

test('[CP-11] a refused token ends the session for good', async () => {
  const pending = session.request({ type: 'join' });
  await settle();
  last().open();
  last().say({ type: 'refused', code: 401, subCode: 10009, message: 'no' });
  await expect(pending).rejects.toMatchObject({ code: 401, subCode: 10009 });
  await clock.advance(300_000);
  expect(sockets).toHaveLength(1);
  expect(gaveUp).toMatchObject({ code: 401, subCode: 10009 });
});

test('[CP-15] bye with an ended token gives up with 495/4507', async () => {
  const socket = await openSession();
  socket.say({ seq: 1, type: 'bye', code: 495, subCode: 4507, reason: 'tokenExpired' });
  expect(gaveUp).toMatchObject({ code: 495, subCode: 4507 });
});

test('a server that cannot be reached is given up after 30 s, one that was lost after its seat time of 120 s', async () => {
  const pending = session.request({ type: 'join' });
  pending.catch(() => undefined);
  const failing = setInterval(() => undefined, 1e9);
  clearInterval(failing);
  for (let s = 0; s < 31; s++) {
    await clock.advance(1_000);
    last().drop();
  }
  await expect(pending).rejects.toMatchObject({ code: 496, subCode: 7 });
  await openSession();
  last().drop();
  const lostMs = clock.nowMs();
  gaveUp = undefined;
  while (!gaveUp) {
    await clock.advance(1_000);
    last().drop();
  }
  expect(clock.nowMs() - lostMs).toBe(120_000);
  expect(gaveUp).toMatchObject({ code: 490, subCode: 4502 });
});

test('an attempt that nobody answers makes room for the next one, while the seat is still kept', async () => {
  const socket = await openSession();
  socket.drop();
  await clock.advance(0);
  const silent = last();
  expect(silent).not.toBe(socket);
  await clock.advance(11_000);
  expect(silent.closedWith).not.toBe('not closed');
  expect(last()).not.toBe(silent);
  last().open();
  last().say({ type: 'resumed', handled: 0 });
  await clock.advance(9_000);
  expect(log).toEqual(['welcome', 'lost', 'resumed']);
});

test('[CP-7] at most 256 requests wait; the next is refused here', async () => {
  await openSession();
  for (let count = 0; count < 256; count++) session.request({ type: 'x' }).catch(() => undefined);
  await expect(session.request({ type: 'x' })).rejects.toMatchObject({ code: 429 });
});

test('coming online again does not wait for the next attempt, and asks a silent server at once', async () => {
  const socket = await openSession();
  session.probe();
  expect(socket.of('ping')).toHaveLength(1);
  await clock.advance(3_000);
  expect(log).toContain('lost');
  await clock.advance(0);
  last().drop();
  last().drop();
  const before = sockets.length;
  session.probe();
  await settle();
  expect(sockets.length).toBe(before + 1);
});

test('[CP-16] leaving the page closes cleanly and keeps the session for a page that comes back', async () => {
  const socket = await openSession();
  session.suspend();
  expect(socket.closedWith).toBe(1000);
  session.unsuspend();
  await settle();
  last().open();
  expect(last().sent[0]).toMatchObject({ type: 'resume', session: 's1' });
});

test('rubbish from the socket is ignored', async () => {
  const socket = await openSession();
  for (const data of ['{', '[]', 'null', '"x"', '{"type":1}', '{}', new ArrayBuffer(2)]) socket.onmessage?.({ data });
  socket.say({ type: 'unheardOf' });
  expect(session.isOpen).toBe(true);
  expect(frames).toEqual([]);
});

test('a token refresher that fails now and then is asked again', async () => {
  let calls = 0;
  session = create({
    token: async () => {
      if (++calls < 3) throw new Error('network');
      return 'jwt';
    },
  });
  session.open();
  await clock.advance(2_000);
  last().open();
  expect(last().sent[0]).toMatchObject({ type: 'hello' });
});
