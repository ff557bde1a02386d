// The call as the pages see it: one snapshot drawn by the components, and the verbs behind the buttons.
// Everything is read from the calling SDK's objects; who may do what is decided by the server and only shown here.
import {
  CallClient,
  type CallCommon,
  type DeviceManager,
  Features,
  LocalVideoStream,
  type ParticipantCapabilities,
  type ParticipantRole,
  type RemoteParticipant,
  type RemoteVideoStream,
  type VideoDeviceInfo,
} from '@parvis/calling';
import { type CommunicationTokenCredential, getIdentifierRawId } from '@azure/communication-common';
import { Store } from '../store';
import { type Ending, endingOf, endingOfError } from './ending';
import type { Waiting } from './lobbyNotice';

/** Somebody else in the call. */
export interface Person {
  /** Unlike `rawId`, differs for one person on two devices. */
  key: string;
  rawId: string;
  /** As the server shows it to this viewer, label included. */
  name: string;
  role: ParticipantRole;
  muted: boolean;
  speaking: boolean;
  camera?: RemoteVideoStream;
  share?: RemoteVideoStream;
}

/** What this person may do, by the server's word. */
export interface Allowed {
  mic: boolean;
  camera: boolean;
  share: boolean;
  lobby: boolean;
  muteOthers: boolean;
  remove: boolean;
  endForAll: boolean;
}

export type Phase = 'joining' | 'lobby' | 'connected' | 'leaving' | 'ended';

/** One snapshot of the call. */
export interface MeetingState {
  phase: Phase;
  ending?: Ending;
  threadId?: string;
  /** What the meeting is called; known once connected. */
  subject?: string;
  muted: boolean;
  cameraOn: boolean;
  sharing: boolean;
  localVideo?: LocalVideoStream;
  role: ParticipantRole;
  can: Allowed;
  people: Person[];
  waiting: Waiting[];
  /** Keys of the loudest people, first is now. */
  dominant: string[];
  network: 'good' | 'poor' | 'lost';
  /** The last thing that did not work, in words for the person. */
  fault?: string;
  /** Grows when somebody else muted us. */
  mutedByOthers: number;
}

/** Who joins, and how. */
export interface Seat {
  credential: CommunicationTokenCredential;
  /** Members have the directory's name and give none. */
  as: { member: true } | { member: false; displayName: string };
}

export type MeetingLocator = { meetingLink: string } | { meetingId: string; passcode?: string };

/** What the person chose before joining. */
export interface JoinChoice {
  muted: boolean;
  camera?: VideoDeviceInfo;
}

const NOTHING: Allowed = { mic: false, camera: false, share: false, lobby: false, muteOthers: false, remove: false, endForAll: false };

const INITIAL: MeetingState = {
  phase: 'joining',
  muted: true,
  cameraOn: false,
  sharing: false,
  role: 'Unknown',
  can: NOTHING,
  people: [],
  waiting: [],
  dominant: [],
  network: 'good',
  mutedByOthers: 0,
};

/** The SDK's code for a share that the browser was not given. */
const SHARE_CANCELLED = 41057;

interface Agent {
  join(locator: MeetingLocator, options: object): CallCommon & { info: { threadId?: string; meetingSubject?: string } };
  dispose(): Promise<void>;
}

/** A call from joining to its end. Made once for each try. */
export class Meeting extends Store<MeetingState> {
  private call?: ReturnType<Agent['join']>;
  private agent?: Agent;
  private watched = new Map<object, () => void>();
  private planned = false;
  private endedByMe = false;

  constructor(
    private client: CallClient,
    private devices: DeviceManager,
  ) {
    super(INITIAL);
  }

  /** Signs the agent in and places the call; every refusal becomes the state `ended`. */
  async join(seat: Seat, locator: MeetingLocator, choice: JoinChoice): Promise<void> {
    try {
      const agent = seat.as.member
        ? await this.client.createTeamsCallAgent(seat.credential)
        : await this.client.createCallAgent(seat.credential, { displayName: seat.as.displayName });
      this.agent = agent as unknown as Agent;
      const localVideoStreams = choice.camera ? [new LocalVideoStream(choice.camera)] : undefined;
      this.call = this.agent.join(locator, {
        audioOptions: { muted: choice.muted },
        videoOptions: localVideoStreams ? { localVideoStreams } : {},
      });
      this.follow(this.call);
      this.refresh();
    } catch (error) {
      this.finish(endingOfError(error));
    }
  }

  readonly toggleMic = (): Promise<boolean> =>
    this.attempt('The microphone could not be switched', async (call) => (call.isMuted ? call.unmute() : call.mute()));

  readonly toggleCamera = (): Promise<boolean> =>
    this.attempt('The camera could not be switched', async (call) => {
      const running = call.localVideoStreams.find((stream) => stream.mediaStreamType === 'Video');
      if (running) return call.stopVideo(running);
      const [camera] = await this.camerasWithPermission();
      if (!camera) throw new Error('no camera');
      return call.startVideo(new LocalVideoStream(camera));
    });

  readonly toggleShare = (): Promise<boolean> =>
    this.attempt('Sharing could not start', async (call) => (call.isScreenSharingOn ? call.stopScreenSharing() : call.startScreenSharing()));

  /** Leaves, or ends the call for everybody. */
  readonly leave = async (forEveryone = false): Promise<void> => {
    if (this.snapshot().phase === 'ended') return;
    if (!this.call) return this.finish(endingOf(0, 0));
    this.endedByMe = forEveryone;
    this.update({ phase: 'leaving' });
    const worked = await this.attempt('The call could not be ended for everybody', (call) => call.hangUp({ forEveryone }));
    if (!worked) this.endedByMe = false;
    this.refresh();
  };

  readonly admit = (rawId: string): Promise<boolean> =>
    this.attempt('That person could not be let in', async (call) => call.lobby.admit(this.inLobby(rawId)));

  readonly reject = (rawId: string): Promise<boolean> =>
    this.attempt('That person could not be turned away', async (call) => call.lobby.reject(this.inLobby(rawId)));

  readonly admitAll = (): Promise<boolean> =>
    this.attempt('Not everybody could be let in', async (call) => {
      const { failureCount } = await call.lobby.admitAll();
      if (failureCount > 0) throw new Error('some were not admitted');
    });

  readonly mutePerson = (key: string): Promise<boolean> =>
    this.attempt('That person could not be muted', async () => this.participant(key).mute());

  readonly muteAll = (): Promise<boolean> => this.attempt('The others could not be muted', (call) => call.muteAllRemoteParticipants());

  readonly remove = (key: string): Promise<boolean> =>
    this.attempt('That person could not be removed', (call) => call.removeParticipant(this.participant(key).identifier));

  readonly clearFault = (): void => this.update({ fault: undefined });

  /** Lets go of sockets and devices; safe to call at any time, more than once. */
  readonly dispose = (): void => {
    for (const stop of this.watched.values()) stop();
    this.watched.clear();
    const agent = this.agent;
    this.agent = undefined;
    void agent?.dispose().catch(() => undefined);
  };

  private async camerasWithPermission(): Promise<VideoDeviceInfo[]> {
    const known = await this.devices.getCameras();
    if (known.length > 0 && known[0]?.name) return known;
    await this.devices.askDevicePermission({ audio: false, video: true });
    return this.devices.getCameras();
  }

  /** Does what a button asks; a failure becomes words on the page. Answers whether it worked. */
  private async attempt(fault: string, act: (call: NonNullable<typeof this.call>) => Promise<void>): Promise<boolean> {
    if (!this.call) return false;
    let worked = true;
    try {
      await act(this.call);
    } catch (error) {
      worked = false;
      // A share that the person cancelled in the browser's own dialog is no fault.
      const cancelled = (error as { subCode?: number }).subCode === SHARE_CANCELLED;
      if (!cancelled) this.update({ fault });
    }
    this.plan();
    return worked;
  }

  private inLobby(rawId: string): RemoteParticipant['identifier'] {
    const found = this.call?.lobby.participants.find((person) => getIdentifierRawId(person.identifier) === rawId);
    if (!found) throw new Error('no longer in the lobby');
    return found.identifier;
  }

  private participant(key: string): RemoteParticipant {
    const found = this.call?.remoteParticipants.find((person, index) => keyOf(person, index) === key);
    if (!found) throw new Error('no longer in the call');
    return found;
  }

  // One event of the SDK often brings several others: the snapshot is taken once, after all of them.
  private readonly plan = (): void => {
    if (this.planned) return;
    this.planned = true;
    queueMicrotask(() => {
      this.planned = false;
      this.refresh();
    });
  };

  private follow(call: NonNullable<typeof this.call>): void {
    const properties = ['stateChanged', 'isMutedChanged', 'isScreenSharingOnChanged', 'roleChanged'] as const;
    for (const event of properties) call.on(event, this.plan);
    call.on('remoteParticipantsUpdated', this.plan);
    call.on('localVideoStreamsUpdated', this.plan);
    call.on('mutedByOthers', () => this.update({ mutedByOthers: this.snapshot().mutedByOthers + 1 }));
    call.lobby?.on('lobbyParticipantsUpdated', this.plan);
    call.feature(Features.Capabilities).on('capabilitiesChanged', this.plan);
    call.feature(Features.DominantSpeakers).on('dominantSpeakersChanged', this.plan);
    call.feature(Features.UserFacingDiagnostics).network.on('diagnosticChanged', this.plan);
  }

  private refresh(): void {
    const call = this.call;
    if (!call || this.snapshot().phase === 'ended') return;
    if (call.state === 'Disconnected') {
      const reason = call.callEndReason;
      const ending = endingOf(reason?.code ?? 0, reason?.subCode ?? 0);
      return this.finish(this.endedByMe && ending.kind === 'left' ? { ...ending, kind: 'endedByMe' } : ending);
    }
    this.watchPeople(call.remoteParticipants);
    this.update({
      phase: phaseOf(call.state),
      threadId: call.info.threadId,
      subject: call.info.meetingSubject,
      muted: call.isMuted,
      sharing: call.isScreenSharingOn,
      localVideo: call.localVideoStreams.find((stream) => stream.mediaStreamType === 'Video'),
      cameraOn: call.localVideoStreams.some((stream) => stream.mediaStreamType === 'Video'),
      role: call.role,
      can: allowed(call.feature(Features.Capabilities).capabilities),
      people: call.remoteParticipants.map(personOf).filter((person) => person !== undefined),
      waiting: (call.lobby?.participants ?? []).map(waitingOf),
      dominant: this.dominantKeys(call),
      network: networkOf(call.feature(Features.UserFacingDiagnostics).network.getLatest()),
    });
  }

  private dominantKeys(call: CallCommon): string[] {
    const { speakersList } = call.feature(Features.DominantSpeakers).dominantSpeakers;
    const loud = speakersList.map((speaker) => getIdentifierRawId(speaker));
    return call.remoteParticipants
      .map((person, index) => ({ key: keyOf(person, index), rank: loud.indexOf(getIdentifierRawId(person.identifier)) }))
      .filter(({ rank }) => rank !== -1)
      .sort((a, b) => a.rank - b.rank)
      .map(({ key }) => key);
  }

  private watchPeople(people: readonly RemoteParticipant[]): void {
    const present = new Set<object>();
    for (const person of people) {
      present.add(person);
      if (!this.watched.has(person)) this.watched.set(person, watchPerson(person, this.plan));
      for (const stream of person.videoStreams) {
        present.add(stream);
        if (!this.watched.has(stream)) this.watched.set(stream, watchStream(stream, this.plan));
      }
    }
    for (const [object, stop] of this.watched) {
      if (present.has(object)) continue;
      stop();
      this.watched.delete(object);
    }
  }

  private finish(ending: Ending): void {
    this.update({ phase: 'ended', ending, people: [], waiting: [], localVideo: undefined, sharing: false, cameraOn: false });
    this.dispose();
  }
}

function watchPerson(person: RemoteParticipant, plan: () => void): () => void {
  const events = ['stateChanged', 'isMutedChanged', 'isSpeakingChanged', 'roleChanged'] as const;
  for (const event of events) person.on(event as 'stateChanged', plan);
  person.on('displayNameChanged', plan);
  person.on('videoStreamsUpdated', plan);
  return () => {
    for (const event of events) person.off(event as 'stateChanged', plan);
    person.off('displayNameChanged', plan);
    person.off('videoStreamsUpdated', plan);
  };
}

function watchStream(stream: RemoteVideoStream, plan: () => void): () => void {
  stream.on('isAvailableChanged', plan);
  return () => stream.off('isAvailableChanged', plan);
}

function phaseOf(state: CallCommon['state']): Phase {
  if (state === 'InLobby') return 'lobby';
  if (state === 'Disconnecting') return 'leaving';
  return state === 'Connected' || state === 'LocalHold' || state === 'RemoteHold' ? 'connected' : 'joining';
}

function keyOf(person: RemoteParticipant, index: number): string {
  return person.endpointDetails?.[0]?.participantId ?? `${getIdentifierRawId(person.identifier)} ${index}`;
}

function personOf(person: RemoteParticipant, index: number): Person | undefined {
  if (person.state === 'Disconnected' || person.state === 'InLobby') return undefined;
  const shown = (type: string): RemoteVideoStream | undefined =>
    person.videoStreams.find((stream) => stream.mediaStreamType === type && stream.isAvailable);
  return {
    key: keyOf(person, index),
    rawId: getIdentifierRawId(person.identifier),
    name: person.displayName || 'Unnamed person',
    role: person.role ?? 'Unknown',
    muted: person.isMuted,
    speaking: person.isSpeaking && !person.isMuted,
    camera: shown('Video'),
    share: shown('ScreenSharing'),
  };
}

function waitingOf(person: RemoteParticipant): Waiting {
  return { rawId: getIdentifierRawId(person.identifier), name: person.displayName || 'Unnamed person' };
}

function allowed(capabilities: ParticipantCapabilities): Allowed {
  const has = (name: keyof ParticipantCapabilities): boolean => capabilities[name]?.isPresent ?? false;
  return {
    mic: has('unmuteMic'),
    camera: has('turnVideoOn'),
    share: has('shareScreen'),
    lobby: has('manageLobby'),
    muteOthers: has('muteOthers'),
    remove: has('removeParticipant'),
    endForAll: has('hangUpForEveryOne'),
  };
}

type Latest = { [name: string]: { value: number | boolean } | undefined };

function networkOf(latest: object): MeetingState['network'] {
  const { noNetwork, networkReconnect, networkReceiveQuality } = latest as Latest;
  if (noNetwork?.value === true || (typeof networkReconnect?.value === 'number' && networkReconnect.value > 1)) return 'lost';
  return typeof networkReceiveQuality?.value === 'number' && networkReceiveQuality.value > 1 ? 'poor' : 'good';
}
