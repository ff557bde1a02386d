// An agent: one identity's session and its calls. The same class serves external users and members;
// what differs is the kind of token it takes and the shape its calls are handed out in.
import { browserClock, type TimerId } from './clock';
import { LiveCall } from './call';
import { IncomingCalls, type LiveIncomingCall } from './incoming_call';
import { ringing, type Opening } from './opening';
import { browserOf, platformOf } from './environment';
import type { BrowserDeviceManager } from './devices';
import { Emitter, bindMethods } from './emitter';
import { asError, CommunicationServicesError, errors } from './errors';
import type { DebugInformation } from './features/debug_info';
import { featureOf } from './features/registry';
import { toWireLocator } from './locator';
import { watchPage } from './page';
import { Session, type SocketLike } from './session';
import { endpointOf, readClaims, checkToken, socketUrl, type TokenClaims, type TokenCredentialLike } from './token';
import { CallAgentKind, CallKind, IncomingCallKind, type ConnectionState, type ConnectionStateChangedReason } from './types/vocabulary';
import type { CallFeature, CallFeatureFactory, JoinCallOptions, StartCallOptions } from './types/call';
import type { DiagnosticOptions } from './types/agent';
import type { LegFrame, WelcomeFrame } from './wire';
import { SDK_VERSION } from './version';

export type AgentIdentity = 'external' | 'member';

export interface AgentOptions {
  identity: AgentIdentity;
  credential: TokenCredentialLike;
  claims: TokenClaims;
  displayName: string | undefined;
  devices: BrowserDeviceManager;
  debug: DebugInformation;
  diagnostics: DiagnosticOptions | undefined;
  iceServers: RTCIceServer[];
  onDisposed(): void;
}

/** A token is renewed this long before it ends, or halfway when it is shorter. */
const RENEW_BEFORE_MS = 120_000;
const RENEW_AGAIN_MS = 30_000;
/** Timers of browsers overflow past this. */
const TIMER_MAX_MS = 2 ** 31 - 1;
const REOPEN_MS = 60_000;
/** What a call ends with when its token does, also when the page notices first. */
const TOKEN_ENDED = { code: 495, subCode: 4507 };

export class LiveAgent {
  readonly kind: CallAgentKind;
  private readonly _options: AgentOptions;
  private readonly _emitter = new Emitter();
  private readonly _features = new Map<string, CallFeature>();
  private readonly _session: Session;
  private readonly _incoming: IncomingCalls;
  private readonly _stopWatching: () => void;
  private _calls: LiveCall[] = [];
  private _connectionState: ConnectionState = 'Disconnected';
  private _displayName: string | undefined;
  private _token: string | undefined;
  private _renewTimer: TimerId;
  private _reopenTimer: TimerId;
  private _serverAheadMs = 0;
  private _isDisposed = false;

  constructor(options: AgentOptions) {
    bindMethods(this);
    this._options = options;
    this.kind = options.identity === 'member' ? CallAgentKind.TeamsCallAgent : CallAgentKind.CallAgent;
    this._displayName = options.displayName;
    this._incoming = this.createIncoming();
    this._session = this.createSession();
    this._stopWatching = watchPage({
      onNetworkChanged: (isOnline) => this.networkChanged(isOnline),
      onPageHidden: () => this._session.suspend(),
      onPageShown: () => this._session.unsuspend(),
      onPageVisible: () => this._session.probe(),
    });
    this._session.open();
  }

  get calls(): LiveCall[] {
    return [...this._calls];
  }

  get displayName(): string | undefined {
    return this._displayName;
  }

  get connectionState(): ConnectionState {
    return this._connectionState;
  }

  feature<TFeature extends CallFeature>(factory: CallFeatureFactory<TFeature>): TFeature {
    return featureOf(this._features, factory, 'agent');
  }

  /** Gives the call at once; everything else, the microphone included, follows. */
  join(locator: unknown, options?: JoinCallOptions): LiveCall {
    if (this._isDisposed) throw errors.agentDisposed();
    return this.place({ locator: toWireLocator(locator, this._options.identity) }, options);
  }

  /** Rings people; the call tells how it goes. */
  startCall(participants: unknown, options?: StartCallOptions): LiveCall {
    if (this._isDisposed) throw errors.agentDisposed();
    return this.place(ringing(participants, options, this._options.identity), options);
  }

  private place(opening: Opening, options: JoinCallOptions | undefined): LiveCall {
    const { identity, devices, claims, iceServers } = this._options;
    const call = new LiveCall(
      {
        kind: identity === 'member' ? CallKind.TeamsCall : CallKind.Call,
        ownRawId: claims.rawId,
        displayName: this._displayName,
        devices,
        clock: browserClock,
        createPeer: (configuration) =>
          new RTCPeerConnection({ ...configuration, iceServers: [...iceServers, ...(configuration.iceServers ?? [])] }),
        request: (frame) => this._session.request(frame),
        onEnded: (ended) => this.callEnded(ended),
      },
      opening,
      options,
    );
    this._calls.push(call);
    this._options.debug.rememberCall(call.id);
    this._emitter.emit('callsUpdated', { added: [call], removed: [] });
    call.begin();
    return call;
  }

  async handleIncomingCall(_payload: unknown): Promise<void> {
    throw errors.notCapable('Receiving calls by push notification');
  }

  async dispose(): Promise<void> {
    if (this._isDisposed) return;
    this._isDisposed = true;
    browserClock.clearTimer(this._renewTimer);
    browserClock.clearTimer(this._reopenTimer);
    this._stopWatching();
    this._incoming.clear();
    await Promise.all(this._calls.map((call) => call.hangUp().catch(() => undefined)));
    this._session.close();
    this.setConnectionState('Disconnected');
    this._emitter.silence();
    this._options.onDisposed();
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this._emitter.on(event, listener);
  }

  off(event: string, listener: (...args: never[]) => void): void {
    this._emitter.off(event, listener);
  }

  private createSession(): Session {
    const { environment } = currentEnvironment();
    return new Session({
      // Asked for each time: a page may set its global late, a token may move to another server.
      connect: () => new WebSocket(socketUrl(endpointOf(this._options.claims))) as unknown as SocketLike,
      clock: browserClock,
      client: { name: this._options.diagnostics?.appName ?? '@parvis/calling', version: SDK_VERSION, ...environment },
      hooks: {
        token: () => this.freshToken(),
        onFrame: (frame) => this.frame(frame),
        onRing: (frame) => this._incoming.handle(frame),
        onOpen: (welcome) => this.opened(welcome),
        onRenewed: () => this._calls.forEach((call) => call.rejoin()),
        onLost: () => this.lost(),
        onGivenUp: (error, isTokenInvalid) => this.givenUp(error, isTokenInvalid),
      },
    });
  }

  private createIncoming(): IncomingCalls {
    const isMember = this._options.identity === 'member';
    return new IncomingCalls({
      clock: browserClock,
      kind: isMember ? IncomingCallKind.TeamsIncomingCall : IncomingCallKind.IncomingCall,
      serverAheadMs: () => this._serverAheadMs,
      accept: (ring, caller, options) => {
        const call = this.place({ ring, caller }, options);
        call.on('stateChanged', () => {
          if (call.state === 'Connected') this._incoming.forget(ring);
        });
        return call;
      },
      decline: (ring) => this._session.request({ type: 'decline', ring }),
      onIncoming: (incomingCall: LiveIncomingCall) => {
        this._emitter.emit('incomingCall', isMember ? { incomingCall, teamsIncomingCall: incomingCall } : { incomingCall });
      },
    });
  }

  private frame(frame: LegFrame): void {
    this._calls.find((call) => call.leg === frame.leg)?.handle(frame);
  }

  private opened(welcome: WelcomeFrame | undefined): void {
    if (welcome?.displayName) this._displayName = welcome.displayName;
    if (welcome) this._serverAheadMs = welcome.serverTime - browserClock.nowMs();
    if (welcome) this.scheduleRenewal(welcome.tokenExpiresOn - welcome.serverTime);
    this.setConnectionState('Connected');
    for (const call of this._calls) call.connectionBack();
  }

  private lost(): void {
    this.setConnectionState('Disconnected', 'connectionIssue');
    for (const call of this._calls) call.connectionLost();
  }

  private givenUp(error: CommunicationServicesError, isTokenInvalid: boolean): void {
    this._incoming.clear();
    this.setConnectionState('Disconnected', isTokenInvalid ? 'invalidToken' : 'connectionIssue');
    const isExpired = error.subCode === errors.tokenExpired().subCode;
    for (const call of [...this._calls]) {
      if (isExpired) call.finish(TOKEN_ENDED.code, TOKEN_ENDED.subCode, error.message);
      else call.finish(error.code, error.subCode, error.message);
    }
    if (isTokenInvalid || this._isDisposed) return;
    this._reopenTimer = browserClock.setTimer(REOPEN_MS, () => this._session.open());
  }

  private callEnded(call: LiveCall): void {
    if (!this._calls.includes(call)) return;
    this._calls = this._calls.filter((other) => other !== call);
    const { code, subCode } = call.callEndReason ?? { code: 0, subCode: 0 };
    this._options.debug.rememberEnd(code, subCode ?? 0, browserClock.nowMs());
    this._emitter.emit('callsUpdated', { added: [], removed: [call] });
  }

  private networkChanged(isOnline: boolean): void {
    if (isOnline) this._session.probe();
    for (const call of this._calls) call.networkChanged(isOnline);
  }

  private setConnectionState(newValue: ConnectionState, reason?: ConnectionStateChangedReason): void {
    const oldValue = this._connectionState;
    if (newValue === oldValue) return;
    this._connectionState = newValue;
    this._emitter.emit('connectionStateChanged', { newValue, oldValue, ...(reason ? { reason } : {}) });
  }

  // Tokens.

  private async freshToken(): Promise<string> {
    // A refresher that fails is retried; only what is wrong with the token itself ends the session.
    const { token } = await this._options.credential.getToken();
    const claims = readClaims(token);
    if (claims.rawId !== this._options.claims.rawId) throw errors.tokenForeign();
    checkToken(claims, this._options.identity, browserClock.nowMs());
    this._token = token;
    return token;
  }

  private scheduleRenewal(remainingMs: number): void {
    browserClock.clearTimer(this._renewTimer);
    const delayMs = Math.max(remainingMs - RENEW_BEFORE_MS, remainingMs / 2, 0);
    if (delayMs <= TIMER_MAX_MS) this._renewTimer = browserClock.setTimer(delayMs, () => void this.renew());
  }

  private async renew(): Promise<void> {
    const old = this._token;
    try {
      const token = await this.freshToken();
      // A request would open the session again.
      if (this._isDisposed) return;
      if (token !== old) {
        await this._session.request({ type: 'token', token });
        this.scheduleRenewal(readClaims(token).expiresOnMs - browserClock.nowMs());
        return;
      }
    } catch (thrown) {
      // The server ends the session when the old token does; until then there may be a better answer.
      if (asError(thrown, errors.tokenUnavailable).subCode === 40233) return;
    }
    if (!this._isDisposed) this._renewTimer = browserClock.setTimer(RENEW_AGAIN_MS, () => void this.renew());
  }
}

function currentEnvironment(): { environment: { platform: string; browser: string } } {
  const agent = typeof navigator === 'undefined' ? '' : (navigator.userAgent ?? '');
  const { browser, browserVersion } = browserOf(agent);
  return { environment: { platform: platformOf(agent), browser: `${browser} ${browserVersion}`.trim() } };
}
