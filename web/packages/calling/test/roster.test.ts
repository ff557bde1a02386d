// Roster and participants: merging devices into people, changes, gaps, slots, speakers, what is asked for.
import { describe, expect, test, vi } from 'vitest';
import { Features } from '../src/features/factories';
import { RemoteVideo } from '../src/remote_streams';
import type { RemoteParticipant } from '../src/types/call';
import { CallFixture, person } from './call_fixture';
import { FakePeer, OWN_RAW_ID, settle } from './fakes';

async function joined(): Promise<CallFixture> {
  const fixture = new CallFixture();
  await fixture.join();
  return fixture;
}

const only = (fixture: CallFixture): RemoteParticipant => fixture.call.remoteParticipants[0]!;
const cameraOf = (participant: RemoteParticipant): RemoteVideo => participant.videoStreams[0] as RemoteVideo;

test('[CP-30] the full roster adds people; a change updates the same object and fires only what changed', async () => {
  const fixture = await joined();
  const updates: { added: unknown[]; removed: unknown[] }[] = [];
  fixture.call.on('remoteParticipantsUpdated', ((change: never) => updates.push(change)) as never);
  fixture.roster([person({ id: 'a', muted: true }), person({ id: 'me', rawId: OWN_RAW_ID, self: true })]);
  const participant = only(fixture);
  expect(updates).toEqual([{ added: [participant], removed: [] }]);
  const fired: string[] = [];
  for (const event of ['isMutedChanged', 'displayNameChanged', 'roleChanged', 'stateChanged'] as const) {
    participant.on(event as 'stateChanged', () => fired.push(event));
  }
  fixture.roster([person({ id: 'a', muted: false })]);
  expect(only(fixture)).toBe(participant);
  expect(participant.isMuted).toBe(false);
  expect(fired).toEqual(['isMutedChanged']);
  expect(updates).toHaveLength(1);
});

test('[CP-30] a gap in the versions asks for a full roster; an old version is dropped', async () => {
  const fixture = await joined();
  fixture.roster([person({ id: 'a' })]);
  fixture.push({ type: 'roster', version: 5, full: false, participants: [person({ id: 'b' })], removed: [] });
  expect(fixture.of('rosterSync')).toHaveLength(1);
  expect(fixture.call.remoteParticipants).toHaveLength(1);
  fixture.push({ type: 'roster', version: 6, full: true, participants: [person({ id: 'b' })], removed: [] });
  fixture.push({ type: 'roster', version: 3, full: false, participants: [person({ id: 'c' })], removed: [] });
  expect(fixture.call.remoteParticipants.map(({ displayName }) => displayName)).toEqual(['b']);
});

test('[CP-31] two devices are one person; the own other devices are not among the others', async () => {
  const fixture = await joined();
  fixture.roster([
    person({ id: 'laptop', rawId: '8:orgid:x', muted: true, camera: false, joinedOn: 1 }),
    person({ id: 'phone', rawId: '8:orgid:x', muted: false, camera: true, joinedOn: 2 }),
    person({ id: 'mine', rawId: OWN_RAW_ID }),
  ]);
  expect(fixture.call.remoteParticipants).toHaveLength(1);
  const both = only(fixture);
  expect(both.isMuted).toBe(false);
  expect(both.endpointDetails).toEqual([{ participantId: 'laptop' }, { participantId: 'phone' }]);
  expect(both.videoStreams[0]!.isAvailable).toBe(true);
  fixture.roster([], [{ id: 'phone', code: 0, subCode: 0 }]);
  expect(only(fixture)).toBe(both);
  expect(both.isMuted).toBe(true);
  expect(both.videoStreams[0]!.isAvailable).toBe(false);
});

test('a person who goes is Disconnected, with the reason, before the list says so', async () => {
  const fixture = await joined();
  fixture.roster([person({ id: 'a', camera: true })]);
  const participant = only(fixture);
  const order: unknown[] = [];
  participant.on('stateChanged', () => order.push([participant.state, participant.callEndReason, fixture.call.remoteParticipants.length]));
  fixture.call.on('remoteParticipantsUpdated', (({ removed }: { removed: unknown[] }) => order.push(removed)) as never);
  fixture.roster([], [{ id: 'a', code: 0, subCode: 5300 }]);
  expect(order).toEqual([['Disconnected', { code: 0, subCode: 5300 }, 1], [participant]]);
  expect(participant.videoStreams[0]!.isAvailable).toBe(false);
});

test('one camera and one share stream a person, with numbers of their own; availability follows the roster', async () => {
  const fixture = await joined();
  fixture.roster([person({ id: 'a' }), person({ id: 'b' })]);
  const streams = fixture.call.remoteParticipants.flatMap(({ videoStreams }) => videoStreams);
  expect(streams.map(({ mediaStreamType }) => mediaStreamType)).toEqual(['Video', 'ScreenSharing', 'Video', 'ScreenSharing']);
  expect(new Set(streams.map(({ id }) => id)).size).toBe(4);
  const fired: boolean[] = [];
  streams[1]!.on('isAvailableChanged', () => fired.push(streams[1]!.isAvailable));
  fixture.roster([person({ id: 'a', share: true })]);
  fixture.roster([person({ id: 'a', share: false })]);
  expect(fired).toEqual([true, false]);
});

test('[H2] the label of an outsider is passed on', async () => {
  const fixture = await joined();
  fixture.roster([person({ id: 'a', displayName: 'Ana (External)', label: 'External' })]);
  expect([only(fixture).displayName, only(fixture).label]).toEqual(['Ana (External)', 'External']);
});

describe('[CP-43] what the page shows is asked for', () => {
  test('at once for the first tile, in one list for the ones that follow, shares first', async () => {
    const fixture = await joined();
    fixture.roster([person({ id: 'a', camera: true }), person({ id: 'b', camera: true, share: true })]);
    const [a, b] = fixture.call.remoteParticipants;
    cameraOf(a!).addViewer({ width: 320, height: 180 });
    expect(fixture.of('view')).toHaveLength(1);
    cameraOf(b!).addViewer({ width: 640, height: 360 });
    (b!.videoStreams[1] as RemoteVideo).addViewer({ width: 100, height: 100 });
    expect(fixture.of('view')).toHaveLength(1);
    await fixture.clock.advance(200);
    expect(fixture.of('view')).toHaveLength(2);
    expect(fixture.of('view')[1]!['wants']).toEqual([
      { participant: 'b', stream: 'share', width: 100, height: 100 },
      { participant: 'b', stream: 'camera', width: 640, height: 360 },
      { participant: 'a', stream: 'camera', width: 320, height: 180 },
    ]);
  });

  test('whoever speaks comes before a larger tile; nothing is sent twice; closing the tiles empties the list', async () => {
    const fixture = await joined();
    fixture.roster([person({ id: 'a', camera: true }), person({ id: 'b', camera: true })]);
    const [a, b] = fixture.call.remoteParticipants;
    const viewers = [{ width: 320, height: 180 }, { width: 640, height: 360 }];
    cameraOf(a!).addViewer(viewers[0]!);
    cameraOf(b!).addViewer(viewers[1]!);
    await fixture.clock.advance(200);
    fixture.push({ type: 'speakers', dominant: ['a'], speaking: ['a'] });
    await fixture.clock.advance(200);
    expect((fixture.of('view').slice(-1)[0]!['wants'] as { participant: string }[]).map(({ participant }) => participant)).toEqual(['a', 'b']);
    const count = fixture.of('view').length;
    fixture.push({ type: 'speakers', dominant: ['a'], speaking: [] });
    await fixture.clock.advance(200);
    expect(fixture.of('view')).toHaveLength(count);
    cameraOf(a!).removeViewer(viewers[0]!);
    cameraOf(b!).removeViewer(viewers[1]!);
    await fixture.clock.advance(200);
    expect(fixture.of('view').slice(-1)[0]!['wants']).toEqual([]);
  });

  test('after a new session everything is asked for again', async () => {
    const fixture = await joined();
    fixture.roster([person({ id: 'a', camera: true })]);
    cameraOf(only(fixture)).addViewer({ width: 320, height: 180 });
    await fixture.clock.advance(200);
    fixture.call.rejoin();
    await fixture.clock.advance(200);
    expect(fixture.of('view')).toHaveLength(2);
  });
});

describe('[CP-44] slots', () => {
  test('give a stream its track, take it away, and wait for a roster that comes later', async () => {
    const fixture = await joined();
    fixture.push({ type: 'slots', version: 1, video: [{ mid: '6', participant: 'a', stream: 'camera' }], audio: [] });
    fixture.roster([person({ id: 'a', camera: true })]);
    const stream = cameraOf(only(fixture));
    expect(stream.track).toBe(FakePeer.last.transceivers[6]!.receiver.track);
    fixture.push({ type: 'slots', version: 2, video: [], audio: [] });
    expect(stream.track).toBeUndefined();
  });

  test('that come before the offer is made get their tracks once it is', async () => {
    const fixture = await joined();
    fixture.roster([person({ id: 'a', camera: true })]);
    let goOn = (): void => undefined;
    const slowly = new Promise<void>((resolve) => (goOn = resolve));
    const original = FakePeer.prototype.setLocalDescription;
    const slow = vi.spyOn(FakePeer.prototype, 'setLocalDescription').mockImplementation(async function (this: FakePeer, description) {
      await slowly;
      return original.call(this, description);
    });
    fixture.call.rejoin();
    await settle();
    fixture.push({ type: 'slots', version: 1, video: [{ mid: '6', participant: 'a', stream: 'camera' }], audio: [] });
    const stream = cameraOf(only(fixture));
    expect(stream.track).toBeUndefined();
    goOn();
    await settle();
    expect(stream.track).toBe(FakePeer.last.transceivers[6]!.receiver.track);
    slow.mockRestore();
  });

  test('a stream whose slot stands still is not receiving until it moves again', async () => {
    const fixture = await joined();
    fixture.roster([person({ id: 'a', camera: true })]);
    fixture.push({ type: 'slots', version: 1, video: [{ mid: '6', participant: 'a', stream: 'camera' }], audio: [] });
    const stream = cameraOf(only(fixture));
    const fired: boolean[] = [];
    stream.on('isReceivingChanged', () => fired.push(stream.isReceiving));
    const frames = (framesDecoded: number): void => {
      FakePeer.last.stats = [{ type: 'inbound-rtp', kind: 'video', mid: '6', framesDecoded }];
    };
    frames(10);
    await fixture.clock.advance(6_500);
    expect(fired).toEqual([false]);
    frames(20);
    await fixture.clock.advance(2_000);
    expect(fired).toEqual([false, true]);
  });
});

test('[CP-45] speakers: flags of the people and the dominant list, the own devices left out', async () => {
  const fixture = await joined();
  fixture.roster([person({ id: 'a' }), person({ id: 'b' }), person({ id: 'me', rawId: OWN_RAW_ID, self: true })]);
  const dominant = fixture.call.feature(Features.DominantSpeakers);
  let fired = 0;
  dominant.on('dominantSpeakersChanged', () => (fired += 1));
  fixture.push({ type: 'speakers', dominant: ['b', 'me', 'a'], speaking: ['b', 'me'] });
  expect(fixture.call.remoteParticipants.map(({ isSpeaking }) => isSpeaking)).toEqual([false, true]);
  const list = dominant.dominantSpeakers.speakersList as { microsoftTeamsUserId?: string }[];
  expect(list.map(({ microsoftTeamsUserId }) => microsoftTeamsUserId)).toEqual(['b', 'a']);
  expect(fired).toBe(1);
});

test('[CP-34] removing a person removes all devices', async () => {
  const fixture = await joined();
  fixture.roster([person({ id: '1', rawId: '8:orgid:x' }), person({ id: '2', rawId: '8:orgid:x' })]);
  await fixture.call.removeParticipant(only(fixture).identifier);
  expect(fixture.of('remove').map(({ participant }) => participant)).toEqual(['1', '2']);
  await expect(fixture.call.removeParticipant({ communicationUserId: '8:acs:r_nobody' })).rejects.toMatchObject({ code: 400 });
});
