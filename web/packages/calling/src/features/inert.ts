// Features the server does not have yet: they say so. Reading gives the empty state, listening is allowed, doing is refused.
import { bindMethods } from '../emitter';
import { errors } from '../errors';
import type { CallFeature } from '../types/call';
import type * as F from '../types/features';
import type * as M from '../types/more_features';
import type { StreamSize } from '../types/streams';

export class InertFeature implements CallFeature {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    bindMethods(this);
  }

  on(_event: string, _listener: (...args: never[]) => void): void {
    // Nothing ever happens here.
  }

  off(_event: string, _listener: (...args: never[]) => void): void {
    // See `on`.
  }

  dispose(): void {
    // Nothing is held.
  }

  protected async refuse(): Promise<never> {
    throw errors.notCapable(this.name);
  }
}

export class InertCaptionsObject extends InertFeature {
  readonly kind: F.CaptionsKind;
  readonly isCaptionsFeatureActive = false;
  readonly activeSpokenLanguage = '';
  readonly activeCaptionLanguage = '';

  constructor(kind: F.CaptionsKind) {
    super('Captions');
    this.kind = kind;
  }

  get supportedSpokenLanguages(): string[] {
    return [];
  }

  get supportedCaptionLanguages(): string[] {
    return [];
  }

  startCaptions = (): Promise<void> => this.refuse();
  stopCaptions = (): Promise<void> => this.refuse();
  setSpokenLanguage = (): Promise<void> => this.refuse();
  setCaptionLanguage = (): Promise<void> => this.refuse();
}

export class InertCaptions extends InertFeature implements F.CaptionsCallFeature {
  readonly captions: F.Captions | F.TeamsCaptions;

  constructor(kind: F.CaptionsKind) {
    super('Captions');
    this.captions = new InertCaptionsObject(kind) as unknown as F.Captions | F.TeamsCaptions;
  }
}

export class InertBreakoutRooms extends InertFeature implements F.BreakoutRoomsCallFeature {
  readonly assignedBreakoutRooms = undefined;
  readonly breakoutRoomsSettings = undefined;
  readonly breakoutRooms = undefined;
}

export class InertRecording extends InertFeature implements F.RecordingCallFeature {
  readonly isRecordingActive = false;
  readonly isTeamsConsentRequired = false;

  get recordings(): F.RecordingInfo[] {
    return [];
  }

  grantTeamsConsent = (): Promise<void> => this.refuse();
}

export class InertTranscription extends InertFeature implements F.TranscriptionCallFeature {
  readonly isTranscriptionActive = false;
  readonly isTeamsConsentRequired = false;
  grantTeamsConsent = (): Promise<void> => this.refuse();
}

class FailedTransfer extends InertFeature implements F.Transfer {
  readonly state = 'Failed';
  readonly error = { code: 405, subCode: 0 };
}

export class InertTransfer extends InertFeature implements F.TransferCallFeature {
  transfer = (): F.Transfer => new FailedTransfer('Transfer');
}

export class InertTogetherMode extends InertFeature implements F.TogetherModeCallFeature {
  sceneSize: StreamSize = { width: 0, height: 0 };

  get togetherModeStream(): F.TogetherModeVideoStream[] {
    return [];
  }

  get togetherModeSeatingMap(): F.TogetherModeSeatingMap {
    return new Map();
  }

  start = (): Promise<void> => this.refuse();
}

export class InertPptLive extends InertFeature implements M.PPTLiveCallFeature {
  readonly isActive = false;
  readonly target = undefined;
  readonly activePresenterId = undefined;
}

/** Resolves, because the composites call it in every meeting and leave a rejection unhandled. */
export class InertAudioConferencing extends InertFeature implements M.TeamsMeetingAudioConferencingCallFeature {
  getTeamsMeetingAudioConferencingDetails = async (): Promise<M.TeamsMeetingAudioConferencingDetails> =>
    undefined as unknown as M.TeamsMeetingAudioConferencingDetails;
}

export class InertVideoEffects extends InertFeature implements M.VideoEffectsFeature {
  get activeEffects(): M.VideoEffectName[] {
    return [];
  }

  isSupported = async (): Promise<boolean> => false;
  startEffects = (): Promise<void> => this.refuse();
  stopEffects = async (): Promise<void> => undefined;
}

export class InertAudioEffects extends InertFeature implements M.AudioEffectsFeature {
  get activeEffects(): M.ActiveAudioEffects {
    return {};
  }

  isSupported = async (): Promise<boolean> => false;
  startEffects = (): Promise<void> => this.refuse();
  stopEffects = async (): Promise<void> => undefined;
}
