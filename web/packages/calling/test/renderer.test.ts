// @vitest-environment happy-dom
// Views: there at once, drawn as asked, and what they hold is let go.
import { beforeEach, expect, test, vi } from 'vitest';
import { LocalVideoStream } from '../src/local_video';
import { RemoteVideo } from '../src/remote_streams';
import { VideoStreamRenderer } from '../src/renderer';
import { FakeMediaDevices, FakeMediaStream, FakeTrack, settle } from './fakes';

let mediaDevices: FakeMediaDevices;
let observed: ((entries: { contentRect: { width: number; height: number } }[]) => void)[];

beforeEach(() => {
  mediaDevices = new FakeMediaDevices();
  FakeTrack.opened = [];
  observed = [];
  vi.stubGlobal('MediaStream', FakeMediaStream);
  Object.defineProperty(navigator, 'mediaDevices', { value: mediaDevices, configurable: true });
  // A video element that never presents a frame, as in a page that shows none.
  HTMLMediaElement.prototype.play = () => new Promise(() => undefined);
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', { value: null, writable: true, configurable: true });
  vi.stubGlobal('ResizeObserver', class {
    constructor(callback: (typeof observed)[number]) {
      observed.push(callback);
    }
    observe(): void {}
    disconnect(): void {}
  });
});

const camera = (): LocalVideoStream => new LocalVideoStream({ id: 'camera:cam-1', name: 'x', deviceType: 'UsbCamera' });
const videoOf = (target: HTMLElement): HTMLVideoElement => target.querySelector('video')!;
const remote = (onViewersChanged = (): void => undefined): RemoteVideo => {
  const stream = new RemoteVideo('Video', { onViewersChanged });
  stream.setAvailable(true);
  return stream;
};

test('[trap 12] the view does not wait for a first frame; its target fills its place, scaled and mirrored', async () => {
  const view = await new VideoStreamRenderer(camera()).createView({ isMirrored: true, scalingMode: 'Fit' });
  const video = videoOf(view.target);
  expect([view.target.style.width, view.target.style.height]).toEqual(['100%', '100%']);
  expect([video.style.objectFit, video.style.transform, video.muted]).toEqual(['contain', 'rotateY(180deg)', true]);
  expect([view.isMirrored, view.scalingMode]).toEqual([true, 'Fit']);
  await view.updateScalingMode('Crop');
  expect(video.style.objectFit).toBe('cover');
});

test('[trap 13] disposing the preview leaves the camera of another stream running', async () => {
  const preview = new VideoStreamRenderer(camera());
  const inCall = new VideoStreamRenderer(camera());
  await preview.createView();
  const view = await inCall.createView();
  expect(mediaDevices.captures).toHaveLength(1);
  preview.dispose();
  const shown = (videoOf(view.target).srcObject as unknown as FakeMediaStream).getVideoTracks()[0]!;
  expect(shown.readyState).toBe('live');
  inCall.dispose();
  expect(FakeTrack.opened.every(({ readyState }) => readyState === 'ended')).toBe(true);
});

test('two views of one stream share its track; the last to go closes the camera', async () => {
  const stream = camera();
  const [first, second] = [new VideoStreamRenderer(stream), new VideoStreamRenderer(stream)];
  await Promise.all([first.createView(), second.createView()]);
  expect(FakeTrack.opened).toHaveLength(1);
  first.dispose();
  expect(FakeTrack.opened[0]!.readyState).toBe('live');
  second.dispose();
  expect(FakeTrack.opened[0]!.readyState).toBe('ended');
});

test('a view follows the camera switch', async () => {
  const stream = camera();
  const view = await new VideoStreamRenderer(stream).createView();
  const before = videoOf(view.target).srcObject;
  await stream.switchSource({ id: 'camera:cam-2', name: 'y', deviceType: 'UsbCamera' });
  expect(videoOf(view.target).srcObject).not.toBe(before);
});

test('a renderer disposed while its camera opens is 405/43209, and the camera closes', async () => {
  const renderer = new VideoStreamRenderer(camera());
  const creating = renderer.createView();
  renderer.dispose();
  await expect(creating).rejects.toMatchObject({ code: 405, subCode: 43209 });
  await settle();
  expect(FakeTrack.opened.every(({ readyState }) => readyState === 'ended')).toBe(true);
  await expect(renderer.createView()).rejects.toMatchObject({ subCode: 43209 });
});

test('a second view of one renderer is 400/43220; a remote stream that is off is 412/43200', async () => {
  const renderer = new VideoStreamRenderer(remote());
  await renderer.createView();
  await expect(renderer.createView()).rejects.toMatchObject({ code: 400, subCode: 43220 });
  const off = new RemoteVideo('Video', { onViewersChanged: () => undefined });
  await expect(new VideoStreamRenderer(off).createView()).rejects.toMatchObject({ code: 412, subCode: 43200 });
});

test('[CP-43] a remote view asks for the size of its tile in device pixels and stops asking when it goes', async () => {
  vi.stubGlobal('devicePixelRatio', 2);
  let changes = 0;
  const stream = remote(() => (changes += 1));
  const renderer = new VideoStreamRenderer(stream);
  await renderer.createView();
  expect(stream.isWatched).toBe(true);
  observed[0]!([{ contentRect: { width: 400, height: 225 } }]);
  expect(stream.wantedSize).toEqual({ width: 800, height: 450 });
  observed[0]!([{ contentRect: { width: 0, height: 0 } }]);
  expect(stream.wantedSize).toEqual({ width: 800, height: 450 });
  renderer.dispose();
  expect(stream.isWatched).toBe(false);
  expect(changes).toBe(3);
});

test('a remote view shows the track of the slot whenever it comes, and nothing when it goes', async () => {
  const stream = remote();
  const view = await new VideoStreamRenderer(stream).createView();
  expect(videoOf(view.target).srcObject).toBeNull();
  const track = new FakeTrack('video');
  stream.setTrack(track as unknown as MediaStreamTrack);
  expect((videoOf(view.target).srcObject as unknown as FakeMediaStream).getVideoTracks()).toEqual([track]);
  stream.setTrack(undefined);
  expect(videoOf(view.target).srcObject).toBeNull();
});

test('the size of the pictures is told, as a fresh object', async () => {
  const stream = remote();
  const view = await new VideoStreamRenderer(stream).createView();
  const video = videoOf(view.target);
  let fired = 0;
  stream.on('sizeChanged', () => (fired += 1));
  Object.defineProperties(video, { videoWidth: { value: 640 }, videoHeight: { value: 360 } });
  video.dispatchEvent(new Event('resize'));
  video.dispatchEvent(new Event('resize'));
  expect(stream.size).toEqual({ width: 640, height: 360 });
  expect(stream.size).not.toBe(stream.size);
  expect(fired).toBe(1);
});

test('streams through a proxy are drawn too', async () => {
  const view = await new VideoStreamRenderer(new Proxy(remote(), {})).createView();
  expect(view.target).toBeInstanceOf(HTMLElement);
  await expect(new VideoStreamRenderer({} as never).createView()).rejects.toMatchObject({ subCode: 43200 });
});
