// A hand-written client with a socket of its own gains nothing: what its role lacks is refused by the server, and what is
// malformed is refused or cut off.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Host } from '../harness/host.mjs';
import { Stage } from '../harness/stage.mjs';
import { listMessages, meetingsOf, newGuest } from '../harness/wire.mjs';
import { serveOwnPage } from '../pages/build.mjs';

const stage = new Stage('handwritten');
let site;
let host;
let meeting;
let guest;
let person;
let leg;

/** Runs in the page: a socket that keeps what it gets and answers questions about it. */
function openSocket(address) {
  window.frames_ = [];
  window.closed_ = null;
  const socket = new WebSocket(address);
  window.socket_ = socket;
  socket.onmessage = ({ data }) => window.frames_.push(JSON.parse(data));
  socket.onclose = ({ code }) => (window.closed_ = code);
  return new Promise((resolve) => {
    socket.onopen = () => resolve(true);
    socket.onerror = () => resolve(false);
  });
}

const page = () => person.page;
const connect = () => page().evaluate(openSocket, `${stage.demo.origin.replace('https', 'wss')}/calling/v1/socket`);
const send = (frame) => page().evaluate((text) => window.socket_.send(text), typeof frame === 'string' ? frame : JSON.stringify(frame));
const frame = (type, id) =>
  page().waitForFunction(([wanted, number]) => window.frames_.find((one) => [].concat(wanted).includes(one.type) && (number === undefined || one.id === number)), [type, id], { timeout: 10_000 }).then((handle) => handle.jsonValue());
const closed = () => page().waitForFunction(() => window.closed_, undefined, { timeout: 15_000 }).then((handle) => handle.jsonValue());
const ask = async (request) => {
  await send(request);
  return frame(['reply', 'error'], request.id);
};
const hello = (token) => ({ type: 'hello', version: 1, token, client: { name: 'hand', version: '1', platform: 'x', browser: 'x' } });

stage.scenario('[L3] a guest is let in as an attendee, by a hand-written client', async () => {
  site = await serveOwnPage();
  const [member] = stage.demo.info.members;
  const meetings = await meetingsOf(stage.demo, member);
  meeting = await meetings.schedule('Attendees only', { allowedPresenters: 'organizer' });
  host = new Host(await stage.person('host'));
  await host.signIn(stage.demo.info, member);
  await host.join('Attendees only');
  guest = await newGuest(stage.demo);
  person = await stage.person('hand');
  await page().goto(site.origin);
  assert.equal(await connect(), true);
  await send(hello(guest.token));
  await frame('welcome');
  leg = randomUUID();
  const joined = await ask({ id: 1, type: 'join', leg, locator: { meetingLink: meeting.joinWebUrl }, displayName: 'Mal', muted: true });
  assert.equal(joined.result?.state, 'lobby', JSON.stringify(joined));
  assert.equal(joined.result.threadId, undefined);
});

stage.scenario('[L3][G2] from the lobby it cannot admit itself, nor learn who is there', async () => {
  assert.deepEqual(codes(await ask({ id: 2, type: 'admitAll', leg })), [403, 41805]);
  const seen = await page().evaluate(() => window.frames_.map(({ type }) => type));
  for (const type of ['roster', 'lobby', 'slots', 'speakers']) assert.equal(seen.includes(type), false, type);
  assert.equal((await listMessages(stage.demo, guest.token, meeting.chatInfo.threadId)).status, 403);
  await host.admit('Mal (External)');
  const admitted = await frame('admitted');
  assert.equal(admitted.role, 'Attendee');
});

stage.scenario('[L3][F3] as an attendee: share, admit, remove, end for all and roles are refused', async () => {
  const roster = await frame('roster');
  const other = roster.participants.find((one) => !one.self).id;
  assert.deepEqual(codes(await ask({ id: 3, type: 'publish', leg, share: true })), [403, 0]);
  assert.deepEqual(codes(await ask({ id: 4, type: 'admitAll', leg })), [403, 41805]);
  assert.deepEqual(codes(await ask({ id: 5, type: 'remove', leg, participant: other })), [403, 0]);
  assert.deepEqual(codes(await ask({ id: 6, type: 'leave', leg, forEveryone: true })), [403, 0]);
  assert.deepEqual(codes(await ask({ id: 7, type: 'setRole', leg, participant: other, role: 'Attendee' })), [403, 0]);
  assert.deepEqual(codes(await ask({ id: 8, type: 'muteOthers', leg, participants: 'all' })), [403, 0]);
  await host.inCall();
});

// [CP-2] [CP-4]
stage.scenario('[L3] malformed frames end the socket with a code, not the call of others', async () => {
  for (const bad of ['{"type":', '[]', '{"type":"no such thing"}', '{"type":7}']) {
    assert.equal(await connect(), true);
    await send(hello(guest.token));
    await frame('welcome');
    await send(bad);
    assert.equal(await closed(), 4400, bad);
  }
  assert.equal(await connect(), true);
  await send(hello(guest.token));
  await frame('welcome');
  const answer = await ask({ id: 1, type: 'no such thing' });
  assert.deepEqual([answer.type, answer.code], ['error', 400], 'what has an id gets an answer');
  assert.equal(await connect(), true);
  await send(hello('eyJhbGciOiJub25lIn0.e30.'));
  const refused = await frame('refused');
  assert.deepEqual([refused.code, refused.subCode], [401, 10009]);
  await host.inCall();
  site.close();
});

function codes({ type, code, subCode }) {
  assert.equal(type, 'error');
  return [code, subCode ?? 0];
}
