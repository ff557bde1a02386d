// The call of a room as apps see it: facts, role, what the role allows, and the end of an invitation.
import { beforeEach, describe, expect, test } from 'vitest';
import { Features } from '../src/features/factories';
import type { ParticipantCapabilityName } from '../src/types/features';
import type { ParticipantRole } from '../src/types/vocabulary';
import { CallFixture, capabilities, person } from './call_fixture';
import { settle } from './fakes';

const ROOM_ID = '99199690362660524';
const LACKS: Partial<Record<ParticipantRole, ParticipantCapabilityName[]>> = {
  Attendee: ['shareScreen', 'muteOthers', 'removeParticipant', 'hangUpForEveryOne'],
  Collaborator: ['muteOthers', 'removeParticipant', 'hangUpForEveryOne'],
  Consumer: ['unmuteMic', 'turnVideoOn', 'shareScreen', 'muteOthers', 'removeParticipant', 'hangUpForEveryOne'],
};

let fixture: CallFixture;
const call = (): CallFixture['call'] => fixture.call;

async function joinAs(role: ParticipantRole, options = {}): Promise<void> {
  fixture = new CallFixture(options);
  await fixture.join({ kind: 'room', roomId: ROOM_ID, threadId: undefined, role, capabilities: capabilities(LACKS[role]) });
}

function becomes(role: ParticipantRole): void {
  fixture.push({ type: 'capabilities', role, capabilities: capabilities(LACKS[role]), reason: 'RoleChanged' });
}

describe('[E14] a room\'s call', () => {
  beforeEach(() => joinAs('Presenter'));

  test('[CP-28] knows its room, and has no thread and no group', () => {
    expect(call().state).toBe('Connected');
    expect(call().kind).toBe('Call');
    expect(Object.keys(call().info)).toContain('roomId');
    expect(call().info).toMatchObject({ roomId: ROOM_ID, threadId: undefined, groupId: undefined });
  });

  test('[CP-28] the role and the roles of others are the room\'s', () => {
    expect(call().role).toBe('Presenter');
    fixture.roster([person({ id: 'c', role: 'Consumer' }), person({ id: 'd', role: 'Collaborator' })]);
    expect(call().remoteParticipants.map(({ role }) => role)).toEqual(['Consumer', 'Collaborator']);
  });

  test('[CP-29] a withdrawn invitation ends the call with 0/5317, a success', () => {
    fixture.push({ type: 'ended', code: 0, subCode: 5317 });
    expect(call().state).toBe('Disconnected');
    expect(call().callEndReason).toMatchObject({ code: 0, subCode: 5317, resultCategories: ['Success'] });
  });

  test('[CP-29] a role taken away stops camera and microphone, and apps hear of it', async () => {
    await joinAs('Presenter', {});
    let changes = 0;
    call().on('roleChanged', () => (changes += 1));
    expect(call().isMuted).toBe(false);
    becomes('Consumer');
    await settle();
    expect(call().role).toBe('Consumer');
    expect(call().isMuted).toBe(true);
    expect(changes).toBe(1);
    expect(call().feature(Features.Capabilities).capabilities.turnVideoOn).toEqual({ isPresent: false, reason: 'RoleRestricted' });
    becomes('Collaborator');
    expect(call().feature(Features.Capabilities).capabilities.shareScreen.isPresent).toBe(true);
  });
});

describe('[L3] a consumer', () => {
  test('[CP-28] who joins unmuted is muted: the server refuses', async () => {
    fixture = new CallFixture({});
    fixture.refuse('publish', 403, 41106);
    await fixture.join({ kind: 'room', roomId: ROOM_ID, threadId: undefined, role: 'Consumer', capabilities: capabilities(LACKS.Consumer) });
    expect(call().isMuted).toBe(true);
    await expect(call().unmute()).rejects.toMatchObject({ code: 403, subCode: 41106 });
    await expect(call().startScreenSharing()).rejects.toMatchObject({ code: 403 });
    await expect(call().hangUp({ forEveryone: true })).rejects.toMatchObject({ code: 403 });
  });

  test.each([
    [404, 5732],
    [403, 5828],
    [403, 5829],
    [403, 5830],
  ])('[CP-28] a refused join ends with %i/%i', async (code, subCode) => {
    fixture = new CallFixture();
    fixture.refuse('join', code, subCode);
    await fixture.join();
    expect(call().callEndReason).toMatchObject({ code, subCode, resultCategories: ['ExpectedError'] });
  });
});
