// The `Features` constant. Apps compare its entries by identity, so there is one object a key, for ever.
import type { CallFeature, CallFeatureFactory } from '../types/call';
import type * as F from '../types/features';
import type * as M from '../types/more_features';

const factory = <TFeature extends CallFeature>(name: string): CallFeatureFactory<TFeature> => ({ name });

export const Features = {
  AudioEffects: factory<M.AudioEffectsFeature>('AudioEffects'),
  BreakoutRooms: factory<F.BreakoutRoomsCallFeature>('BreakoutRooms'),
  CallSurvey: factory<M.CallSurveyFeature>('CallSurvey'),
  Capabilities: factory<F.CapabilitiesFeature>('Capabilities'),
  Captions: factory<F.CaptionsCallFeature>('Captions'),
  DataChannel: factory<M.DataChannelCallFeature>('DataChannel'),
  DebugInfo: factory<F.DebugInfoFeature>('DebugInfo'),
  DominantSpeakers: factory<F.DominantSpeakersCallFeature>('DominantSpeakers'),
  MediaAccess: factory<M.MediaAccessCallFeature>('MediaAccess'),
  MediaStats: factory<M.MediaStatsCallFeature>('MediaStats'),
  OptimalVideoCount: factory<F.OptimalVideoCountCallFeature>('OptimalVideoCount'),
  PPTLive: factory<M.PPTLiveCallFeature>('PPTLive'),
  RaiseHand: factory<F.RaiseHandCallFeature>('RaiseHand'),
  Reaction: factory<F.ReactionCallFeature>('Reaction'),
  RealTimeText: factory<F.RealTimeTextFeature>('RealTimeText'),
  Recording: factory<F.RecordingCallFeature>('Recording'),
  Spotlight: factory<F.SpotlightCallFeature>('Spotlight'),
  TeamsMeetingAudioConferencing: factory<M.TeamsMeetingAudioConferencingCallFeature>('TeamsMeetingAudioConferencing'),
  TogetherMode: factory<F.TogetherModeCallFeature>('TogetherMode'),
  Transcription: factory<F.TranscriptionCallFeature>('Transcription'),
  Transfer: factory<F.TransferCallFeature>('Transfer'),
  UserFacingDiagnostics: factory<F.UserFacingDiagnosticsFeature>('UserFacingDiagnostics'),
  VideoEffects: factory<M.VideoEffectsFeature>('VideoEffects'),
};
