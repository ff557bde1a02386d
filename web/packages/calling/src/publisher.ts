// What the server believes this leg sends (CP-42), and telling it what changed.
import { asError, errors } from './errors';

export interface Published {
  muted: boolean;
  camera: boolean;
  share: boolean;
}

export interface PublisherHooks {
  /** Before the leg is connected, and on hold, there is nobody to tell. */
  mayPublish(): boolean;
  send(news: Partial<Published>): Promise<unknown>;
}

export class Publisher {
  private readonly _hooks: PublisherHooks;
  private _told: Published = { muted: false, camera: false, share: false };

  constructor(hooks: PublisherHooks) {
    this._hooks = hooks;
  }

  /** A join tells the microphone; camera and share start off. */
  joining(muted: boolean): void {
    this._told = { muted, camera: false, share: false };
  }

  /** The server muted the leg by itself (CP-46). */
  mutedByOther(): void {
    this._told.muted = true;
  }

  /** Tells only what is new; a refusal is the caller's to handle. */
  async publish(change: Partial<Published>): Promise<void> {
    if (!this._hooks.mayPublish()) return;
    const names = (Object.keys(change) as (keyof Published)[]).filter((name) => change[name] !== this._told[name]);
    if (names.length === 0) return;
    const news = pick(change, names);
    const before = pick(this._told, names);
    Object.assign(this._told, news);
    try {
      await this._hooks.send(news);
    } catch (thrown) {
      const error = asError(thrown, errors.internal);
      // After a lost session everything is published again.
      if (error.subCode === errors.connectionLost().subCode) return;
      Object.assign(this._told, before);
      throw error;
    }
  }
}

function pick(object: Partial<Published>, names: (keyof Published)[]): Partial<Published> {
  return Object.fromEntries(names.map((name) => [name, object[name]])) as Partial<Published>;
}
