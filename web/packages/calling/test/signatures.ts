// A compile-time table: code as apps write it against the original typings, row by row of the surface (docs/spec/calling-sdk.md).
// Nothing here runs. `npm run typecheck` fails when a name, a member, an event or a type that apps use is missing or different.
import type { CommunicationIdentifier, CommunicationIdentifierKind, CommunicationTokenCredential } from '@azure/communication-common';
import {
  CallAgentKind,
  CallClient,
  CallKind,
  DevicePermissionAccess,
  DiagnosticQuality,
  disconnectCategoryMap,
  Features,
  IncomingCallKind,
  LocalAudioStream,
  LocalVideoStream,
  RecordingState,
  VideoStreamRenderer,
  WbLocalVideoStream,
} from '../src/index';
import type * as Sdk from '../src/index';

/** Accepts a value of exactly the type named, neither wider nor narrower. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_same: Same<A, B>): void => undefined;
const nothing = (): void => undefined;

export const values = [CallKind.Call, CallKind.TeamsCall, CallAgentKind.CallAgent, CallAgentKind.TeamsCallAgent, IncomingCallKind.IncomingCall] as const;
export const enums: [RecordingState, DevicePermissionAccess, DiagnosticQuality] = [RecordingState.Paused, DevicePermissionAccess.prompt, DiagnosticQuality.Poor];
export const successCodes: readonly number[] = disconnectCategoryMap.Success;
export const whiteboard: typeof LocalVideoStream = WbLocalVideoStream;

/** Client, agents, locators. */
export async function clientsAndAgents(credential: CommunicationTokenCredential, logger: Sdk.CallLogger): Promise<void> {
  const client = new CallClient({
    logger,
    diagnostics: { appName: 'app', appVersion: '1', tags: ['a'] },
    networkConfiguration: { proxy: { url: 'https://proxy.example' }, turn: { iceServers: [{ urls: ['turn:example'], username: 'a', credential: 'b' }] } },
  });
  const agent: Sdk.CallAgent = await client.createCallAgent(credential, { displayName: 'Ana', emergencyCallOptions: { countryCode: 'SE' } });
  const joins: Sdk.Call[] = [
    agent.join({ groupId: '' } satisfies Sdk.GroupLocator),
    agent.join({ roomId: '' } as Sdk.RoomCallLocator, { audioOptions: { muted: true } }),
    agent.join({ meetingLink: '' } satisfies Sdk.TeamsMeetingLinkLocator),
    agent.join({ meetingId: '', passcode: '' } satisfies Sdk.TeamsMeetingIdLocator),
    agent.join({ threadId: '', organizerId: '', tenantId: '', messageId: '' } as Sdk.TeamsMeetingCoordinatesLocator),
  ];
  const rung: Sdk.Call = agent.startCall([{ communicationUserId: '' }, { phoneNumber: '' }, { microsoftTeamsUserId: '' }], {
    alternateCallerId: { phoneNumber: '' },
    videoOptions: { localVideoStreams: [], constraints: { send: { frameHeight: { max: 720 }, bitrate: { max: 1 }, frameRate: { max: 30 } } } },
    audioOptions: { muted: false, localAudioStreams: [] },
    customContext: { userToUser: '', xHeaders: [{ key: '', value: '' }], sipHeaders: [], voipHeaders: [] },
  });
  joins.push(rung, ...agent.calls);
  const incoming: Sdk.IncomingCallEvent = async ({ incomingCall }) => {
    const answered: Sdk.Call = await incomingCall.accept({ videoOptions: { localVideoStreams: [] } });
    await incomingCall.reject();
    incomingCall.on('callEnded', ({ callEndReason: { code, subCode } }) => [code, subCode, answered.id, incomingCall.kind, incomingCall.info.groupId]);
  };
  agent.on('incomingCall', incoming);
  agent.off('incomingCall', incoming);
  agent.on('callsUpdated', ({ added, removed }) => [...added, ...removed].map((call) => call.callEndReason?.resultCategories));
  agent.on('connectionStateChanged', ({ oldValue, newValue, reason }) => [oldValue === 'Connected', newValue === 'Disconnected', reason === 'invalidToken']);
  const teams: Sdk.TeamsCallAgent = await client.createTeamsCallAgent(credential);
  const one: Sdk.TeamsCall = teams.startCall({ microsoftTeamsUserId: '' });
  const several: Sdk.TeamsCall = teams.startCall([{ microsoftTeamsUserId: '' }], { threadId: '' });
  teams.join({ meetingLink: '' });
  several.addParticipant({ microsoftTeamsUserId: '' }, { threadId: '' });
  const kinds: [CallAgentKind, CallAgentKind, boolean] = [agent.kind, teams.kind, one.isEmergencyCall];
  await agent.handleIncomingCall(kinds);
  await Promise.all([agent.dispose(), teams.dispose(), client.dispose()]);
}

/** The call, its lobby and its info. */
export async function calls(call: Sdk.Call, either: Sdk.Call | Sdk.TeamsCall, stream: LocalVideoStream, audio: LocalAudioStream): Promise<void> {
  if (either.kind === CallKind.Call) either.addParticipant({ communicationUserId: '' });
  same<typeof call.state, Sdk.CallState>(true);
  same<typeof call.direction, 'Incoming' | 'Outgoing'>(true);
  same<typeof call.role, Sdk.ParticipantRole>(true);
  const { callerInfo, transferorInfo, info, lobby } = call;
  const facts: (string | undefined)[] = [info.threadId, info.groupId, info.participantId, await info.getServerCallId(), callerInfo.displayName, call.id];
  info.onCallInfoChanged('callInfoChanged', nothing);
  info.offCallInfoChanged('callInfoChanged', nothing);
  const flags: boolean[] = [call.isMuted, call.isIncomingAudioMuted, call.isScreenSharingOn, call.isLocalVideoStarted, facts.length > (transferorInfo ? 1 : 0)];
  await Promise.all([call.mute(), call.unmute(), call.muteIncomingAudio(), call.unmuteIncomingAudio(), call.muteAllRemoteParticipants()]);
  await Promise.all([call.startVideo(stream), call.stopVideo(stream), call.startScreenSharing(), call.startScreenSharing(stream), call.stopScreenSharing()]);
  await Promise.all([call.startAudio(audio), call.stopAudio(), call.hold(), call.resume(), call.sendDtmf('Pound'), call.hangUp({ forEveryone: flags.length > 0 })]);
  await call.setConstraints({ video: { send: { frameHeight: { max: 240 } } } });
  const added: Sdk.RemoteParticipant = call.addParticipant({ phoneNumber: '' }, { alternateCallerId: { phoneNumber: '' } });
  await call.removeParticipant(added.identifier);
  for (const event of ['stateChanged', 'idChanged', 'isMutedChanged', 'isScreenSharingOnChanged', 'roleChanged', 'isIncomingAudioMutedChanged', 'isLocalVideoStartedChanged', 'callerInfoChanged', 'transferorInfoChanged'] as const) {
    call.on(event, nothing);
    call.off(event, nothing);
  }
  call.on('remoteParticipantsUpdated', (change: { added: Sdk.RemoteParticipant[]; removed: Sdk.RemoteParticipant[] }) => change.added);
  call.on('localVideoStreamsUpdated', (change: { added: LocalVideoStream[]; removed: LocalVideoStream[] }) => change.removed);
  call.on('localAudioStreamsUpdated', ({ added: streams }) => streams.map(({ mediaStreamType }) => mediaStreamType === 'Audio'));
  call.on('remoteAudioStreamsUpdated', ({ removed }) => removed);
  call.on('mutedByOthers', nothing);
  await lobby.admit(added.identifier);
  await lobby.reject(added.identifier);
  const { successCount, failureCount }: { successCount: number; failureCount: number } = await lobby.admitAll();
  lobby.on('lobbyParticipantsUpdated', ({ added: waiting, removed: gone }) => [...waiting, ...gone, ...lobby.participants, successCount, failureCount]);
}

/** Other people and their streams. */
export async function people(person: Sdk.RemoteParticipant): Promise<void> {
  same<typeof person.state, Sdk.RemoteParticipantState>(true);
  const identifier: CommunicationIdentifierKind = person.identifier;
  if (identifier.kind === 'communicationUser') await person.mute();
  const facts: unknown[] = [person.displayName, person.isMuted, person.isSpeaking, person.role, person.callEndReason, person.hasDisplayNameChanged, person.endpointDetails[0]?.participantId];
  person.on('stateChanged', nothing);
  person.on('isMutedChanged', nothing);
  person.on('isSpeakingChanged', nothing);
  person.on('roleChanged', nothing);
  person.off('roleChanged', () => facts);
  person.on('displayNameChanged', nothing);
  person.on('displayNameChanged', (args) => args?.reason === 'editedDisplayName');
  person.on('videoStreamsUpdated', ({ added, removed }) => [...added, ...removed].map(({ id, size: { width, height } }) => id + width + height));
  for (const stream of person.videoStreams) {
    stream.on('isAvailableChanged', nothing);
    stream.on('isReceivingChanged', nothing);
    stream.on('sizeChanged', nothing);
    stream.off('sizeChanged', nothing);
    const media: MediaStream = await stream.getMediaStream();
    const renderer = new VideoStreamRenderer(stream, { autoDisposeOnCallEnd: true });
    const view: Sdk.VideoStreamRendererView = await renderer.createView({ scalingMode: 'Crop', isMirrored: media.active });
    document.body.append(view.target);
    await view.updateScalingMode('Fit');
    view.dispose();
    renderer.dispose();
  }
}

/** Devices and local streams. */
export async function devices(client: CallClient, call: Sdk.Call): Promise<void> {
  const manager: Sdk.DeviceManager = await client.getDeviceManager();
  const { audio, video }: Sdk.DeviceAccess = await manager.askDevicePermission({ audio: true, video: true });
  const [[camera], [microphone], [speaker]] = await Promise.all([manager.getCameras(), manager.getMicrophones(), manager.getSpeakers()]);
  if (!camera || !microphone || !speaker || !(audio && video)) return;
  await Promise.all([manager.selectMicrophone(microphone), manager.selectSpeaker(speaker)]);
  manager.on('videoDevicesUpdated', ({ added, removed }: { added: Sdk.VideoDeviceInfo[]; removed: Sdk.VideoDeviceInfo[] }) => [added, removed]);
  manager.on('audioDevicesUpdated', ({ added }) => added.map(({ id, isSystemDefault, deviceType }) => [id, isSystemDefault, deviceType === 'Speaker']));
  manager.on('selectedMicrophoneChanged', () => manager.selectedMicrophone?.name);
  manager.on('selectedSpeakerChanged', () => manager.isSpeakerSelectionAvailable && manager.selectedSpeaker);
  manager.startPreheatDevices();
  manager.stopPreheatDevices();
  const stream = new LocalVideoStream(camera);
  const own = new LocalVideoStream(await stream.getMediaStream());
  await stream.switchSource(camera);
  stream.setMediaStream(await own.getMediaStream());
  same<typeof stream.mediaStreamType, Sdk.MediaStreamType>(true);
  const sound = new LocalAudioStream(microphone);
  await sound.switchSource(microphone);
  const { level }: Sdk.Volume = await sound.getVolume();
  (await sound.getVolume()).on('levelChanged', () => level);
  sound.on('audioSourceChanged', nothing);
  stream.on('videoSourceChanged', nothing);
  for (const remote of call.remoteAudioStreams) [await remote.getVolume(), await remote.getMediaStream()];
  sound.dispose();
  stream.dispose();
}

/** The features of a call that do something. */
export async function features(call: Sdk.Call, who: CommunicationIdentifier[]): Promise<void> {
  const capabilities = call.feature(Features.Capabilities);
  capabilities.on('capabilitiesChanged', ({ oldValue, newValue, reason }) => [oldValue.turnVideoOn?.isPresent, newValue.shareScreen?.reason, reason === 'RoleChanged']);
  const every: Sdk.ParticipantCapabilities = capabilities.capabilities;
  const hands = call.feature(Features.RaiseHand);
  const heard: Sdk.RaisedHandListener = ({ identifier }) => identifier;
  hands.on('raisedHandEvent', heard);
  hands.off('loweredHandEvent', heard);
  await Promise.all([hands.raiseHand(), hands.lowerHand(), hands.lowerHands(who), hands.lowerAllHands()]);
  const first: Sdk.RaisedHand | undefined = hands.getRaisedHands()[0];
  const reactions = call.feature(Features.Reaction);
  await reactions.sendReaction({ reactionType: 'applause' });
  reactions.on('reaction', ({ identifier, reactionMessage: { reactionType, name } }) => [identifier, reactionType, name]);
  const spotlight = call.feature(Features.Spotlight);
  await Promise.all([spotlight.startSpotlight(), spotlight.startSpotlight(who), spotlight.stopSpotlight(who), spotlight.stopAllSpotlight()]);
  spotlight.on('spotlightChanged', ({ added, removed }) => [...added, ...removed].map(({ identifier, order }) => [identifier, order]));
  const most: number = spotlight.maxParticipantsToSpotlight - spotlight.getSpotlightedParticipants().length;
  const access = call.feature(Features.MediaAccess);
  await Promise.all([access.permitAudio(who), access.forbidAudio(who), access.permitVideo(who), access.forbidVideo(who)]);
  await Promise.all([access.permitOthersAudio(), access.forbidOthersAudio(), access.permitOthersVideo(), access.forbidOthersVideo()]);
  access.on('mediaAccessChanged', ({ mediaAccesses }) => mediaAccesses.map(({ participant, isAudioPermitted }) => [participant, isAudioPermitted]));
  access.on('meetingMediaAccessChanged', ({ meetingMediaAccess: { isVideoPermitted } }) => isVideoPermitted);
  const speakers = call.feature(Features.DominantSpeakers);
  speakers.on('dominantSpeakersChanged', () => [speakers.dominantSpeakers.speakersList, speakers.dominantSpeakers.timestamp.getTime()]);
  const count = call.feature(Features.OptimalVideoCount);
  count.on('optimalVideoCountChanged', () => [count.optimalVideoCount + most, count.lastOvcChangeReason === 'bandwidth', every.unmuteMic, first?.order]);
  const text = call.feature(Features.RealTimeText);
  await text.sendRealTimeText('hello', true);
  text.on('realTimeTextReceived', ({ sender, sequenceId, resultType, isLocal, receivedTimestamp }) => [sender, sequenceId, resultType === 'Final', isLocal, receivedTimestamp]);
  const survey = await call.feature(Features.CallSurvey).submitSurvey({ overallRating: { score: 5, scale: { lowerBound: 1, upperBound: 5, lowScoreThreshold: 2 } }, audioRating: { score: 1, issues: ['NoLocalAudio'] } });
  const ids: string[] = [survey.id, survey.callId, survey.localParticipantId];
  ids.push((await call.feature(Features.DebugInfo).getEnvironmentInfo()).environment.browser);
}

/** What is measured, and what is sent beside media. */
export function measures(call: Sdk.Call, person: Sdk.RemoteParticipant): void {
  const diagnostics = call.feature(Features.UserFacingDiagnostics);
  diagnostics.network.on('diagnosticChanged', ({ diagnostic, value, valueType }: Sdk.NetworkDiagnosticChangedEventArgs) => {
    if (diagnostic === 'networkReconnect' && valueType === 'DiagnosticQuality') return value === DiagnosticQuality.Bad;
    return diagnostics.network.getLatest().noNetwork?.value;
  });
  diagnostics.media.on('diagnosticChanged', ({ diagnostic }: Sdk.MediaDiagnosticChangedEventArgs) => diagnostic === 'cameraFreeze' || diagnostics.media.getLatest().cameraStartFailed);
  diagnostics.remote.startSendingDiagnostics();
  diagnostics.remote.on('diagnosticChanged', ({ diagnostics: all }) => all.map(({ participantId, rawId }) => participantId + rawId));
  const stats = call.feature(Features.MediaStats);
  const collector: Sdk.MediaStatsCollector = stats.createCollector({ aggregationInterval: 10, dataPointsPerAggregation: 6 });
  collector.on('sampleReported', ({ audio, video, screenShare, transports }) => [audio.send, video.receive, screenShare.send, transports]);
  collector.on('summaryReported', (summary: Sdk.MediaStatsReportSummary) => summary.video.receive);
  collector.dispose();
  stats.disposeAllCollectors();
  const data = call.feature(Features.DataChannel);
  const sender = data.createDataChannelSender({ channelId: 1, reliability: 'Durable', priority: 'High', bitrateInKbps: 32, participants: [person.identifier] });
  void sender.sendMessage(new Uint8Array(sender.maxMessageSizeInBytes)).then(() => sender.close());
  sender.setParticipants([person.identifier]);
  data.on('dataChannelReceiverCreated', (receiver) => {
    receiver.on('messageReady', () => receiver.readMessage()?.data.byteLength);
    receiver.on('close', () => [receiver.channelId, receiver.senderParticipantIdentifier]);
  });
}

/** What only tells, or says that it is not capable. */
export async function observers(call: Sdk.Call, teams: Sdk.TeamsCall, stream: LocalVideoStream, sound: LocalAudioStream): Promise<void> {
  const recording = call.feature(Features.Recording);
  recording.on('isRecordingActiveChanged', () => [recording.isRecordingActive, recording.isTeamsConsentRequired]);
  recording.on('recordingsUpdated', ({ added }) => added.map(({ state }) => state === RecordingState.Started));
  const transcription = call.feature(Features.Transcription);
  transcription.on('isTranscriptionActiveChanged', () => transcription.isTranscriptionActive);
  await Promise.all([recording.grantTeamsConsent(), transcription.grantTeamsConsent()]);
  const { captions } = call.feature(Features.Captions);
  if (captions.kind === 'Captions') {
    await captions.startCaptions({ spokenLanguage: 'en-us' });
    captions.on('CaptionsReceived', ({ speaker, resultType, spokenText, spokenLanguage, timestamp }) => [speaker, resultType === 'Final', spokenText, spokenLanguage, timestamp]);
    captions.on('CaptionsActiveChanged', () => [captions.isCaptionsFeatureActive, captions.activeSpokenLanguage, captions.supportedSpokenLanguages]);
    captions.on('SpokenLanguageChanged', nothing);
    await Promise.all([captions.setSpokenLanguage('sv-se'), captions.stopCaptions()]);
  }
  const theirs = teams.feature(Features.Captions).captions;
  if (theirs.kind === 'TeamsCaptions') {
    theirs.on('CaptionsReceived', ({ captionText, captionLanguage }) => [captionText, captionLanguage]);
    theirs.on('CaptionLanguageChanged', () => [theirs.activeCaptionLanguage, theirs.supportedCaptionLanguages]);
    await theirs.setCaptionLanguage('sv');
  }
  const transfer = call.feature(Features.Transfer);
  const going: Sdk.Transfer = transfer.transfer({ targetParticipant: { communicationUserId: '' } }, {});
  going.on('stateChanged', () => [going.state === 'Transferred', going.error?.code, transfer.transfer({ targetCallId: '' })]);
  transfer.on('transferAccepted', ({ targetCall }) => targetCall.id);
  const rooms = call.feature(Features.BreakoutRooms);
  rooms.on('breakoutRoomsUpdated', (event) => (event.type === 'assignedBreakoutRooms' ? event.data?.join() : rooms.assignedBreakoutRooms?.returnToMainMeeting()));
  const together = call.feature(Features.TogetherMode);
  together.sceneSize = { width: 1, height: 1 };
  together.on('togetherModeStreamsUpdated', ({ added }) => added.map(({ isAvailable }) => isAvailable));
  together.on('togetherModeSeatingUpdated', (seats) => [...seats.values()].map(({ top, left }) => top + left));
  await together.start();
  const slides = call.feature(Features.PPTLive);
  slides.on('isActiveChanged', () => [slides.isActive, slides.target, slides.activePresenterId]);
  const phones = await call.feature(Features.TeamsMeetingAudioConferencing).getTeamsMeetingAudioConferencingDetails();
  const effects = stream.feature(Features.VideoEffects);
  effects.on('effectsStarted', () => [effects.activeEffects, phones?.phoneConferenceId]);
  effects.on('effectsError', ({ message }) => message);
  await effects.stopEffects();
  const noise = sound.feature(Features.AudioEffects);
  await noise.startEffects({ noiseSuppression: 'BrowserNoiseSuppression', echoCancellation: 'BrowserEchoCancellation' });
  await noise.stopEffects({ noiseSuppression: true });
  noise.on('effectsStarted', (active) => active.noiseSuppression);
}
