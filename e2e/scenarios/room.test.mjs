// A room: a back end makes it with the official Rooms SDK, the invited join by our Calling SDK on a builder's page, each sends
// what their role allows, and what the back end changes reaches the call while it runs.
import assert from 'node:assert/strict';
import { RoomsClient } from '@azure/communication-rooms';
import { until } from '../harness/browser.mjs';
import { OwnPage } from '../harness/own.mjs';
import { Stage, measure } from '../harness/stage.mjs';
import { newGuest } from '../harness/wire.mjs';
import { serveOwnPage } from '../pages/build.mjs';

const stage = new Stage('room');
const invited = {};
const pages = {};
let site;
let rooms;
let room;

const id = (name) => ({ communicationUserId: invited[name].id });
const locator = () => ({ roomId: room.id });
/** A soon answer of the running call, in milliseconds. */
async function soon(t, what, change, happened) {
  await change();
  const begun = performance.now();
  await happened();
  const took = performance.now() - begun;
  measure(t, what, took, 'ms');
  assert.ok(took < 3_000, `${what} took ${took} ms`);
}

async function join(name, options = {}) {
  pages[name] = await OwnPage.open(await stage.person(name), site);
  await pages[name].do('join', { token: invited[name].token, locator: locator(), name, ...options });
}

stage.scenario('[B2][N3] a back end makes a room with the official SDK', async () => {
  site = await serveOwnPage();
  rooms = new RoomsClient(stage.demo.info.connection_string, { tlsOptions: { ca: stage.demo.ca } });
  // The lesser scope is enough for a room, also for the first.
  for (const name of ['presenter', 'attendee', 'consumer', 'stranger']) invited[name] = await newGuest(stage.demo, ['voip.join']);
  const roles = { presenter: 'Presenter', attendee: 'Attendee', consumer: 'Consumer' };
  room = await rooms.createRoom({ participants: Object.entries(roles).map(([name, role]) => ({ id: id(name), role })) });
  assert.match(room.id, /^\d{17}$/);
});

stage.scenario('[N1][E14] two invited users see and hear each other', async () => {
  await join('presenter');
  await pages.presenter.inState('Connected');
  const { roomId, kind, role, threadId } = await pages.presenter.do('info');
  assert.deepEqual([roomId, kind, role, threadId], [room.id, 'Call', 'Presenter', undefined]);
  await join('attendee');
  await pages.attendee.inState('Connected');
  await pages.attendee.meets('presenter');
  await Promise.all([pages.presenter, pages.attendee].map(async ({ person }) => {
    await person.sees(30);
    await person.hears();
  }));
  assert.equal((await pages.attendee.do('capability', 'shareScreen')).reason, 'RoleRestricted');
});

stage.scenario('[L3][N1] a consumer sees and hears, and sends nothing', async () => {
  await join('consumer');
  const consumer = pages.consumer;
  await consumer.inState('Connected');
  await consumer.person.sees(30, { streams: 2 });
  await consumer.person.hears();
  for (const name of ['unmuteMic', 'turnVideoOn', 'shareScreen']) {
    assert.deepEqual(await consumer.do('capability', name), { isPresent: false, reason: 'RoleRestricted' }, name);
  }
  const unmuted = await consumer.do('unmute');
  assert.deepEqual([unmuted.ok, unmuted.code, unmuted.subCode], [false, 403, 41106]);
  assert.equal((await consumer.do('share')).code, 403);
  await pages.presenter.meets('consumer');
  const seen = (await pages.presenter.do('roster')).find(({ name }) => name === 'consumer');
  assert.deepEqual([seen.role, seen.muted], ['Consumer', true]);
  const before = await pages.presenter.person.media();
  await pages.presenter.person.sees(30);
  const now = await pages.presenter.person.media();
  const grown = now.video.filter(({ mid, frames }) => frames > (before.video.find((one) => one.mid === mid)?.frames ?? 0));
  assert.equal(grown.length, 1, 'only the attendee is seen');
});

stage.scenario('[L3] who is not invited is refused, and an unknown room is none', async () => {
  await join('stranger', { camera: false });
  const { stranger } = pages;
  assert.equal(await stranger.ended(), '403/5828');
  assert.equal((await pages.presenter.do('roster')).length, 2);
  await stage.dismiss(stranger.person);
  const other = await OwnPage.open(await stage.person('other'), site);
  await other.do('join', { token: invited.stranger.token, locator: { roomId: '99000000000000000' }, name: 'x', camera: false });
  assert.equal(await other.ended(), '404/5732');
  await stage.dismiss(other.person);
});

stage.scenario('[L3][F3] who is removed from the room is put out of its call', async (t) => {
  const { attendee, presenter } = pages;
  await soon(t, 'out of the call after removal', () => rooms.removeParticipants(room.id, [id('attendee')]), () => attendee.ended());
  assert.equal(await attendee.ended(), '0/5317');
  const names = async () => (await presenter.do('roster')).map(({ name }) => name);
  await until('the presenter sees who is gone', 5_000, async () => !(await names()).includes('attendee'), names);
  await stage.dismiss(attendee.person);
});

stage.scenario('[L3][F3] a consumer who is made an attendee may speak', async (t) => {
  const { consumer, presenter } = pages;
  const role = async () => (await consumer.do('info')).role;
  const promote = () => rooms.addOrUpdateParticipants(room.id, [{ id: id('consumer'), role: 'Attendee' }]);
  await soon(t, 'another role', promote, () => until('an attendee', 5_000, async () => (await role()) === 'Attendee', role));
  assert.equal((await consumer.do('unmute')).ok, true);
  await presenter.person.hears();
});

stage.scenario('[L3] a deleted room ends its call', async (t) => {
  const { consumer, presenter } = pages;
  await soon(t, 'the end of a deleted room', () => rooms.deleteRoom(room.id), () => presenter.ended());
  assert.deepEqual([await presenter.ended(), await consumer.ended()], ['0/5003', '0/5003']);
  site.close();
});
