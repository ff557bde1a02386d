// Joining, lobby, leaving, microphone, camera, share: the call against a server played by the test.
import { describe, expect, test } from 'vitest';
import { Features } from '../src/features/factories';
import { LocalVideoStream } from '../src/local_video';
import type { LocalAudioStream } from '../src/local_audio';
import { CallKind } from '../src/types/vocabulary';
import { CallFixture, capabilities, person } from './call_fixture';
import { CAMERA, CAMERA_2, FakePeer, FakeTrack, installBrowser, MICROPHONE, HEADSET, settle } from './fakes';

const camera = (): LocalVideoStream => new LocalVideoStream({ id: 'camera:cam-1', name: 'Front camera', deviceType: 'UsbCamera' });

describe('joining', () => {
  test('[CP-20] straight in: None, Connecting, Connected, with the thread id set before', async () => {
    const fixture = new CallFixture();
    const seen: unknown[] = [];
    fixture.call.on('stateChanged', () => seen.push([fixture.call.state, fixture.call.info.threadId]));
    expect(fixture.call.state).toBe('None');
    await fixture.join();
    expect(seen).toEqual([['Connecting', undefined], ['Connected', '19:meeting_1@thread.v2']]);
    expect(fixture.of('join')[0]).toMatchObject({ leg: fixture.call.id, displayName: 'Ana', muted: true, locator: { meetingLink: expect.any(String) } });
  });

  test('[A1] [CP-23] [CP-25] through the lobby; media is negotiated while waiting, with the smallest camera layer only', async () => {
    const fixture = new CallFixture({ audioOptions: { muted: true }, videoOptions: { localVideoStreams: [camera()] } });
    await fixture.joinLobby();
    expect(fixture.states).toEqual(['Connecting', 'InLobby']);
    expect(fixture.of('offer')).toHaveLength(1);
    expect(fixture.of('publish')).toHaveLength(0);
    const layers = FakePeer.last.transceivers[1]!;
    expect(layers.encodings.map(({ rid, active }) => [rid, active])).toEqual([['q', true], ['h', false], ['f', false]]);
    fixture.push({ type: 'admitted', role: 'Attendee', threadId: '19:t@thread.v2', capabilities: capabilities() });
    await settle();
    expect(fixture.states).toEqual(['Connecting', 'InLobby', 'Connected']);
    expect(fixture.call.info.threadId).toBe('19:t@thread.v2');
    expect(layers.encodings.map(({ active }) => active)).toEqual([true, true, true]);
    expect(fixture.of('publish')).toEqual([{ type: 'publish', leg: fixture.call.leg, camera: true }]);
  });

  test.each([
    ['denied', 0, 5854],
    ['timed out', 0, 5855],
    ['removed', 0, 5300],
    ['ended for all', 0, 4097],
    ['token ended', 495, 4507],
  ])('[CP-26] %s ends the call with %i/%i, once', async (_name, code, subCode) => {
    const fixture = new CallFixture();
    await fixture.joinLobby();
    fixture.push({ type: 'ended', code, subCode, message: 'x' });
    fixture.push({ type: 'ended', code: 1, subCode: 1 });
    expect(fixture.call.state).toBe('Disconnected');
    expect(fixture.call.callEndReason).toMatchObject({ code, subCode });
    expect(fixture.ended).toEqual([fixture.call]);
    expect(FakePeer.last.isClosed).toBe(true);
  });

  test('[CP-22] a refused join is Disconnected with the code of the answer', async () => {
    const fixture = new CallFixture();
    fixture.refuse('join', 403, 5723);
    await fixture.join();
    expect(fixture.states).toEqual(['Connecting', 'Disconnected']);
    expect(fixture.call.callEndReason).toMatchObject({ code: 403, subCode: 5723, resultCategories: ['ExpectedError'] });
  });

  test('a microphone that never answers does not hold the join', async () => {
    const fixture = new CallFixture({});
    fixture.browser.mediaDevices.hold = new Promise(() => undefined);
    await fixture.join();
    expect(fixture.call.state).toBe('Connected');
  });

  test('a denied microphone joins muted and says so to the others and in the diagnostics', async () => {
    const fixture = new CallFixture({});
    fixture.browser.mediaDevices.refuseAudio = 'NotAllowedError';
    await fixture.join();
    expect(fixture.call.isMuted).toBe(true);
    expect(fixture.call.state).toBe('Connected');
    const told = [...fixture.of('join'), ...fixture.of('publish')].filter(({ muted }) => muted === true);
    expect(told.length).toBeGreaterThan(0);
  });

  test('[CP-40] media that cannot be negotiated ends with 410/301004', async () => {
    const fixture = new CallFixture();
    fixture.refuse('offer', 400, 0);
    await fixture.join();
    expect(fixture.call.callEndReason).toMatchObject({ code: 410, subCode: 301004 });
    expect(fixture.of('leave')).toHaveLength(1);
  });
});

describe('[CP-24] a session that was replaced', () => {
  async function rejoined(): Promise<CallFixture> {
    const fixture = new CallFixture({ audioOptions: { muted: false }, videoOptions: { localVideoStreams: [camera()] } });
    await fixture.join();
    fixture.roster([person({ id: 'a' })]);
    fixture.states.length = 0;
    fixture.sent.length = 0;
    fixture.call.rejoin();
    await settle();
    return fixture;
  }

  test('joins again with the key, the same leg, a new peer connection and no change of state', async () => {
    const fixture = await rejoined();
    expect(fixture.of('join')[0]).toMatchObject({ leg: fixture.call.leg, rejoinKey: 'secret', muted: false });
    expect(FakePeer.all).toHaveLength(2);
    expect(FakePeer.all[0]!.isClosed).toBe(true);
    expect(fixture.states).toEqual([]);
    expect(fixture.of('publish').map(({ camera: isOn }) => isOn)).toContain(true);
    expect(FakePeer.last.transceivers[1]!.sender.track?.kind).toBe('video');
  });

  test('the participants stay the same objects when the full roster comes', async () => {
    const fixture = await rejoined();
    const [before] = fixture.call.remoteParticipants;
    fixture.push({ type: 'roster', version: 1, full: true, participants: [person({ id: 'a' }), person({ id: 'b' })], removed: [] });
    expect(fixture.call.remoteParticipants[0]).toBe(before);
    expect(fixture.call.remoteParticipants).toHaveLength(2);
  });

  test('a server that is still starting is asked again', async () => {
    const fixture = new CallFixture();
    await fixture.join();
    fixture.refuse('join', 503, 0);
    fixture.call.rejoin();
    await fixture.clock.advance(3_000);
    expect(fixture.call.state).toBe('Connected');
    delete fixture.answers['join'];
    fixture.answers['join'] = () => fixture.joinReply();
    await fixture.clock.advance(1_000);
    expect(fixture.of('join').length).toBeGreaterThanOrEqual(4);
    expect(FakePeer.all).toHaveLength(2);
  });

  test('back in the lobby nobody is in sight', async () => {
    const fixture = new CallFixture();
    await fixture.join();
    fixture.roster([person({ id: 'a' })]);
    fixture.answers['join'] = () => fixture.joinReply({ state: 'lobby', threadId: undefined });
    fixture.call.rejoin();
    await settle();
    expect(fixture.call.state).toBe('InLobby');
    expect(fixture.call.remoteParticipants).toEqual([]);
  });
});

describe('leaving', () => {
  test('[CP-27] hangUp passes Disconnecting and ends with 0/0', async () => {
    const fixture = new CallFixture();
    await fixture.join();
    await fixture.call.hangUp();
    expect(fixture.states.slice(-2)).toEqual(['Disconnecting', 'Disconnected']);
    expect(fixture.of('leave')[0]).toMatchObject({ forEveryone: false });
    expect(fixture.call.callEndReason).toMatchObject({ code: 0, subCode: 0 });
    await expect(fixture.call.hangUp()).resolves.toBeUndefined();
  });

  test('a server that does not answer does not keep anybody in the call', async () => {
    const fixture = new CallFixture();
    await fixture.join();
    fixture.answers['leave'] = () => new Promise(() => undefined);
    const left = fixture.call.hangUp();
    await fixture.clock.advance(2_000);
    await left;
    expect(fixture.call.state).toBe('Disconnected');
  });

  test('[CP-27] ending for everybody needs the capability; a refusal leaves the call as it was', async () => {
    const fixture = new CallFixture();
    await fixture.join({ capabilities: capabilities(['hangUpForEveryOne']) });
    await expect(fixture.call.hangUp({ forEveryone: true })).rejects.toMatchObject({ code: 403 });
    expect(fixture.call.state).toBe('Connected');
    const allowed = new CallFixture();
    await allowed.join();
    allowed.refuse('leave', 403, 0);
    await expect(allowed.call.hangUp({ forEveryone: true })).rejects.toMatchObject({ code: 403, subCode: 0 });
    expect(allowed.call.state).toBe('Connected');
  });
});

describe('microphone', () => {
  test('[F1] [CP-42] muting disables the track at once, keeps the sender and publishes', async () => {
    const fixture = new CallFixture({});
    await fixture.join();
    const { sender } = FakePeer.last.transceivers[0]!;
    const track = sender.track!;
    expect(track.enabled).toBe(true);
    const muting = fixture.call.mute();
    expect(track.enabled).toBe(false);
    await muting;
    expect(fixture.call.isMuted).toBe(true);
    expect(sender.track).toBe(track);
    await fixture.call.unmute();
    expect(track.enabled).toBe(true);
    expect(fixture.of('publish').map(({ muted }) => muted)).toEqual([true, false]);
  });

  test('a mute overtakes an unmute that is still under way', async () => {
    const fixture = new CallFixture();
    await fixture.join();
    let answer = (_result: unknown): void => undefined;
    fixture.answers['publish'] = ({ muted }) => (muted === false ? new Promise((resolve) => (answer = resolve)) : {});
    const unmuting = fixture.call.unmute();
    await settle();
    await fixture.call.mute();
    answer({});
    await unmuting;
    expect(fixture.call.isMuted).toBe(true);
    expect(FakePeer.last.transceivers[0]!.sender.track?.enabled).toBe(false);
    expect(fixture.of('publish').map(({ muted }) => muted)).toEqual([false, true]);
  });

  test('[CP-42] an unmute that the server refuses stays muted and rejects with its numbers', async () => {
    const fixture = new CallFixture();
    await fixture.join();
    fixture.refuse('publish', 403, 41106);
    await expect(fixture.call.unmute()).rejects.toMatchObject({ code: 403, subCode: 41106 });
    expect(fixture.call.isMuted).toBe(true);
    expect(FakePeer.last.transceivers[0]!.sender.track?.enabled).toBe(false);
  });

  test('[CP-46] muted by another: event with who did it, and a new unmute is published', async () => {
    const fixture = new CallFixture({});
    await fixture.join();
    fixture.roster([person({ id: 'host' })]);
    const by: unknown[] = [];
    fixture.call.on('mutedByOthers', ((args: unknown) => by.push(args)) as never);
    fixture.push({ type: 'mutedByOther', by: 'host' });
    expect(fixture.call.isMuted).toBe(true);
    expect(by).toEqual([{ identifier: expect.objectContaining({ kind: 'microsoftTeamsUser', microsoftTeamsUserId: 'host' }) }]);
    await fixture.call.unmute();
    expect(fixture.of('publish').slice(-1)[0]).toMatchObject({ muted: false });
  });

  test('another selected microphone replaces the track without negotiation', async () => {
    const fixture = new CallFixture({});
    await fixture.devices.getMicrophones();
    await fixture.join();
    const { sender } = FakePeer.last.transceivers[0]!;
    const first = sender.track;
    await fixture.devices.selectMicrophone({ id: 'microphone:mic-2', name: '', isSystemDefault: false, deviceType: 'Microphone' });
    await settle();
    expect(sender.track).not.toBe(first);
    expect(first?.readyState).toBe('ended');
    expect(fixture.of('offer')).toHaveLength(1);
    const [stream] = fixture.call.localAudioStreams as LocalAudioStream[];
    expect(stream!.source.id).toBe('microphone:mic-2');
  });

  test('an unplugged microphone is replaced by the one the system chooses', async () => {
    const fixture = new CallFixture({});
    await fixture.devices.getMicrophones();
    await fixture.devices.selectMicrophone({ id: 'microphone:mic-2', name: '', isSystemDefault: false, deviceType: 'Microphone' });
    await fixture.join();
    const { sender } = FakePeer.last.transceivers[0]!;
    const lost = sender.track!;
    fixture.browser.mediaDevices.change([CAMERA, MICROPHONE]);
    lost.unplug();
    await settle();
    expect(sender.track).not.toBe(lost);
    expect(sender.track?.readyState).toBe('live');
    expect(fixture.call.isMuted).toBe(false);
    void HEADSET;
  });

  test('a microphone that opens only after the call ended is closed again', async () => {
    const fixture = new CallFixture({});
    let allow = (): void => undefined;
    fixture.browser.mediaDevices.hold = new Promise((resolve) => (allow = resolve));
    await fixture.join();
    await fixture.call.hangUp();
    allow();
    await settle();
    const opened = FakeTrack.opened.filter(({ label }) => label === 'microphone');
    expect(opened.map(({ readyState }) => readyState)).toEqual(['ended']);
  });

  test('devices that are exchanged while the call ends are closed again', async () => {
    const fixture = new CallFixture({});
    await fixture.join();
    const picture = camera();
    await fixture.call.startVideo(picture);
    let allow = (): void => undefined;
    fixture.browser.mediaDevices.hold = new Promise((resolve) => (allow = resolve));
    const [sound] = fixture.call.localAudioStreams as LocalAudioStream[];
    const switched = [
      sound!.switchSource({ id: 'microphone:mic-2', name: '', isSystemDefault: false, deviceType: 'Microphone' }),
      picture.switchSource({ id: 'camera:cam-2', name: '', deviceType: 'UsbCamera' }),
    ];
    await fixture.call.hangUp();
    allow();
    await Promise.all(switched);
    const opened = FakeTrack.opened.filter(({ label }) => label !== '');
    expect(opened).toHaveLength(4);
    expect(opened.filter(({ readyState }) => readyState === 'live')).toEqual([]);
  });

  test('without any other microphone the call goes on muted', async () => {
    const fixture = new CallFixture({});
    await fixture.join();
    fixture.browser.mediaDevices.change([]);
    fixture.browser.mediaDevices.refuseAudio = 'NotFoundError';
    FakePeer.last.transceivers[0]!.sender.track!.unplug();
    await settle();
    expect(fixture.call.isMuted).toBe(true);
    expect(fixture.of('publish').slice(-1)[0]).toMatchObject({ muted: true });
  });

  test('[CP-46] muting others and one other', async () => {
    const fixture = new CallFixture();
    await fixture.join();
    fixture.roster([person({ id: 'a' })]);
    await fixture.call.muteAllRemoteParticipants();
    await fixture.call.remoteParticipants[0]!.mute();
    expect(fixture.of('muteOthers').map(({ participants }) => participants)).toEqual(['all', ['a']]);
  });
});

describe('camera', () => {
  test('[F2] [CP-41] starting and stopping replaces the track, publishes, and negotiates nothing', async () => {
    const fixture = new CallFixture();
    await fixture.join();
    const updates: unknown[] = [];
    fixture.call.on('localVideoStreamsUpdated', ((change: unknown) => updates.push(change)) as never);
    const stream = camera();
    await fixture.call.startVideo(stream);
    expect(fixture.call.isLocalVideoStarted).toBe(true);
    const { sender } = FakePeer.last.transceivers[1]!;
    const track = sender.track!;
    await fixture.call.stopVideo(stream);
    expect(sender.track).toBeNull();
    expect(track.readyState).toBe('ended');
    expect(fixture.of('offer')).toHaveLength(1);
    expect(fixture.of('publish').map(({ camera: isOn }) => isOn)).toEqual([true, false]);
    expect(updates).toEqual([{ added: [stream], removed: [] }, { added: [], removed: [stream] }]);
  });

  test('a camera that is switched off while it still opens ends up off', async () => {
    const stream = camera();
    const fixture = new CallFixture({ audioOptions: { muted: true }, videoOptions: { localVideoStreams: [stream] } });
    let open = (): void => undefined;
    fixture.browser.mediaDevices.hold = new Promise((resolve) => (open = resolve));
    await fixture.join();
    const stopping = fixture.call.stopVideo(stream);
    open();
    await stopping;
    await settle();
    expect(fixture.call.isLocalVideoStarted).toBe(false);
    expect(FakePeer.last.transceivers[1]!.sender.track).toBeNull();
    expect(FakeTrack.opened.filter(({ label, readyState }) => label === 'camera' && readyState === 'live')).toEqual([]);
    expect(fixture.of('publish').slice(-1)[0]).toMatchObject({ camera: false });
  });

  test('wrong use has its numbers', async () => {
    const fixture = new CallFixture();
    await fixture.join();
    await expect(fixture.call.startVideo({} as LocalVideoStream)).rejects.toMatchObject({ code: 400, subCode: 41025 });
    await expect(fixture.call.stopVideo(camera())).rejects.toMatchObject({ code: 400, subCode: 41030 });
    await fixture.call.startVideo(camera());
    await expect(fixture.call.startVideo(camera())).rejects.toMatchObject({ code: 400, subCode: 41027 });
  });

  test.each([
    ['NotAllowedError', 403, 43001, 'cameraPermissionDenied'],
    ['NotReadableError', 412, 43000, 'cameraStartFailed'],
    ['NotFoundError', 412, 43013, 'cameraStartFailed'],
  ])('%s becomes %i/%i and the diagnostic %s', async (name, code, subCode, diagnostic) => {
    const fixture = new CallFixture();
    await fixture.join();
    fixture.browser.mediaDevices.refuseVideo = name;
    await expect(fixture.call.startVideo(camera())).rejects.toMatchObject({ code, subCode });
    const feature = fixture.call.feature({ name: 'UserFacingDiagnostics' }) as never as { media: { getLatest(): object } };
    expect(feature.media.getLatest()).toMatchObject({ [diagnostic]: { value: true } });
    expect(fixture.call.localVideoStreams).toEqual([]);
  });

  test('a camera that the server refuses is closed again', async () => {
    const fixture = new CallFixture();
    await fixture.join();
    fixture.refuse('publish', 403, 0);
    await expect(fixture.call.startVideo(camera())).rejects.toMatchObject({ code: 403 });
    expect(FakePeer.last.transceivers[1]!.sender.track).toBeNull();
    expect(FakeTrack.opened.filter(({ label, readyState }) => label === 'camera' && readyState === 'live')).toEqual([]);
  });

  test('an unplugged camera ends the video and says so', async () => {
    const fixture = new CallFixture();
    await fixture.join();
    await fixture.call.startVideo(camera());
    FakePeer.last.transceivers[1]!.sender.track!.unplug();
    await settle();
    expect(fixture.call.localVideoStreams).toEqual([]);
    expect(fixture.of('publish').slice(-1)[0]).toMatchObject({ camera: false });
  });

  test('switchSource changes the camera in the call', async () => {
    const fixture = new CallFixture();
    await fixture.join();
    const stream = camera();
    await fixture.call.startVideo(stream);
    const before = FakePeer.last.transceivers[1]!.sender.track;
    await stream.switchSource({ id: `camera:${CAMERA_2.deviceId}`, name: CAMERA_2.label, deviceType: 'UsbCamera' });
    await settle();
    expect(FakePeer.last.transceivers[1]!.sender.track).not.toBe(before);
    expect(before?.readyState).toBe('ended');
    expect(stream.source.id).toBe('camera:cam-2');
    expect(fixture.call.isLocalVideoStarted).toBe(true);
  });

  test('[CP-35] losing the capability stops camera, share and microphone', async () => {
    const fixture = new CallFixture({});
    await fixture.join({ role: 'Presenter' });
    await fixture.call.startVideo(camera());
    await fixture.call.startScreenSharing();
    const absent = capabilities(['turnVideoOn', 'shareScreen', 'unmuteMic']);
    fixture.push({ type: 'capabilities', role: 'Attendee', capabilities: absent, reason: 'RoleChanged' });
    await settle();
    expect(fixture.call.role).toBe('Attendee');
    expect(fixture.call.localVideoStreams).toEqual([]);
    expect(fixture.call.isMuted).toBe(true);
  });
});

describe('screen share', () => {
  test('[F3] appears as a second local stream, keeps text sharp, and ends with the browser\'s own button', async () => {
    const fixture = new CallFixture();
    await fixture.join();
    await fixture.call.startVideo(camera());
    await fixture.call.startScreenSharing();
    expect(fixture.call.localVideoStreams.map(({ mediaStreamType }) => mediaStreamType)).toEqual(['Video', 'ScreenSharing']);
    const track = FakePeer.last.transceivers[2]!.sender.track!;
    expect(track.contentHint).toBe('detail');
    track.unplug();
    await settle();
    expect(fixture.call.isScreenSharingOn).toBe(false);
    expect(fixture.of('publish').map(({ share }) => share).filter((isOn) => isOn !== undefined)).toEqual([true, false]);
  });

  test('wrong use has its numbers', async () => {
    const fixture = new CallFixture();
    await fixture.joinLobby();
    await expect(fixture.call.startScreenSharing()).rejects.toMatchObject({ code: 412, subCode: 41071 });
    fixture.push({ type: 'admitted', role: 'Attendee', threadId: 't', capabilities: capabilities() });
    await expect(fixture.call.stopScreenSharing()).rejects.toMatchObject({ code: 400, subCode: 41041 });
    await fixture.call.startScreenSharing();
    await expect(fixture.call.startScreenSharing()).rejects.toMatchObject({ code: 400, subCode: 41035 });
  });

  test('[F3] an attendee may not, and a cancelled picker is an error and a diagnostic', async () => {
    const attendee = new CallFixture();
    await attendee.join({ capabilities: capabilities(['shareScreen']) });
    await expect(attendee.call.startScreenSharing()).rejects.toMatchObject({ code: 403 });
    const fixture = new CallFixture();
    await fixture.join();
    fixture.browser.mediaDevices.refuseScreen = 'NotAllowedError';
    await expect(fixture.call.startScreenSharing()).rejects.toMatchObject({ code: 403 });
    expect(fixture.call.isScreenSharingOn).toBe(false);
  });

  const PHONES = {
    android: 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
    tablet: 'Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    iphone: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
  };
  test.each(Object.entries(PHONES))('[A4] a browser on %s cannot share, whatever the role allows', async (_name, userAgent) => {
    const fixture = new CallFixture(undefined, CallKind.Call, installBrowser(userAgent));
    await fixture.join();
    const { capabilities: own } = fixture.call.feature(Features.Capabilities);
    expect(own.shareScreen).toEqual({ isPresent: false, reason: 'ClientRestricted' });
    expect(own.turnVideoOn.isPresent).toBe(true);
    await expect(fixture.call.startScreenSharing()).rejects.toMatchObject({ code: 403 });
    expect(fixture.call.isScreenSharingOn).toBe(false);
    expect(fixture.of('publish')).toEqual([]);
  });
});

test('hold stops everything that goes out and comes in; resume brings back what was on', async () => {
  const fixture = new CallFixture({});
  await fixture.join();
  await fixture.call.startVideo(camera());
  fixture.sent.length = 0;
  await fixture.call.hold();
  expect(fixture.call.state).toBe('LocalHold');
  expect(fixture.of('hold')).toEqual([{ type: 'hold', leg: fixture.call.leg, on: true }]);
  expect(FakePeer.last.transceivers[0]!.sender.track?.enabled).toBe(false);
  await fixture.call.resume();
  expect(fixture.call.state).toBe('Connected');
  expect(fixture.of('hold').slice(-1)[0]).toMatchObject({ on: false });
  expect(FakePeer.last.transceivers[0]!.sender.track?.enabled).toBe(true);
});
