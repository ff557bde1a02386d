// The client: where an app starts. Makes agents and the one device manager.
import type { CommunicationTokenCredential } from '@azure/communication-common';
import { LiveAgent, type AgentIdentity } from './agent';
import { browserClock } from './clock';
import { BrowserDeviceManager } from './devices';
import { bindMethods } from './emitter';
import { asError, errors } from './errors';
import { DebugInformation } from './features/debug_info';
import { featureOf } from './features/registry';
import { checkToken, endpointOf, readClaims, type TokenClaims } from './token';
import type { CallAgent, CallAgentOptions, CallClientOptions, TeamsCallAgent, TeamsCallAgentOptions } from './types/agent';
import type { CallFeature, CallFeatureFactory } from './types/call';
import type { DeviceManager } from './types/devices';

const DISPLAY_NAME_MAX = 256;

export class CallClient {
  /** @internal */
  private readonly _options: CallClientOptions;
  /** @internal One per identity; the slot is taken before the agent exists. */
  private readonly _agents = new Map<string, LiveAgent | undefined>();
  /** @internal */
  private readonly _features = new Map<string, CallFeature>();
  /** @internal */
  private readonly _debug = new DebugInformation();
  /** @internal */
  private _devices: BrowserDeviceManager | undefined;

  constructor(options?: CallClientOptions) {
    this._options = options ?? {};
    this._features.set(this._debug.name, this._debug);
    bindMethods(this);
  }

  feature<TFeature extends CallFeature>(factory: CallFeatureFactory<TFeature>): TFeature {
    return featureOf(this._features, factory, 'client');
  }

  /** Always the same one: a page that asked twice would otherwise watch two sets of devices. */
  async getDeviceManager(): Promise<DeviceManager> {
    return this.devices();
  }

  async createCallAgent(credential: CommunicationTokenCredential, options?: CallAgentOptions): Promise<CallAgent> {
    const displayName = options?.displayName;
    if (displayName !== undefined && (typeof displayName !== 'string' || displayName.length > DISPLAY_NAME_MAX)) {
      throw errors.displayNameTooLong();
    }
    return (await this.createAgent(credential, 'external', displayName || undefined)) as unknown as CallAgent;
  }

  async createTeamsCallAgent(credential: CommunicationTokenCredential, options?: TeamsCallAgentOptions): Promise<TeamsCallAgent> {
    if ((options as CallAgentOptions | undefined)?.displayName) throw errors.displayNameNotAllowed();
    return (await this.createAgent(credential, 'member', undefined)) as unknown as TeamsCallAgent;
  }

  async dispose(): Promise<void> {
    const agents = [...this._agents.values()];
    this._agents.clear();
    await Promise.all(agents.map((agent) => agent?.dispose()));
    this._devices?.dispose();
  }

  /** @internal */
  private devices(): BrowserDeviceManager {
    this._devices ??= new BrowserDeviceManager();
    return this._devices;
  }

  /** @internal */
  private async createAgent(credential: CommunicationTokenCredential, identity: AgentIdentity, displayName: string | undefined): Promise<LiveAgent> {
    const claims = await claimsOf(credential);
    checkToken(claims, identity, browserClock.nowMs());
    endpointOf(claims);
    if (this._agents.has(claims.rawId)) throw errors.agentExists();
    this._agents.set(claims.rawId, undefined);
    const agent = new LiveAgent({
      identity,
      credential,
      claims,
      displayName,
      devices: this.devices(),
      debug: this._debug,
      diagnostics: this._options.diagnostics,
      iceServers: this._options.networkConfiguration?.turn?.iceServers ?? [],
      onDisposed: () => this._agents.delete(claims.rawId),
    });
    this._agents.set(claims.rawId, agent);
    return agent;
  }
}

async function claimsOf(credential: CommunicationTokenCredential): Promise<TokenClaims> {
  if (typeof credential?.getToken !== 'function') throw errors.tokenUnavailable();
  try {
    return readClaims((await credential.getToken()).token);
  } catch (thrown) {
    throw asError(thrown, errors.tokenUnavailable);
  }
}
