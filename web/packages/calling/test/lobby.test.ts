// The lobby as those who manage it see it.
import { expect, test } from 'vitest';
import type { RemoteParticipant } from '../src/types/call';
import { CallFixture, capabilities, waiting } from './call_fixture';

async function joined(): Promise<{ fixture: CallFixture; updates: { added: RemoteParticipant[]; removed: RemoteParticipant[] }[] }> {
  const fixture = new CallFixture();
  await fixture.join({ role: 'Organizer' });
  const updates: { added: RemoteParticipant[]; removed: RemoteParticipant[] }[] = [];
  fixture.call.lobby.on('lobbyParticipantsUpdated', ((change: never) => updates.push(change)) as never);
  return { fixture, updates };
}

test('[CP-32] who waits is listed with name, label and state; who goes is removed', async () => {
  const { fixture, updates } = await joined();
  fixture.push({ type: 'lobby', version: 1, full: true, participants: [waiting({ id: 'g1', displayName: 'Ana' })], removed: [] });
  const [ana] = fixture.call.lobby.participants;
  expect([ana!.displayName, ana!.label, ana!.state]).toEqual(['Ana', 'External', 'InLobby']);
  expect(ana!.identifier).toMatchObject({ communicationUserId: '8:acs:r_g1' });
  fixture.push({ type: 'lobby', version: 2, full: false, participants: [waiting({ id: 'g2' })], removed: ['g1'] });
  expect(updates.map(({ added, removed }) => [added.length, removed.length])).toEqual([[1, 0], [1, 1]]);
  expect(updates[1]!.removed[0]).toBe(ana);
  expect(fixture.call.lobby.participants).toHaveLength(1);
});

test('[CP-33] admit, reject, admit all speak of legs', async () => {
  const { fixture } = await joined();
  const participants = [waiting({ id: 'g1', rawId: '8:acs:r_u' }), waiting({ id: 'g2', rawId: '8:acs:r_u' }), waiting({ id: 'g3' })];
  fixture.push({ type: 'lobby', version: 1, full: true, participants, removed: [] });
  fixture.answers['admitAll'] = () => ({ successCount: 3, failureCount: 0 });
  await fixture.call.lobby.admit({ communicationUserId: '8:acs:r_u' });
  await fixture.call.lobby.reject({ communicationUserId: '8:acs:r_g3' });
  await expect(fixture.call.lobby.admitAll()).resolves.toEqual({ successCount: 3, failureCount: 0 });
  expect(fixture.of('admit')[0]!['participants']).toEqual(['g1', 'g2']);
  expect(fixture.of('reject')[0]!['participants']).toEqual(['g3']);
});

test('[CP-33] a stranger is 400/41804, a refusal keeps its numbers', async () => {
  const { fixture } = await joined();
  await expect(fixture.call.lobby.admit({ communicationUserId: '8:acs:r_x' })).rejects.toMatchObject({ code: 400, subCode: 41804 });
  fixture.push({ type: 'lobby', version: 1, full: true, participants: [waiting({ id: 'g1' })], removed: [] });
  fixture.refuse('admit', 403, 41805);
  await expect(fixture.call.lobby.admit({ communicationUserId: '8:acs:r_g1' })).rejects.toMatchObject({ code: 403, subCode: 41805 });
});

test('[CP-32] a missed change asks for the whole list', async () => {
  const { fixture } = await joined();
  fixture.push({ type: 'lobby', version: 1, full: true, participants: [waiting({ id: 'g1' })], removed: [] });
  fixture.answers['lobbyList'] = () => ({ participants: [waiting({ id: 'g3' }), waiting({ id: 'g4' })] });
  fixture.push({ type: 'lobby', version: 3, full: false, participants: [waiting({ id: 'g3' })], removed: [] });
  await fixture.clock.advance(0);
  expect(fixture.call.lobby.participants.map(({ displayName }) => displayName)).toEqual(['g3', 'g4']);
});

test('whoever may no longer manage the lobby sees it empty', async () => {
  const { fixture, updates } = await joined();
  fixture.push({ type: 'lobby', version: 1, full: true, participants: [waiting({ id: 'g1' })], removed: [] });
  fixture.push({ type: 'capabilities', role: 'Attendee', capabilities: capabilities(['manageLobby']), reason: 'RoleChanged' });
  expect(fixture.call.lobby.participants).toEqual([]);
  expect(updates[1]!.removed).toHaveLength(1);
});
