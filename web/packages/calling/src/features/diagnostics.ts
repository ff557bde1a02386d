// User-facing diagnostics: what goes wrong with the network and the devices, as far as a page can see it.
import { Emitter, bindMethods } from '../emitter';
import { DiagnosticQuality } from '../types/vocabulary';
import type {
  LatestDiagnosticValue,
  LatestMediaDiagnostics,
  LatestNetworkDiagnostics,
  MediaDiagnosticType,
  NetworkDiagnosticType,
  RemoteDiagnostic,
  UserFacingDiagnosticsFeature,
} from '../types/features';

class DiagnosticChannel<TType extends string> {
  private readonly _emitter = new Emitter();
  private readonly _latest = new Map<TType, LatestDiagnosticValue>();

  constructor() {
    bindMethods(this);
  }

  getLatest(): { [type in TType]?: LatestDiagnosticValue } {
    return Object.fromEntries([...this._latest].map(([type, value]) => [type, { ...value }])) as {
      [type in TType]?: LatestDiagnosticValue;
    };
  }

  /** Nothing is said of a thing that was never bad: apps take the presence of an entry for trouble. */
  set(diagnostic: TType, value: boolean | DiagnosticQuality): void {
    const old = this._latest.get(diagnostic)?.value;
    const isFine = value === false || value === DiagnosticQuality.Good;
    if (old === value || (old === undefined && isFine)) return;
    const valueType = typeof value === 'boolean' ? 'DiagnosticFlag' : 'DiagnosticQuality';
    this._latest.set(diagnostic, { value, valueType });
    this._emitter.emit('diagnosticChanged', { diagnostic, value, valueType });
  }

  on(event: 'diagnosticChanged', listener: (...args: never[]) => void): void {
    this._emitter.on(event, listener);
  }

  off(event: 'diagnosticChanged', listener: (...args: never[]) => void): void {
    this._emitter.off(event, listener);
  }

  dispose(): void {
    this._emitter.silence();
  }
}

class NoRemoteDiagnostics {
  readonly isSendingDiagnosticsEnabled = false;

  constructor() {
    bindMethods(this);
  }

  startSendingDiagnostics(): void {
    // The server does not carry them yet.
  }

  stopSendingDiagnostics(): void {
    // See above.
  }

  getLatest(): RemoteDiagnostic[] {
    return [];
  }

  on(_event: 'diagnosticChanged', _listener: (...args: never[]) => void): void {
    // None ever arrive.
  }

  off(_event: 'diagnosticChanged', _listener: (...args: never[]) => void): void {
    // See `on`.
  }
}

export class UserFacingDiagnostics implements UserFacingDiagnosticsFeature {
  readonly name = 'UserFacingDiagnostics';
  readonly network = new DiagnosticChannel<NetworkDiagnosticType>();
  readonly media = new DiagnosticChannel<MediaDiagnosticType>();
  readonly remote = new NoRemoteDiagnostics();

  constructor() {
    bindMethods(this);
  }

  dispose(): void {
    this.network.dispose();
    this.media.dispose();
  }
}

// The channels give exactly what the public interface promises; this line fails to compile when they stop doing so.
export type { LatestMediaDiagnostics, LatestNetworkDiagnostics };
