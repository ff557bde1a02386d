// The device manager over a browser whose devices come and go.
import { beforeEach, expect, test, vi } from 'vitest';
import { BrowserDeviceManager } from '../src/devices';
import { CAMERA, CAMERA_2, FakeTrack, HEADSET, installBrowser, MICROPHONE, settle, SPEAKER, type FakeBrowser } from './fakes';

let browser: FakeBrowser;
let manager: BrowserDeviceManager;

beforeEach(() => {
  browser = installBrowser();
  manager = new BrowserDeviceManager();
});

test('lists what there is, with ids that are stable and unique a device', async () => {
  expect(await manager.getCameras()).toEqual([
    { id: 'camera:cam-1', name: 'Front camera', deviceType: 'UsbCamera' },
    { id: 'camera:cam-2', name: 'Back camera', deviceType: 'UsbCamera' },
  ]);
  expect(await manager.getMicrophones()).toEqual([
    { id: 'microphone:default', name: 'Default', isSystemDefault: true, deviceType: 'Microphone' },
    { id: 'microphone:mic-2', name: 'Headset', isSystemDefault: false, deviceType: 'Microphone' },
  ]);
  expect(await manager.getCameras()).toEqual(await manager.getCameras());
});

test('speakers need a browser that can choose them: else 405/40606', async () => {
  expect(manager.isSpeakerSelectionAvailable).toBe(false);
  await expect(manager.getSpeakers()).rejects.toMatchObject({ code: 405, subCode: 40606 });
  vi.stubGlobal('HTMLMediaElement', class { setSinkId(): void {} });
  expect(await manager.getSpeakers()).toHaveLength(1);
  expect(manager.selectedSpeaker?.id).toBe('speaker:default');
});

test('the system default is selected until somebody selects; an unplugged selection falls back to it', async () => {
  let changes = 0;
  manager.on('selectedMicrophoneChanged', () => (changes += 1));
  const [, headset] = await manager.getMicrophones();
  expect(manager.selectedMicrophone?.id).toBe('microphone:default');
  await manager.selectMicrophone(headset!);
  expect(manager.selectedMicrophone?.id).toBe('microphone:mic-2');
  browser.mediaDevices.change([CAMERA, MICROPHONE, SPEAKER]);
  await settle();
  expect(manager.selectedMicrophone?.id).toBe('microphone:default');
  expect(changes).toBe(3);
  await expect(manager.selectMicrophone(headset!)).rejects.toMatchObject({ code: 400 });
});

test('plugging and unplugging are events with what came and went', async () => {
  await manager.getCameras();
  const events: unknown[] = [];
  manager.on('videoDevicesUpdated', ((change: unknown) => events.push(change)) as never);
  manager.on('audioDevicesUpdated', ((change: unknown) => events.push(change)) as never);
  browser.mediaDevices.change([CAMERA, MICROPHONE, HEADSET, SPEAKER]);
  await settle();
  browser.mediaDevices.change([CAMERA, CAMERA_2, MICROPHONE, SPEAKER]);
  await settle();
  expect(events).toMatchObject([
    { added: [], removed: [{ id: 'camera:cam-2' }] },
    { added: [{ id: 'camera:cam-2' }], removed: [] },
    { added: [], removed: [{ id: 'microphone:mic-2' }] },
  ]);
});

test('asking for permission opens nothing for longer than the question', async () => {
  await expect(manager.askDevicePermission({ audio: true, video: true })).resolves.toEqual({ audio: true, video: true });
  expect(FakeTrack.opened.map(({ readyState }) => readyState)).toEqual(['ended', 'ended']);
});

test('a machine without camera still gets its microphone; a refusal is an answer, not an error', async () => {
  browser.mediaDevices.refuseVideo = 'NotFoundError';
  await expect(manager.askDevicePermission({ audio: true, video: true })).resolves.toEqual({ audio: true, video: false });
  browser.mediaDevices.refuseAudio = 'NotAllowedError';
  await expect(manager.askDevicePermission({ audio: true, video: false })).resolves.toEqual({ audio: false, video: false });
});

test('a page without devices has none, and says so without throwing', async () => {
  vi.stubGlobal('navigator', { userAgent: '' });
  const bare = new BrowserDeviceManager();
  await expect(bare.getCameras()).resolves.toEqual([]);
  await expect(bare.askDevicePermission({ audio: true, video: true })).resolves.toEqual({ audio: false, video: false });
});
