// The peer connection: order of the m-lines, negotiation and getting a lost transport back.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Media, type MediaHooks } from '../src/media';
import { gradeLoss, QualityMonitor } from '../src/quality';
import { DiagnosticQuality } from '../src/types/vocabulary';
import { FakePeer, FakeTrack, ManualClock, settle } from './fakes';

let clock: ManualClock;
let hooks: { [name in keyof MediaHooks]: ReturnType<typeof vi.fn> };

function create(videoSlots = 9): { media: Media; peer: FakePeer } {
  const media = new Media({
    createPeer: (configuration) => new FakePeer(configuration) as unknown as RTCPeerConnection,
    clock,
    iceServers: [{ urls: 'turn:t' }],
    videoSlots,
    hooks: hooks as unknown as MediaHooks,
  });
  return { media, peer: FakePeer.last };
}

beforeEach(() => {
  clock = new ManualClock();
  hooks = { exchange: vi.fn(async () => 'answer'), onNegotiated: vi.fn(), onConnected: vi.fn(), onInterrupted: vi.fn(), onFailed: vi.fn() };
});

test('[CP-41] the m-lines: microphone, camera with rids q h f, share, 3 audio slots, the video slots, the share slot', () => {
  const { peer } = create(4);
  expect(peer.transceivers.map(({ kind, direction }) => `${kind} ${direction}`)).toEqual([
    'audio sendonly',
    'video sendonly',
    'video sendonly',
    ...Array(3).fill('audio recvonly'),
    ...Array(5).fill('video recvonly'),
  ]);
  const layers = peer.transceivers[1]!.encodings;
  expect(layers.map(({ rid, scaleResolutionDownBy }) => [rid, scaleResolutionDownBy])).toEqual([['q', 4], ['h', 2], ['f', 1]]);
  const rates = layers.map(({ maxBitrate }) => maxBitrate!);
  expect(rates[0]! < rates[1]! && rates[1]! < rates[2]!).toBe(true);
  expect(peer.configuration.iceServers).toEqual([{ urls: 'turn:t' }]);
});

test('[CP-40] the client offers once and takes the answer; attaching tracks negotiates nothing', async () => {
  const { media, peer } = create();
  media.start();
  await settle();
  await media.setCamera(new FakeTrack('video') as unknown as MediaStreamTrack);
  await media.setCamera(null);
  expect(hooks.exchange.mock.calls).toEqual([['offer-1']]);
  expect(peer.remoteDescription?.sdp).toBe('answer');
});

test('a slot is found by the mid of the negotiation', async () => {
  const { media, peer } = create(2);
  media.start();
  await settle();
  expect(media.trackOf('6')).toBe(peer.transceivers[6]!.receiver.track);
  expect(media.trackOf('3')).toBe(peer.transceivers[3]!.receiver.track);
  expect(media.trackOf('99')).toBeUndefined();
});

describe('[CP-47] getting the transport back', () => {
  async function connected(): Promise<{ media: Media; peer: FakePeer }> {
    const both = create();
    both.media.start();
    await settle();
    both.peer.become('connected');
    return both;
  }

  test('disconnected for less than 2 s heals by itself', async () => {
    const { peer } = await connected();
    peer.become('disconnected');
    expect(hooks.onInterrupted).toHaveBeenCalledOnce();
    await clock.advance(1_900);
    peer.become('connected');
    await clock.advance(10_000);
    expect(peer.iceRestarts).toBe(0);
  });

  test('disconnected for 2 s restarts ICE, and again until it is back', async () => {
    const { peer } = await connected();
    peer.become('disconnected');
    await clock.advance(2_000);
    expect(peer.iceRestarts).toBe(1);
    expect(hooks.exchange).toHaveBeenCalledTimes(2);
    await clock.advance(5_000);
    expect(peer.iceRestarts).toBe(2);
    peer.become('connected');
    await clock.advance(60_000);
    expect(peer.iceRestarts).toBe(2);
  });

  test('failed restarts at once; so does another network', async () => {
    const { media, peer } = await connected();
    peer.become('failed');
    expect(peer.iceRestarts).toBe(1);
    await settle();
    peer.become('connected');
    media.networkChanged();
    expect(peer.iceRestarts).toBe(2);
  });

  test('a restart that the server never answered does not block the next one', async () => {
    const { peer } = await connected();
    hooks.exchange.mockRejectedValueOnce(new Error('lost'));
    peer.become('failed');
    await settle();
    expect(peer.signalingState).toBe('stable');
    await clock.advance(5_000);
    await settle();
    expect(hooks.exchange).toHaveBeenCalledTimes(3);
  });

  test('restarts do not pile up while the server cannot be asked', async () => {
    const { peer } = await connected();
    let answer = (_sdp: string): void => undefined;
    hooks.exchange.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    peer.become('failed');
    await clock.advance(30_000);
    expect(peer.iceRestarts).toBe(1);
    answer('late');
    await settle();
    await clock.advance(5_000);
    expect(peer.iceRestarts).toBe(2);
  });

  test('nothing happens after close', async () => {
    const { media, peer } = await connected();
    media.close();
    peer.become('failed');
    media.networkChanged();
    await clock.advance(60_000);
    expect(peer.iceRestarts).toBe(0);
    expect(peer.isClosed).toBe(true);
  });
});

test('layers that the answer did not take stay off', async () => {
  hooks.exchange.mockResolvedValueOnce('v=0\r\na=simulcast:recv q;h\r\n');
  const { media, peer } = create();
  await media.setCameraLayers('smallest');
  media.start();
  await settle();
  await media.setCameraLayers('all');
  expect(peer.transceivers[1]!.encodings.map(({ active }) => active)).toEqual([true, true, false]);
});

test('the camera, and only the camera, begins with a better guess of the bandwidth', async () => {
  const answer = [
    'v=0', 'm=audio 9 x 111', 'a=rtpmap:111 opus/48000/2', 'm=video 9 x 96 97 102', 'a=rtpmap:96 VP8/90000', 'a=rtpmap:97 rtx/90000', 'a=fmtp:97 apt=96',
    'a=rtpmap:102 H264/90000', 'a=fmtp:102 packetization-mode=1', 'm=video 9 x 96', 'a=rtpmap:96 VP8/90000', '',
  ].join('\r\n');
  hooks.exchange.mockResolvedValueOnce(answer);
  const { media, peer } = create();
  media.start();
  await settle();
  expect(peer.remoteDescription!.sdp).toBe(
    answer
      .replace('VP8/90000\r\na=rtpmap:97', 'VP8/90000\r\na=fmtp:96 x-google-start-bitrate=1000\r\na=rtpmap:97')
      .replace('packetization-mode=1', 'packetization-mode=1;x-google-start-bitrate=1000'),
  );
});

test('a first negotiation that fails is told', async () => {
  hooks.exchange.mockRejectedValueOnce(new Error('no'));
  create().media.start();
  await settle();
  expect(hooks.onFailed).toHaveBeenCalledOnce();
});

describe('quality', () => {
  test.each([[0, DiagnosticQuality.Good], [0.05, DiagnosticQuality.Poor], [0.149, DiagnosticQuality.Poor], [0.15, DiagnosticQuality.Bad]])(
    'a loss of %f is graded %i',
    (loss, quality) => expect(gradeLoss(loss)).toBe(quality),
  );

  test('loss is taken between two polls, and slots that stand still are told from those that move', async () => {
    const peer = new FakePeer();
    const seen: unknown[] = [];
    const monitor = new QualityMonitor(clock, {
      stats: () => peer.getStats() as unknown as Promise<RTCStatsReport>,
      onReceiveQuality: (quality) => seen.push(['receive', quality]),
      onSendQuality: (quality) => seen.push(['send', quality]),
      onFrames: (moving, still) => seen.push([[...moving], [...still]]),
    });
    const video = (mid: string, framesDecoded: number, packetsLost: number): Record<string, unknown> => ({
      type: 'inbound-rtp', kind: 'video', mid, framesDecoded, packetsReceived: framesDecoded * 10, packetsLost,
    });
    peer.stats = [video('6', 10, 100), video('7', 10, 0)];
    await clock.advance(2_000);
    peer.stats = [video('6', 20, 120), video('7', 10, 0), { type: 'remote-inbound-rtp', fractionLost: 0.2 }];
    await clock.advance(2_000);
    expect(seen).toEqual([['receive', DiagnosticQuality.Bad], ['send', DiagnosticQuality.Bad], [['6'], ['7']]]);
    monitor.stop();
    await clock.advance(10_000);
    expect(seen).toHaveLength(3);
  });
});
