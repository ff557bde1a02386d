// The behaviour contract with apps and with the UI library: its traps, one test each.
import { describe, expect, test } from 'vitest';
import { CommunicationServicesError, disconnectCategoryMap, Features, LocalAudioStream, LocalVideoStream, VideoStreamRenderer } from '../src/index';
import { CallFacts } from '../src/call_info';
import { CAPABILITY_NAMES } from '../src/features/capabilities';
import { CallAgentKind, CallKind, DevicePermissionAccess, DiagnosticQuality, IncomingCallKind, RecordingState } from '../src/types/vocabulary';
import * as surface from '../src/index';
import type { CallFeature, CallFeatureFactory } from '../src/types/call';
import { CallFixture, capabilities, person } from './call_fixture';
import { CAMERA, settle } from './fakes';

const ALL_FEATURES = Object.values(Features) as unknown as CallFeatureFactory<CallFeature>[];
const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) Object.values(Object.freeze(value)).forEach(frozen);
  else if (Array.isArray(value)) value.map(frozen) && Object.freeze(value);
  return value;
};

/** What the UI library does to what it is given. */
const wrap = <T extends object>(object: T): T => new Proxy(object, { get: (target, name) => Reflect.get(target, name) as unknown });

async function joined(): Promise<CallFixture> {
  const fixture = new CallFixture();
  await fixture.join();
  fixture.roster([person({ id: 'a', camera: true })]);
  return fixture;
}

describe('exports', () => {
  test('the values apps import', () => {
    expect(Object.keys(surface)).toEqual(
      expect.arrayContaining([
        'CallClient', 'Features', 'LocalVideoStream', 'LocalAudioStream', 'VideoStreamRenderer', 'WbLocalVideoStream', 'disconnectCategoryMap',
        'CallKind', 'CallAgentKind', 'IncomingCallKind', 'DiagnosticQuality', 'RecordingState', 'DevicePermissionAccess',
      ]),
    );
    expect([DiagnosticQuality.Good, DiagnosticQuality.Poor, DiagnosticQuality.Bad]).toEqual([1, 2, 3]);
    expect([RecordingState.None, RecordingState.Started, RecordingState.Paused, RecordingState.Ended]).toEqual([0, 1, 2, 3]);
    expect([CallKind.TeamsCall, CallAgentKind.TeamsCallAgent, IncomingCallKind.TeamsIncomingCall]).toEqual(['TeamsCall', 'TeamsCallAgent', 'TeamsIncomingCall']);
    expect(Object.values(DevicePermissionAccess)).toEqual(['granted', 'denied', 'prompt']);
    expect(disconnectCategoryMap.Success).toContain(0);
  });
});

describe('features', () => {
  test('all 23 keys are there, each one object for ever', () => {
    expect(Object.keys(Features).sort()).toEqual([
      'AudioEffects', 'BreakoutRooms', 'CallSurvey', 'Capabilities', 'Captions', 'DataChannel', 'DebugInfo', 'DominantSpeakers', 'MediaAccess',
      'MediaStats', 'OptimalVideoCount', 'PPTLive', 'RaiseHand', 'Reaction', 'RealTimeText', 'Recording', 'Spotlight',
      'TeamsMeetingAudioConferencing', 'TogetherMode', 'Transcription', 'Transfer', 'UserFacingDiagnostics', 'VideoEffects',
    ]);
    expect(new Set(ALL_FEATURES).size).toBe(23);
  });

  test('feature() and on() never throw, on any owner, before and after the call; the same object each time', async () => {
    const fixture = new CallFixture();
    const stream = new LocalVideoStream({ id: 'camera:x', name: '', deviceType: 'UsbCamera' });
    const check = (): void => {
      for (const factory of [...ALL_FEATURES, { name: 'FromTheFuture' }, {} as never, undefined as never]) {
        for (const owner of [fixture.call, stream] as { feature(f: CallFeatureFactory<CallFeature>): CallFeature }[]) {
          const feature = owner.feature(factory) as CallFeature & { on(event: string, f: () => void): void; off(event: string, f: () => void): void };
          expect(owner.feature(factory)).toBe(feature);
          feature.on?.('anything', () => undefined);
          feature.off?.('anything', () => undefined);
        }
      }
    };
    check();
    await fixture.join();
    await fixture.call.hangUp();
    check();
  });

  test('[D4] what is not built is refused as not capable, and reads as empty', async () => {
    const { call } = await joined();
    const refused = { name: 'CommunicationServicesError', code: 405 };
    await expect(call.feature(Features.Captions).captions.startCaptions({})).rejects.toMatchObject(refused);
    await expect(call.feature(Features.TogetherMode).start()).rejects.toMatchObject(refused);
    expect(call.feature(Features.RaiseHand).getRaisedHands()).toEqual([]);
    expect(call.feature(Features.Recording)).toMatchObject({ isRecordingActive: false, recordings: [] });
    expect(call.feature(Features.Transcription).isTranscriptionActive).toBe(false);
    expect(call.feature(Features.Transfer).transfer({ targetCallId: 'x' }).state).toBe('Failed');
    await expect(call.sendDtmf('Num1')).rejects.toMatchObject(refused);
    expect(() => call.addParticipant({ phoneNumber: '+15551234' })).toThrow(expect.objectContaining(refused));
    await expect(call.feature(Features.TeamsMeetingAudioConferencing).getTeamsMeetingAudioConferencingDetails()).resolves.toBeUndefined();
  });

  test('captions are of the kind of the agent', () => {
    expect(new CallFixture().call.feature(Features.Captions).captions.kind).toBe('Captions');
    expect(new CallFixture(undefined, CallKind.TeamsCall).call.feature(Features.Captions).captions.kind).toBe('TeamsCaptions');
  });
});

describe('capabilities', () => {
  test('the full map of 25 names is there before the call connects', () => {
    const { capabilities: map } = new CallFixture().call.feature(Features.Capabilities);
    expect(Object.keys(map).sort()).toEqual([...CAPABILITY_NAMES].sort());
    expect(Object.keys(map)).toHaveLength(25);
    expect(map.turnVideoOn).toEqual({ isPresent: true, reason: 'Capable' });
    expect(map.hangUpForEveryOne).toEqual({ isPresent: false, reason: 'NotInitialized' });
    expect(map.raiseHand).toEqual({ isPresent: false, reason: 'NotInitialized' });
    expect(map.startTogetherMode).toEqual({ isPresent: false, reason: 'FeatureNotSupported' });
  });

  test('[trap 17] the first event comes with the connection; later ones hold only what changed', async () => {
    const fixture = new CallFixture();
    const feature = fixture.call.feature(Features.Capabilities);
    const events: { oldValue: object; newValue: object; reason: string }[] = [];
    feature.on('capabilitiesChanged', (change) => events.push(change));
    await fixture.joinLobby();
    expect(events).toEqual([]);
    fixture.push({ type: 'admitted', role: 'Attendee', threadId: 't', capabilities: capabilities(['unmuteMic']) });
    expect(events).toHaveLength(1);
    fixture.push({ type: 'capabilities', role: 'Attendee', capabilities: capabilities(), reason: 'MeetingOptionOrOrganizerPolicyChanged' });
    expect(events[1]).toEqual({
      oldValue: { unmuteMic: { isPresent: false, reason: 'RoleRestricted' } },
      newValue: { unmuteMic: { isPresent: true, reason: 'Capable' } },
      reason: 'MeetingOptionOrOrganizerPolicyChanged',
    });
    fixture.push({ type: 'capabilities', role: 'Attendee', capabilities: capabilities(), reason: 'UserPolicyChanged' });
    expect(events).toHaveLength(2);
  });

  test('a server that claims more than this SDK can do is not believed', async () => {
    const { call } = await joined();
    expect(call.feature(Features.Capabilities).capabilities.startTogetherMode).toEqual({ isPresent: false, reason: 'FeatureNotSupported' });
  });
});

test('[trap 1] methods work through a proxy, detached, and on a copy', async () => {
  const fixture = await joined();
  const proxy = wrap(fixture.call);
  await proxy.mute();
  const { hangUp, on, off, feature } = proxy;
  on('stateChanged', () => undefined);
  off('stateChanged', () => undefined);
  expect(feature(Features.Recording).isRecordingActive).toBe(false);
  await wrap(fixture.devices).getCameras();
  const copied = { ...fixture.call.feature(Features.Spotlight) };
  expect(copied.getSpotlightedParticipants()).toEqual([]);
  await Reflect.apply(hangUp, proxy, []);
  expect(fixture.call.state).toBe('Disconnected');
});

test('[trap 2] freezing what was handed out hurts nobody', async () => {
  const fixture = await joined();
  const { call } = fixture;
  const hand = (): unknown[] => [
    call.feature(Features.Capabilities).capabilities, call.feature(Features.DominantSpeakers).dominantSpeakers, call.callerInfo,
    call.feature(Features.UserFacingDiagnostics).media.getLatest(), call.localVideoStreams, call.remoteParticipants[0]!.identifier,
    call.remoteParticipants[0]!.videoStreams[0]!.size,
  ];
  hand().forEach(frozen);
  frozen(await fixture.devices.getCameras());
  fixture.push({ type: 'capabilities', role: 'Presenter', capabilities: capabilities(['shareScreen']), reason: 'RoleChanged' });
  fixture.push({ type: 'speakers', dominant: ['a'], speaking: ['a'] });
  fixture.roster([person({ id: 'a', displayName: 'New' })]);
  fixture.browser.mediaDevices.change([CAMERA]);
  await settle();
  expect(call.feature(Features.Capabilities).capabilities.shareScreen.isPresent).toBe(false);
  expect(call.remoteParticipants[0]!.displayName).toBe('New');
  call.finish(0, 0);
  frozen(call.callEndReason);
  expect(call.callEndReason).toMatchObject({ code: 0 });
});

test('[trap 3] call.info is an instance with own properties that survive a copy', async () => {
  const fixture = new CallFixture();
  const { info } = fixture.call;
  frozen(info);
  expect(info).toBeInstanceOf(CallFacts);
  expect(Object.isFrozen(info)).toBe(false);
  const waiting = { ...info }.getServerCallId();
  await fixture.join();
  expect(Object.keys(info)).toEqual(expect.arrayContaining(['threadId', 'groupId', 'participantId', 'getServerCallId']));
  expect({ ...info }).toMatchObject({ threadId: '19:meeting_1@thread.v2', participantId: 'p-self' });
  await expect(waiting).resolves.toBe('server-call');
});

test('[trap 9] noNetwork has no entry until the network was really gone', async () => {
  const fixture = await joined();
  const { network } = fixture.call.feature(Features.UserFacingDiagnostics);
  const events: unknown[] = [];
  network.on('diagnosticChanged', (change) => events.push(change));
  fixture.call.networkChanged(true);
  fixture.call.connectionBack();
  expect(network.getLatest()).toEqual({});
  expect(events).toEqual([]);
  fixture.call.networkChanged(false);
  fixture.call.connectionLost();
  expect(network.getLatest()).toEqual({
    noNetwork: { value: true, valueType: 'DiagnosticFlag' },
    networkReconnect: { value: DiagnosticQuality.Bad, valueType: 'DiagnosticQuality' },
  });
  expect(events).toHaveLength(2);
});

test('[trap 11] errors are errors with numbers', () => {
  const error = new CommunicationServicesError(403, 5723, 'x');
  expect(error).toBeInstanceOf(Error);
  expect([error.code, error.subCode, error.name]).toEqual([403, 5723, 'CommunicationServicesError']);
});

test('[trap 14] a camera\'s stream keeps the id of its device; each reading of it is a copy', () => {
  const source = { id: 'camera:cam-1', name: 'x', deviceType: 'UsbCamera' as const };
  const stream = new LocalVideoStream(source);
  expect(stream.source).toEqual(source);
  expect(stream.source).not.toBe(stream.source);
  expect(stream.mediaStreamType).toBe('Video');
});

test('[trap 15] removing strangers is silent; after the end nothing is emitted', async () => {
  const fixture = await joined();
  const { call } = fixture;
  call.off('stateChanged', () => undefined);
  call.off('neverHeardOf', () => undefined);
  call.remoteParticipants[0]!.off('stateChanged', () => undefined);
  fixture.devices.off('videoDevicesUpdated', () => undefined);
  const events: string[] = [];
  for (const event of ['stateChanged', 'remoteParticipantsUpdated', 'isMutedChanged', 'roleChanged']) call.on(event, () => events.push(event));
  call.finish(0, 0);
  expect(events).toEqual(['stateChanged']);
  fixture.roster([person({ id: 'b' })]);
  fixture.push({ type: 'mutedByOther', by: 'a' });
  fixture.push({ type: 'capabilities', role: 'Presenter', capabilities: capabilities(), reason: 'RoleChanged' });
  expect(events).toEqual(['stateChanged']);
  await expect(call.mute()).rejects.toMatchObject({ code: 400 });
});

test('a listener that throws does not keep the others from hearing', async () => {
  const fixture = await joined();
  const uncaught: unknown[] = [];
  globalThis.reportError = (thrown: unknown) => void uncaught.push(thrown);
  let heard = false;
  fixture.call.on('isMutedChanged', () => {
    throw new Error('of the app');
  });
  fixture.call.on('isMutedChanged', () => (heard = true));
  fixture.call['_isMuted'] = false;
  await fixture.call.mute();
  expect(heard).toBe(true);
  expect(uncaught).toHaveLength(1);
});

test('[trap 18] speaking is not told of who is muted; the video count starts sane and never becomes 0', async () => {
  const fixture = new CallFixture();
  expect(fixture.call.feature(Features.OptimalVideoCount).optimalVideoCount).toBe(9);
  await fixture.join({ videoSlots: 0 });
  expect(fixture.call.feature(Features.OptimalVideoCount).optimalVideoCount).toBe(1);
  fixture.roster([person({ id: 'a', muted: true })]);
  fixture.push({ type: 'speakers', dominant: [], speaking: ['a'] });
  expect(fixture.call.remoteParticipants[0]!.isSpeaking).toBe(false);
});

test('noise suppression finds the microphone among the local audio streams', () => {
  const [stream] = new CallFixture().call.localAudioStreams;
  expect(stream).toBeInstanceOf(LocalAudioStream);
  expect(stream!.mediaStreamType).toBe('Audio');
});

test('a renderer takes only streams', () => {
  expect(() => new VideoStreamRenderer(undefined as never)).toThrow(CommunicationServicesError);
});
