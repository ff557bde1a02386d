// Hands, spotlight, reactions, media access, text and data: the features of a call against a server played by the test.
import { describe, expect, test } from 'vitest';
import { Features } from '../src/features/factories';
import type { DataChannelReceiver, MediaStatsReportSample } from '../src/types/more_features';
import { CallFixture, person } from './call_fixture';
import { FakePeer, OWN_RAW_ID } from './fakes';

const STAGE = { type: 'stage', hands: [], spotlight: [], attendees: { audio: true, camera: true }, restricted: [] } as const;
const bo = { microsoftTeamsUserId: 'b', rawId: '8:orgid:b', cloud: 'public' as const };

async function joined(): Promise<CallFixture> {
  const fixture = new CallFixture();
  await fixture.join();
  fixture.roster([person({ id: 'p-self', rawId: OWN_RAW_ID, self: true }), person({ id: 'a' }), person({ id: 'b' })]);
  return fixture;
}

function heard(feature: object, event: string): unknown[] {
  const seen: unknown[] = [];
  const { on } = feature as { on(event: string, listener: (arg: unknown) => void): void };
  on(event, (arg) => seen.push(arg));
  return seen;
}

describe('[F4] raised hands', () => {
  test('[CP-60] [CP-61] are told in their order, each once, and asked for by leg', async () => {
    const fixture = await joined();
    const hands = fixture.call.feature(Features.RaiseHand);
    const [raised, lowered] = [heard(hands, 'raisedHandEvent'), heard(hands, 'loweredHandEvent')];
    await hands.raiseHand();
    expect(fixture.of('hand')).toEqual([{ type: 'hand', leg: fixture.call.leg, raised: true }]);
    fixture.push({ ...STAGE, hands: ['b', 'p-self'] });
    expect(hands.getRaisedHands().map(({ order, identifier }) => [order, (identifier as { rawId?: string }).rawId ?? OWN_RAW_ID])).toEqual([[1, '8:orgid:b'], [2, OWN_RAW_ID]]);
    expect(raised).toHaveLength(2);
    fixture.push({ ...STAGE, hands: ['p-self'] });
    expect(lowered).toHaveLength(1);
    await hands.lowerHands([{ microsoftTeamsUserId: 'a', rawId: '8:orgid:a' }]);
    await hands.lowerAllHands();
    expect(fixture.of('lowerHands').map(({ participants }) => participants)).toEqual([['a'], 'all']);
    await expect(hands.lowerHands([{ communicationUserId: '8:acs:r_x' }])).rejects.toMatchObject({ subCode: 41804 });
  });

  test('a hand that never was up is lowered without a word, also before the call connects', async () => {
    const early = new CallFixture();
    await early.call.feature(Features.RaiseHand).lowerHand();
    expect(early.of('hand')).toEqual([]);
    const fixture = await joined();
    const hands = fixture.call.feature(Features.RaiseHand);
    await hands.lowerHand();
    expect(fixture.of('hand')).toEqual([]);
    await hands.raiseHand();
    await hands.lowerHand();
    expect(fixture.of('hand').map(({ raised }) => raised)).toEqual([true, false]);
  });

  test('somebody who is on stage before the roster names them is shown after it', async () => {
    const fixture = await joined();
    const hands = fixture.call.feature(Features.RaiseHand);
    fixture.push({ ...STAGE, hands: ['c'] });
    expect(hands.getRaisedHands()).toEqual([]);
    fixture.roster([person({ id: 'c' })]);
    expect(hands.getRaisedHands()).toHaveLength(1);
  });

  test('a refusal of the server is an error with its codes', async () => {
    const fixture = await joined();
    fixture.refuse('hand', 403, 45802);
    await expect(fixture.call.feature(Features.RaiseHand).raiseHand()).rejects.toMatchObject({ code: 403, subCode: 45802 });
  });
});

test('[CP-62] spotlight: oneself, others, all', async () => {
  const fixture = await joined();
  const spotlight = fixture.call.feature(Features.Spotlight);
  const changes = heard(spotlight, 'spotlightChanged');
  await spotlight.startSpotlight();
  await spotlight.startSpotlight([bo]);
  await spotlight.stopAllSpotlight();
  expect(fixture.of('spotlight').map(({ participants, on }) => [participants, on])).toEqual([[['p-self'], true], [['b'], true], ['all', false]]);
  fixture.push({ ...STAGE, spotlight: ['b'] });
  expect(spotlight.getSpotlightedParticipants()).toEqual([{ identifier: expect.objectContaining({ rawId: '8:orgid:b' }), order: 1 }]);
  fixture.push({ ...STAGE, hands: ['a'], spotlight: ['b'] });
  expect(changes).toHaveLength(1);
});

test('[CP-64] a reaction carries the raw id', async () => {
  const fixture = await joined();
  const reactions = fixture.call.feature(Features.Reaction);
  const seen = heard(reactions, 'reaction');
  await reactions.sendReaction({ reactionType: 'heart' });
  expect(fixture.of('react')[0]).toMatchObject({ reaction: 'heart' });
  fixture.push({ type: 'reaction', participant: 'b', reaction: 'heart' });
  expect(seen).toEqual([{ identifier: '8:orgid:b', reactionMessage: { reactionType: 'heart', name: 'heart' } }]);
});

test('[CP-63] media access: asked for, told, and who is not named may send', async () => {
  const fixture = await joined();
  const access = fixture.call.feature(Features.MediaAccess);
  const [changed, meeting] = [heard(access, 'mediaAccessChanged'), heard(access, 'meetingMediaAccessChanged')];
  await access.forbidAudio([bo]);
  await access.permitOthersVideo();
  expect(fixture.of('access').map(({ media, permit, participants }) => [media, permit, participants])).toEqual([['audio', false, ['b']], ['camera', true, 'all']]);
  fixture.push({ ...STAGE, attendees: { audio: false, camera: true }, restricted: [{ id: 'b', audio: false, camera: true }] });
  expect(changed).toEqual([{ mediaAccesses: [expect.objectContaining({ isAudioPermitted: false, isVideoPermitted: true })] }]);
  expect(meeting).toEqual([{ meetingMediaAccess: { isAudioPermitted: false, isVideoPermitted: true } }]);
  expect(access.getAllOthersMediaAccess().map(({ isAudioPermitted }) => isAudioPermitted)).toEqual([true, false]);
});

test('[CP-65] real-time text: pieces of one sequence until it is final, own ones too', async () => {
  const fixture = await joined();
  const text = fixture.call.feature(Features.RealTimeText);
  const seen = heard(text, 'realTimeTextReceived');
  await text.sendRealTimeText('he');
  await text.sendRealTimeText('hello', true);
  await text.sendRealTimeText('next');
  expect(fixture.of('text').map(({ sequence, isFinal }) => [sequence, isFinal])).toEqual([[1, false], [1, true], [2, false]]);
  fixture.push({ type: 'text', participant: 'b', sequence: 7, text: 'hi', isFinal: true });
  expect(seen[3]).toMatchObject({ sequenceId: 7, text: 'hi', resultType: 'Final', isLocal: false, sender: { displayName: 'b' } });
  expect(seen[0]).toMatchObject({ isLocal: true, resultType: 'Partial' });
  await expect(text.sendRealTimeText('x'.repeat(2_001))).rejects.toMatchObject({ code: 400 });
});

test('[CP-66] data channels: bytes to all or to some, a receiver for each sender, closed when the sender leaves', async () => {
  const fixture = await joined();
  const data = fixture.call.feature(Features.DataChannel);
  const receivers = heard(data, 'dataChannelReceiverCreated') as DataChannelReceiver[];
  const sender = data.createDataChannelSender({ channelId: 7 });
  await sender.sendMessage(new Uint8Array([0, 1, 255]));
  sender.setParticipants([bo]);
  await sender.sendMessage(new Uint8Array([2]));
  expect(fixture.of('data').map(({ channel, payload, to }) => [channel, payload, to])).toEqual([[7, 'AAH/', undefined], [7, 'Ag==', ['b']]]);
  await expect(sender.sendMessage(new Uint8Array(32_769))).rejects.toMatchObject({ code: 400 });
  sender.close();
  await expect(sender.sendMessage(new Uint8Array(1))).rejects.toMatchObject({ code: 412 });
  expect(() => data.createDataChannelSender({ channelId: -1 })).toThrow();

  fixture.push({ type: 'data', participant: 'b', channel: 7, payload: 'AAH/' });
  fixture.push({ type: 'data', participant: 'b', channel: 7, payload: 'Ag==' });
  fixture.push({ type: 'data', participant: 'b', channel: 7, payload: '*' });
  expect(receivers).toHaveLength(1);
  const closed = heard(receivers[0]!, 'close');
  expect(receivers[0]!.readMessage()).toEqual({ data: new Uint8Array([0, 1, 255]), sequenceNumber: 1 });
  fixture.roster([], [{ id: 'b', code: 0, subCode: 0 }]);
  expect(closed).toHaveLength(1);
  expect(receivers[0]!.readMessage()?.sequenceNumber).toBe(2);
});

describe('media statistics', () => {
  const report = (seconds: number): Map<string, unknown> =>
    new Map<string, unknown>([
      ['in', { id: 'in', type: 'inbound-rtp', kind: 'video', mid: '6', timestamp: seconds * 1_000, packetsReceived: 100 * seconds, bytesReceived: 10_000 * seconds, framesDecoded: 25 * seconds, frameWidth: 640, jitter: 0.02, codecId: 'c' }],
      ['out', { id: 'out', type: 'outbound-rtp', kind: 'audio', mid: '0', timestamp: seconds * 1_000, packetsSent: 50 * seconds, bytesSent: 4_000 * seconds, remoteId: 'r' }],
      ['idle', { id: 'idle', type: 'inbound-rtp', kind: 'audio', mid: '3', timestamp: seconds * 1_000, packetsReceived: 0 }],
      ['r', { id: 'r', type: 'remote-inbound-rtp', timestamp: seconds * 1_000, roundTripTime: 0.05 }],
      ['c', { id: 'c', type: 'codec', timestamp: 0, mimeType: 'video/VP8' }],
    ]);

  test('samples each second, rates from the differences; a summary counts them', async () => {
    const fixture = await joined();
    const startMs = fixture.clock.nowMs();
    FakePeer.last.getStats = async () => report((fixture.clock.nowMs() - startMs) / 1_000);
    const collector = fixture.call.feature(Features.MediaStats).createCollector({ aggregationInterval: 3, dataPointsPerAggregation: 3 });
    const samples = heard(collector, 'sampleReported') as MediaStatsReportSample[];
    const summaries = heard(collector, 'summaryReported') as MediaStatsReportSample[];
    for (let tick = 0; tick < 3; tick++) {
      await fixture.clock.advance(1_000);
    }
    expect(samples).toHaveLength(3);
    expect(samples[1]!.video.receive[0]).toMatchObject({ codecName: 'VP8', bitrate: 80_000, packetsPerSecond: 100, frameRateDecoded: 25, frameWidthReceived: 640, jitterInMs: 20 });
    expect(samples[1]!.audio.send[0]).toMatchObject({ bitrate: 32_000, rttInMs: 50 });
    expect(samples[1]!.audio.receive).toEqual([]);
    expect(summaries[0]!.video.receive[0]!['frameWidthReceived']).toMatchObject({ aggregation: { count: 3, sum: 1_920, min: 640, max: 640 }, raw: [640, 640, 640] });
    collector.dispose();
    await fixture.clock.advance(5_000);
    expect(samples).toHaveLength(3);
  });
});
