// What the local participant may do. The server decides; the SDK only takes away what it cannot do itself.
import { Emitter, bindMethods } from '../emitter';
import type {
  CapabilitiesChangedReason,
  CapabilitiesFeature,
  ParticipantCapabilities,
  ParticipantCapability,
  ParticipantCapabilityName,
} from '../types/features';

/** Before the first map of the server: own microphone and camera may be prepared, nothing else is known. */
const OWN_MEDIA: ParticipantCapabilityName[] = ['turnVideoOn', 'unmuteMic'];
const SERVED: ParticipantCapabilityName[] = [
  'shareScreen',
  'removeParticipant',
  'addCommunicationUser',
  'addTeamsUser',
  'hangUpForEveryOne',
  'manageLobby',
  'muteOthers',
  'viewAttendeeNames',
  'raiseHand',
  'useReactions',
  'spotlightParticipant',
  'removeParticipantsSpotlight',
  'forbidOthersAudio',
  'forbidOthersVideo',
  'realTimeText',
];
const NOT_BUILT: ParticipantCapabilityName[] = [
  'addPhoneNumber',
  'blurBackground',
  'startLiveMeetingCaptions',
  'startLiveCallingCaptions',
  'setCaptionLanguage',
  'pstnDialOut',
  'startTogetherMode',
  'joinBreakoutRooms',
];

export const CAPABILITY_NAMES: readonly ParticipantCapabilityName[] = [...OWN_MEDIA, ...SERVED, ...NOT_BUILT];

export class Capabilities implements CapabilitiesFeature {
  readonly name = 'Capabilities';
  private readonly _emitter = new Emitter();
  private readonly _canShareScreen: boolean;
  private _map: Map<ParticipantCapabilityName, ParticipantCapability>;

  constructor(canShareScreen: boolean) {
    bindMethods(this);
    this._canShareScreen = canShareScreen;
    this._map = this.limit((name) =>
      OWN_MEDIA.includes(name) ? { isPresent: true, reason: 'Capable' } : { isPresent: false, reason: 'NotInitialized' },
    );
  }

  /** A fresh object each time: consumers freeze what they are given. */
  get capabilities(): ParticipantCapabilities {
    return Object.fromEntries([...this._map].map(([name, entry]) => [name, { ...entry }])) as ParticipantCapabilities;
  }

  isPresent(name: ParticipantCapabilityName): boolean {
    return this._map.get(name)?.isPresent === true;
  }

  /** `announceAlways`: the first map of a call is an event even when it changes nothing, because apps count from it. */
  update(served: Partial<ParticipantCapabilities>, reason: CapabilitiesChangedReason, announceAlways = false): void {
    const before = this._map;
    this._map = this.limit((name) => served[name] ?? before.get(name) ?? { isPresent: false, reason: 'NotInitialized' });
    const oldValue: Partial<Record<ParticipantCapabilityName, ParticipantCapability>> = {};
    const newValue: Partial<Record<ParticipantCapabilityName, ParticipantCapability>> = {};
    for (const [name, entry] of this._map) {
      const old = before.get(name);
      if (old && old.isPresent === entry.isPresent && old.reason === entry.reason) continue;
      if (old) oldValue[name] = { ...old };
      newValue[name] = { ...entry };
    }
    if (!announceAlways && Object.keys(newValue).length === 0) return;
    this._emitter.emit('capabilitiesChanged', { oldValue, newValue, reason });
  }

  on(event: 'capabilitiesChanged', listener: (...args: never[]) => void): void {
    this._emitter.on(event, listener);
  }

  off(event: 'capabilitiesChanged', listener: (...args: never[]) => void): void {
    this._emitter.off(event, listener);
  }

  dispose(): void {
    this._emitter.silence();
  }

  private limit(of: (name: ParticipantCapabilityName) => ParticipantCapability): Map<ParticipantCapabilityName, ParticipantCapability> {
    return new Map(CAPABILITY_NAMES.map((name) => [name, this.limitOne(name, of(name))]));
  }

  private limitOne(name: ParticipantCapabilityName, entry: ParticipantCapability): ParticipantCapability {
    if (NOT_BUILT.includes(name)) return { isPresent: false, reason: 'FeatureNotSupported' };
    if (name === 'shareScreen' && entry.isPresent && !this._canShareScreen) return { isPresent: false, reason: 'ClientRestricted' };
    return { isPresent: entry.isPresent, reason: entry.reason };
  }
}
