// What an app may learn about the SDK and the browser it runs in.
import { bindMethods } from '../emitter';
import { environmentInfo } from '../environment';
import type { DebugInfo, DebugInfoFeature, EnvironmentInfo } from '../types/features';

const HISTORY_MAX = 20;

export class DebugInformation implements DebugInfoFeature {
  readonly name = 'DebugInfo';
  private _callIds: string[] = [];
  private _errors: { code: number; subCode: number; occurredOn: Date }[] = [];

  constructor() {
    bindMethods(this);
  }

  async getEnvironmentInfo(): Promise<EnvironmentInfo> {
    return environmentInfo();
  }

  async dumpDebugInfo(): Promise<DebugInfo> {
    return { callIdHistory: [...this._callIds], lastErrors: this._errors.map((error) => ({ ...error })) };
  }

  rememberCall(id: string): void {
    this._callIds = [...this._callIds, id].slice(-HISTORY_MAX);
  }

  rememberEnd(code: number, subCode: number, nowMs: number): void {
    if (code === 0) return;
    this._errors = [...this._errors, { code, subCode, occurredOn: new Date(nowMs) }].slice(-HISTORY_MAX);
  }
}
