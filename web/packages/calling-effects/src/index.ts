// The effect classes that apps name. No effect is built yet: each says it is not supported, so that apps hide the button.

abstract class UnsupportedEffect {
  abstract readonly name: string;

  async isSupported(): Promise<boolean> {
    return false;
  }

  async initialize(): Promise<void> {
    throw new Error(`${this.name} is not supported`);
  }

  dispose(): void {
    // Nothing is held.
  }
}

export interface BackgroundBlurConfig {
  intensity?: number;
}

export interface BackgroundReplacementConfig {
  backgroundImageUrl: string;
}

export class BackgroundBlurEffect extends UnsupportedEffect {
  readonly name = 'BackgroundBlur' as const;
  readonly config: BackgroundBlurConfig;

  constructor(config?: BackgroundBlurConfig) {
    super();
    this.config = { ...config };
  }

  async configure(_config: BackgroundBlurConfig): Promise<void> {
    await this.initialize();
  }
}

export class BackgroundReplacementEffect extends UnsupportedEffect {
  readonly name = 'BackgroundReplacement' as const;
  readonly config: BackgroundReplacementConfig;

  constructor(config: BackgroundReplacementConfig) {
    super();
    this.config = { ...config };
  }

  async configure(_config: BackgroundReplacementConfig): Promise<void> {
    await this.initialize();
  }
}

export class DeepNoiseSuppressionEffect extends UnsupportedEffect {
  readonly name = 'DeepNoiseSuppression' as const;
}
