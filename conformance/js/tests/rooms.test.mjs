// The official Rooms SDK: rooms, their time and their participants, pages, and what it is told when something is wrong.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { AzureKeyCredential } from '@azure/core-auth';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { RoomsClient } from '@azure/communication-rooms';
import { info, refusal } from '../parvis.mjs';

const client = new RoomsClient(info.connection_string);
const identities = new CommunicationIdentityClient(info.connection_string);
const accessKey = /accesskey=(.*)/.exec(info.connection_string)[1];
const about = path.join(process.env.PARVIS_PACKAGES, 'node_modules/@azure/communication-rooms/package.json');
/** The older package refuses the newest role by itself, and waits for no answer to a change of participants. */
const isOlder = JSON.parse(readFileSync(about, 'utf8')).version.startsWith('1.1.');
const roles = ['Presenter', 'Attendee', 'Consumer', ...(isOlder ? [] : ['Collaborator'])];
const DAY_MS = 86_400_000;
const inDays = (days) => new Date(Date.now() + days * DAY_MS);
const days = (room) => (room.validUntil.getTime() - room.validFrom.getTime()) / DAY_MS;
const FOREIGN = '8:acs:00000000-0000-4000-8000-000000000001_00000000-0000-4000-8000-000000000002';
const user = (communicationUserId) => ({ communicationUserId });

async function users(count) {
  return Promise.all(Array.from({ length: count }, () => identities.createUser()));
}

async function people(roomId, rooms = client) {
  const found = {};
  for await (const { id, role } of rooms.listParticipants(roomId)) found[id.communicationUserId] = role;
  return found;
}

/** Asserts who is in a room, at once or, where the package waits for no answer, soon. */
async function has(roomId, expected) {
  let found = await people(roomId);
  for (let tries = 0; isOlder && tries < 50 && !isDeepStrictEqual(found, expected); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    found = await people(roomId);
  }
  assert.deepEqual(found, expected);
}

test('[B2][N3] a room opens now, for 180 days, where nothing is said', async () => {
  const room = await client.createRoom();
  assert.match(room.id, /^\d{16,17}$/);
  assert.ok(Math.abs(room.createdOn.getTime() - Date.now()) < 60_000);
  assert.equal(days(room), 180);
  assert.equal(room.pstnDialOutEnabled, false);
  assert.deepEqual(await client.getRoom(room.id), room);
});

test('[B2][N3] a room has the time, the flag and the participants that it is made with', async () => {
  const invited = await users(roles.length + 1);
  const participants = invited.map((id, at) => ({ id, role: roles[at] }));
  const [validFrom, validUntil] = [inDays(3), inDays(4)];
  const room = await client.createRoom({ validFrom, validUntil, pstnDialOutEnabled: true, participants });
  assert.deepEqual([room.validFrom, room.validUntil, room.pstnDialOutEnabled], [validFrom, validUntil, true]);
  const expected = participants.map(({ id, role }) => [id.communicationUserId, role ?? 'Attendee']);
  assert.deepEqual(await people(room.id), Object.fromEntries(expected));
});

test('[B2][N3] a change keeps what it does not name', async () => {
  const room = await client.createRoom();
  assert.deepEqual(await client.updateRoom(room.id, {}), room);
  const validUntil = inDays(30);
  const shorter = await client.updateRoom(room.id, { validUntil });
  assert.deepEqual(shorter, { ...room, validUntil });
  const open = await client.updateRoom(room.id, { pstnDialOutEnabled: true });
  assert.deepEqual(open, { ...room, validUntil, pstnDialOutEnabled: true });
  const moved = await client.updateRoom(room.id, { validFrom: inDays(1), validUntil: inDays(2) });
  assert.equal(Math.round(days(moved)), 1);
  assert.deepEqual(await client.getRoom(room.id), moved);
});

test('[B2][N3] a deleted room is gone', async () => {
  const [ana] = await users(1);
  const room = await client.createRoom();
  assert.equal(await client.deleteRoom(room.id), undefined);
  for (const attempt of [
    () => client.getRoom(room.id),
    () => client.updateRoom(room.id, {}),
    () => client.deleteRoom(room.id),
    () => client.listParticipants(room.id).next(),
    ...(isOlder ? [] : [() => client.addOrUpdateParticipants(room.id, [{ id: ana }]), () => client.removeParticipants(room.id, [ana])]),
  ]) {
    const error = await refusal(attempt());
    assert.deepEqual([error.name, error.statusCode, error.code], ['RestError', 404, 'NotFound']);
  }
});

test('[B2][N3] participants are added, given other roles and removed', async () => {
  const [ana, bo, cy] = await users(3);
  const room = await client.createRoom({ participants: [{ id: ana, role: 'Presenter' }] });
  await client.addOrUpdateParticipants(room.id, [{ id: ana, role: 'Consumer' }, { id: bo, role: 'Presenter' }, { id: cy }]);
  await has(room.id, {
    [ana.communicationUserId]: 'Consumer', [bo.communicationUserId]: 'Presenter', [cy.communicationUserId]: 'Attendee',
  });
  await client.removeParticipants(room.id, [ana, cy]);
  await has(room.id, { [bo.communicationUserId]: 'Presenter' });
  // Who is not there is removed already.
  await client.removeParticipants(room.id, [ana]);
  await has(room.id, { [bo.communicationUserId]: 'Presenter' });
  await client.removeParticipants(room.id, [bo]);
  await has(room.id, {});
});

test('[B2][N3] rooms come newest first, page by page, each once', async () => {
  const made = [];
  for (let n = 0; n < 103; n++) made.unshift((await client.createRoom()).id);
  const pages = [];
  for await (const page of client.listRooms().byPage()) {
    pages.push(page.map(({ id }) => id));
    if (pages.flat().length >= made.length) break;
  }
  assert.ok(pages.length >= 2, `${pages.length} pages`);
  assert.deepEqual(pages.flat().slice(0, made.length), made);
  const first = [];
  for await (const { id } of client.listRooms()) {
    first.push(id);
    if (first.length === made.length) break;
  }
  assert.deepEqual(first, made);
});

test('[B2][N3] participants come page by page, in their order', async () => {
  const invited = (await users(103)).map((id) => ({ id, role: 'Consumer' }));
  const room = await client.createRoom({ participants: invited });
  const pages = [];
  for await (const page of client.listParticipants(room.id).byPage()) pages.push(page.map(({ id }) => id.communicationUserId));
  assert.ok(pages.length >= 2, `${pages.length} pages`);
  assert.deepEqual(new Set(pages.flat()), new Set(invited.map(({ id }) => id.communicationUserId)));
  assert.equal(pages.flat().length, invited.length);
});

test('[B2][N3] endpoint and key do as well as a connection string', async () => {
  const other = new RoomsClient(info.endpoint, new AzureKeyCredential(accessKey));
  const room = await client.createRoom();
  assert.deepEqual(await other.getRoom(room.id), room);
});

test('[B1] a request signed with another key is denied', async () => {
  const wrong = Buffer.alloc(64, 7).toString('base64');
  const stranger = new RoomsClient(info.endpoint, new AzureKeyCredential(wrong));
  for (const attempt of [stranger.createRoom(), stranger.listRooms().next(), stranger.getRoom('99199690362660524')]) {
    const error = await refusal(attempt);
    assert.deepEqual([error.name, error.statusCode, error.code], ['RestError', 401, 'Denied']);
  }
});

test('[N3] times that cannot be are refused', async () => {
  const room = await client.createRoom();
  for (const times of [
    { validUntil: inDays(-1) },
    { validFrom: inDays(-8), validUntil: inDays(-4) },
    { validFrom: inDays(2), validUntil: inDays(1) },
    { validFrom: inDays(1), validUntil: inDays(200) },
  ]) {
    for (const attempt of [client.createRoom(times), client.updateRoom(room.id, times)]) {
      const error = await refusal(attempt);
      assert.deepEqual([error.statusCode, error.code], [400, 'BadRequest']);
      assert.equal(error.details?.error?.details?.[0]?.target ?? 'ValidUntil', 'ValidUntil');
    }
  }
});

test('[N3] room ids and participants that cannot be are refused', async () => {
  const room = await client.createRoom();
  for (const id of ['invalid_id', '1']) {
    const error = await refusal(client.getRoom(id));
    assert.deepEqual([error.statusCode, error.code], [400, 'BadRequest']);
    assert.match(error.message, /Invalid room ID length/);
  }
  assert.equal((await refusal(client.getRoom('99000000000000000'))).statusCode, 404);
  for (const id of [user('wrong_mri'), user(FOREIGN)]) {
    for (const attempt of [
      client.createRoom({ participants: [{ id, role: 'Attendee' }] }),
      ...(isOlder ? [] : [client.addOrUpdateParticipants(room.id, [{ id, role: 'Attendee' }]), client.removeParticipants(room.id, [id])]),
    ]) {
      assert.equal((await refusal(attempt)).statusCode, 400, JSON.stringify(id));
    }
  }
  assert.deepEqual(await people(room.id), {});
});
