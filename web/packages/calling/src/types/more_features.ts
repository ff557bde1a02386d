// The rest of the feature interfaces: media access, statistics, data channel, effects, survey, meeting phone details.
import type { CommunicationIdentifier, CommunicationIdentifierKind } from '@azure/communication-common';
import type { CallFeature } from './call';
import type { PropertyChangedEvent } from './vocabulary';

// Media access.

export interface MediaAccess {
  readonly participant: CommunicationIdentifier;
  readonly isAudioPermitted: boolean;
  readonly isVideoPermitted: boolean;
}
export interface MeetingMediaAccess {
  readonly isAudioPermitted: boolean;
  readonly isVideoPermitted: boolean;
}
export interface MediaAccessChangedEvent {
  readonly mediaAccesses: MediaAccess[];
}
export interface MeetingMediaAccessChangedEvent {
  readonly meetingMediaAccess: MeetingMediaAccess;
}
export interface MediaAccessCallFeature extends CallFeature {
  permitAudio(participants: CommunicationIdentifier[]): Promise<void>;
  forbidAudio(participants: CommunicationIdentifier[]): Promise<void>;
  permitVideo(participants: CommunicationIdentifier[]): Promise<void>;
  forbidVideo(participants: CommunicationIdentifier[]): Promise<void>;
  permitOthersAudio(): Promise<void>;
  forbidOthersAudio(): Promise<void>;
  permitOthersVideo(): Promise<void>;
  forbidOthersVideo(): Promise<void>;
  getAllOthersMediaAccess(): MediaAccess[];
  getMeetingMediaAccess(): MeetingMediaAccess;
  on(event: 'mediaAccessChanged', listener: (args: MediaAccessChangedEvent) => void): void;
  on(event: 'meetingMediaAccessChanged', listener: (args: MeetingMediaAccessChangedEvent) => void): void;
  off(event: 'mediaAccessChanged', listener: (args: MediaAccessChangedEvent) => void): void;
  off(event: 'meetingMediaAccessChanged', listener: (args: MeetingMediaAccessChangedEvent) => void): void;
}

// Media statistics.

export interface MediaStatsCollectorOptions {
  /** Seconds. */
  aggregationInterval?: number;
  dataPointsPerAggregation?: number;
}
export interface MediaStatsSummaryValue {
  readonly aggregation: { readonly count: number; readonly sum: number; readonly min: number; readonly max: number };
  readonly raw: readonly number[];
  readonly timestamp: Date;
}
/** A sample has words and numbers, a summary has values in the place of the numbers. */
export type MediaStatsItem = { [field: string]: string | number | MediaStatsSummaryValue | undefined };
export interface MediaStatsDirections {
  readonly send: MediaStatsItem[];
  readonly receive: MediaStatsItem[];
}
export interface MediaStatsReportSample {
  readonly audio: MediaStatsDirections;
  readonly video: MediaStatsDirections;
  readonly screenShare: MediaStatsDirections;
  readonly transports: MediaStatsItem[];
}
export type MediaStatsReportSummary = MediaStatsReportSample;
export interface MediaStatsCollector {
  on(event: 'sampleReported', listener: (sample: MediaStatsReportSample) => void): void;
  on(event: 'summaryReported', listener: (summary: MediaStatsReportSummary) => void): void;
  off(event: 'sampleReported', listener: (sample: MediaStatsReportSample) => void): void;
  off(event: 'summaryReported', listener: (summary: MediaStatsReportSummary) => void): void;
  dispose(): void;
}
export interface MediaStatsCallFeature extends CallFeature {
  createCollector(options?: MediaStatsCollectorOptions): MediaStatsCollector;
  disposeAllCollectors(): void;
}

// Data channel.

export type DataChannelPriority = 'Normal' | 'High';
export type DataChannelReliability = 'Lossy' | 'Durable';
export interface DataChannelSenderOptions {
  bitrateInKbps?: number;
  channelId: number;
  participants?: CommunicationIdentifier[];
  priority?: DataChannelPriority;
  reliability?: DataChannelReliability;
}
export interface DataChannelSender {
  readonly maxMessageSizeInBytes: number;
  setParticipants(participants: CommunicationIdentifier[]): void;
  sendMessage(data: Uint8Array): Promise<void>;
  close(): void;
}
export interface DataChannelMessage {
  readonly data: Uint8Array;
  readonly sequenceNumber: number;
}
export interface DataChannelReceiver {
  readonly channelId: number;
  readonly senderParticipantIdentifier: CommunicationIdentifierKind;
  readMessage(): DataChannelMessage | undefined;
  on(event: 'messageReady' | 'close', listener: PropertyChangedEvent): void;
  off(event: 'messageReady' | 'close', listener: PropertyChangedEvent): void;
}
export interface DataChannelCallFeature extends CallFeature {
  createDataChannelSender(options: DataChannelSenderOptions): DataChannelSender;
  on(event: 'dataChannelReceiverCreated', listener: (receiver: DataChannelReceiver) => void): void;
  off(event: 'dataChannelReceiverCreated', listener: (receiver: DataChannelReceiver) => void): void;
}

// Effects.

export type VideoEffectName = 'BackgroundBlur' | 'BackgroundReplacement' | (string & {});
export interface BackgroundBlurConfig {
  intensity?: number;
}
export interface BackgroundReplacementConfig {
  backgroundImageUrl: string;
}
export interface VideoEffectProcessor {
  readonly name: VideoEffectName;
  isSupported(): Promise<boolean>;
}
export interface BackgroundBlurEffect extends VideoEffectProcessor {
  readonly name: 'BackgroundBlur';
  configure(config: BackgroundBlurConfig): Promise<void>;
}
export interface BackgroundReplacementEffect extends VideoEffectProcessor {
  readonly name: 'BackgroundReplacement';
  configure(config: BackgroundReplacementConfig): Promise<void>;
}
export interface VideoEffectErrorPayload {
  readonly code?: number;
  readonly message: string;
}
export interface VideoEffectsFeature extends CallFeature {
  readonly activeEffects: VideoEffectName[];
  isSupported(effect: VideoEffectProcessor): Promise<boolean>;
  startEffects(effect: VideoEffectProcessor): Promise<void>;
  stopEffects(): Promise<void>;
  on(event: 'effectsStarted' | 'effectsStopped', listener: (effects: VideoEffectName[]) => void): void;
  on(event: 'effectsError', listener: (error: VideoEffectErrorPayload) => void): void;
  on(event: 'fpsWarningThresholdReached' | 'timeForEffectsWarningReached', listener: PropertyChangedEvent): void;
  off(event: 'effectsStarted' | 'effectsStopped', listener: (effects: VideoEffectName[]) => void): void;
  off(event: 'effectsError', listener: (error: VideoEffectErrorPayload) => void): void;
  off(event: 'fpsWarningThresholdReached' | 'timeForEffectsWarningReached', listener: PropertyChangedEvent): void;
}
export type AudioEffectName = string;
export interface AudioEffectProcessor {
  readonly name: AudioEffectName;
  isSupported?(): Promise<boolean>;
}
export interface DeepNoiseSuppressionEffect extends AudioEffectProcessor {}
export type AutoGainControlEffect = 'BrowserAutoGainControl';
export type EchoCancellationEffect = 'BrowserEchoCancellation';
export type NoiseSuppressionEffect = 'BrowserNoiseSuppression';
export interface AudioEffectsStartConfig {
  autoGainControl?: AutoGainControlEffect;
  echoCancellation?: EchoCancellationEffect | AudioEffectProcessor;
  noiseSuppression?: NoiseSuppressionEffect | DeepNoiseSuppressionEffect;
}
export interface AudioEffectsStopConfig {
  autoGainControl?: boolean;
  echoCancellation?: boolean;
  noiseSuppression?: boolean;
}
export interface ActiveAudioEffects {
  readonly autoGainControl?: AudioEffectName[];
  readonly echoCancellation?: AudioEffectName[];
  readonly noiseSuppression?: AudioEffectName[];
}
export interface AudioEffectsFeature extends CallFeature {
  readonly activeEffects: ActiveAudioEffects;
  isSupported(effect: AudioEffectName | AudioEffectProcessor): Promise<boolean>;
  startEffects(config: AudioEffectsStartConfig): Promise<void>;
  stopEffects(config: AudioEffectsStopConfig): Promise<void>;
  on(event: 'effectsStarted' | 'effectsStopped', listener: (effects: ActiveAudioEffects) => void): void;
  on(event: 'effectsError', listener: (error: VideoEffectErrorPayload) => void): void;
  off(event: 'effectsStarted' | 'effectsStopped', listener: (effects: ActiveAudioEffects) => void): void;
  off(event: 'effectsError', listener: (error: VideoEffectErrorPayload) => void): void;
}

// Survey.

export interface CallSurveyRatingScale {
  lowerBound: number;
  upperBound: number;
  lowScoreThreshold: number;
}
export interface CallSurveyRating<TIssue extends string = string> {
  score: number;
  scale?: CallSurveyRatingScale;
  issues?: TIssue[];
}
export interface CallSurvey {
  overallRating?: CallSurveyRating;
  audioRating?: CallSurveyRating;
  videoRating?: CallSurveyRating;
  screenshareRating?: CallSurveyRating;
}
export interface CallSurveyResponse extends CallSurvey {
  readonly id: string;
  readonly callId: string;
  readonly localParticipantId: string;
}
export interface CallSurveyFeature extends CallFeature {
  submitSurvey(survey: CallSurvey): Promise<CallSurveyResponse>;
}

// Presentation and meeting phone details.

export interface PPTLiveCallFeature extends CallFeature {
  readonly isActive: boolean;
  readonly target?: HTMLElement;
  readonly activePresenterId?: CommunicationIdentifier;
  on(event: 'isActiveChanged', listener: PropertyChangedEvent): void;
  off(event: 'isActiveChanged', listener: PropertyChangedEvent): void;
}
export interface TeamsMeetingAudioConferencingPhoneNumber {
  readonly tollPhoneNumber?: { readonly phoneNumber: string };
  readonly tollFreePhoneNumber?: { readonly phoneNumber: string };
  readonly countryName?: string;
  readonly cityName?: string;
}
export interface TeamsMeetingAudioConferencingDetails {
  readonly phoneConferenceId: string;
  readonly phoneNumbers: TeamsMeetingAudioConferencingPhoneNumber[];
}
export interface TeamsMeetingAudioConferencingCallFeature extends CallFeature {
  getTeamsMeetingAudioConferencingDetails(): Promise<TeamsMeetingAudioConferencingDetails>;
}
