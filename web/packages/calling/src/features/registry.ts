// Finds the feature object behind a constant. Never throws: composites that meet a throw here abandon the join.
import * as inert from './inert';
import type { CallFeature, CallFeatureFactory } from '../types/call';

/** Whose features are asked for; captions alone look different for members. */
export type FeatureOwner = 'call' | 'teamsCall' | 'stream' | 'client' | 'agent';

const CREATE: Record<string, (owner: FeatureOwner) => CallFeature> = {
  AudioEffects: () => new inert.InertAudioEffects('AudioEffects'),
  BreakoutRooms: () => new inert.InertBreakoutRooms('BreakoutRooms'),
  Captions: (owner) => new inert.InertCaptions(owner === 'teamsCall' ? 'TeamsCaptions' : 'Captions'),
  PPTLive: () => new inert.InertPptLive('PPTLive'),
  Recording: () => new inert.InertRecording('Recording'),
  TeamsMeetingAudioConferencing: () => new inert.InertAudioConferencing('TeamsMeetingAudioConferencing'),
  TogetherMode: () => new inert.InertTogetherMode('TogetherMode'),
  Transcription: () => new inert.InertTranscription('Transcription'),
  Transfer: () => new inert.InertTransfer('Transfer'),
  VideoEffects: () => new inert.InertVideoEffects('VideoEffects'),
};

/** `cache` belongs to the owner and already holds the features that do something. */
export function featureOf<TFeature extends CallFeature>(
  cache: Map<string, CallFeature>,
  factory: CallFeatureFactory<TFeature>,
  owner: FeatureOwner,
): TFeature {
  const name = typeof factory?.name === 'string' ? factory.name : 'Unknown';
  let feature = cache.get(name);
  if (!feature) cache.set(name, (feature = CREATE[name]?.(owner) ?? new inert.InertFeature(name)));
  return feature as TFeature;
}
