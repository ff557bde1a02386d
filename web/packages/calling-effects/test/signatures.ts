// A compile-time table, as in the calling package: effects as apps name and pass them. Nothing here runs.
import type { AudioEffectsFeature, VideoEffectsFeature } from '../../calling/src/index';
import { BackgroundBlurEffect, BackgroundReplacementEffect, DeepNoiseSuppressionEffect } from '../src/index';

export async function video(feature: VideoEffectsFeature): Promise<void> {
  const blur = new BackgroundBlurEffect();
  const replacement = new BackgroundReplacementEffect({ backgroundImageUrl: '/room.jpg' });
  if (await feature.isSupported(blur)) await feature.startEffects(new BackgroundBlurEffect({ intensity: 1 }));
  await feature.startEffects(replacement);
  await blur.configure({ intensity: 2 });
  await replacement.configure({ backgroundImageUrl: '/other.jpg' });
  await feature.stopEffects();
}

export async function audio(feature: AudioEffectsFeature): Promise<void> {
  const suppression = new DeepNoiseSuppressionEffect();
  if (await feature.isSupported(suppression)) await feature.startEffects({ noiseSuppression: suppression });
  await feature.stopEffects({ noiseSuppression: true });
}
