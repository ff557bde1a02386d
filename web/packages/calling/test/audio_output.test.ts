// @vitest-environment happy-dom
// Hearing the others, also where the browser wants a gesture first.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AudioOutput } from '../src/audio_output';
import { FakeMediaStream, FakeTrack, settle } from './fakes';

let plays: number;
let isAllowed: boolean;
let sinks: string[];
const output = new AudioOutput();
const tracks = (count: number): MediaStreamTrack[] => Array.from({ length: count }, () => new FakeTrack('audio') as unknown as MediaStreamTrack);
const elements = (): HTMLAudioElement[] => [...document.querySelectorAll('audio')];

beforeEach(() => {
  plays = 0;
  isAllowed = true;
  sinks = [];
  vi.stubGlobal('MediaStream', FakeMediaStream);
  HTMLMediaElement.prototype.play = async () => {
    plays += 1;
    if (!isAllowed) throw Object.assign(new Error('x'), { name: 'NotAllowedError' });
  };
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', { value: null, writable: true, configurable: true });
  Object.defineProperty(HTMLMediaElement.prototype, 'setSinkId', {
    value: async function (this: HTMLMediaElement, id: string): Promise<void> {
      sinks.push(id);
      Object.defineProperty(this, 'sinkId', { value: id, configurable: true });
    },
    configurable: true,
  });
});
afterEach(() => output.close());

test('one hidden element a slot; a new transport replaces them; closing removes them', () => {
  output.setTracks(tracks(3));
  expect(elements()).toHaveLength(3);
  expect(elements().every(({ hidden }) => hidden)).toBe(true);
  output.setTracks(tracks(3));
  expect(elements()).toHaveLength(3);
  output.close();
  expect(elements()).toHaveLength(0);
});

test('refused autoplay is tried again with the first gesture, once', async () => {
  isAllowed = false;
  output.setTracks(tracks(2));
  await settle();
  isAllowed = true;
  document.dispatchEvent(new Event('pointerdown'));
  await settle();
  expect(plays).toBe(4);
  document.dispatchEvent(new Event('pointerdown'));
  expect(plays).toBe(4);
});

test('muting and the speaker hold for elements that come later', () => {
  output.setMuted(true);
  output.setSpeaker('speaker-2');
  output.setTracks(tracks(1));
  expect(elements()[0]!.muted).toBe(true);
  expect(sinks).toContain('speaker-2');
  output.setMuted(false);
  expect(elements()[0]!.muted).toBe(false);
  output.setSpeaker('default');
  expect(sinks[sinks.length - 1]).toBe('');
});
