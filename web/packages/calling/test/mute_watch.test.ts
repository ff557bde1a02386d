// Talking while muted is noticed, from a clone, and nothing is left open.
import { beforeEach, expect, test, vi } from 'vitest';
import { MuteWatch } from '../src/mute_watch';
import { FakeMediaStream, FakeTrack, ManualClock } from './fakes';

let loudness: number;
let closed: number;
let changes: boolean[];
const clock = new ManualClock();

beforeEach(() => {
  loudness = 0;
  closed = 0;
  changes = [];
  FakeTrack.opened = [];
  vi.stubGlobal('MediaStream', FakeMediaStream);
  vi.stubGlobal('AudioContext', class {
    createAnalyser = (): object => ({ fftSize: 512, getFloatTimeDomainData: (samples: Float32Array) => samples.fill(loudness) });
    createMediaStreamSource = (): object => ({ connect: () => undefined });
    close = async (): Promise<void> => void (closed += 1);
  });
});

test('speech of 0.6 s raises the flag, 3 s of silence lower it, stopping closes everything', async () => {
  const watch = new MuteWatch(clock, (isSpeaking) => changes.push(isSpeaking));
  const muted = new FakeTrack('audio');
  muted.enabled = false;
  watch.start(muted as unknown as MediaStreamTrack);
  loudness = 0.2;
  await clock.advance(300);
  expect(changes).toEqual([]);
  await clock.advance(400);
  expect(changes).toEqual([true]);
  loudness = 0.01;
  await clock.advance(3_200);
  expect(changes).toEqual([true, false]);
  watch.stop();
  expect(closed).toBe(1);
  expect(muted.readyState).toBe('live');
  expect(FakeTrack.opened.filter(({ readyState }) => readyState === 'live')).toEqual([muted]);
});

test('unmuting while the flag is up lowers it', async () => {
  const watch = new MuteWatch(clock, (isSpeaking) => changes.push(isSpeaking));
  watch.start(new FakeTrack('audio') as unknown as MediaStreamTrack);
  loudness = 0.3;
  await clock.advance(1_000);
  watch.stop();
  expect(changes).toEqual([true, false]);
});
