import { expect, test } from 'vitest';
import { BackgroundBlurEffect, BackgroundReplacementEffect, DeepNoiseSuppressionEffect } from '../src/index';

test('every effect says that it is not supported and refuses to start', async () => {
  const effects = [
    new BackgroundBlurEffect(),
    new BackgroundReplacementEffect({ backgroundImageUrl: 'https://example.org/image.png' }),
    new DeepNoiseSuppressionEffect(),
  ];
  for (const effect of effects) {
    await expect(effect.isSupported()).resolves.toBe(false);
    await expect(effect.initialize()).rejects.toThrow(effect.name);
  }
});
