// The session: one WebSocket an agent, kept alive, resumed after a loss and replaced when it cannot be resumed.
// Knows frames, sequence numbers and requests; what a leg does with a frame is none of its business.
import type { Clock, TimerId } from './clock';
import { asError, CommunicationServicesError, errors } from './errors';
import type { ByeFrame, LegFrame, RefusedFrame, RingFrame, WelcomeFrame } from './wire';

export interface SocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export interface SessionHooks {
  /** A token that is valid now; a rejection is retried like a lost socket. */
  token(): Promise<string>;
  onFrame(frame: LegFrame): void;
  /** Somebody rings, or does so no more. */
  onRing(frame: RingFrame): void;
  /** The first session is up, or one that was resumed. */
  onOpen(welcome: WelcomeFrame | undefined): void;
  /** A new session took the place of one that could not be resumed: every leg has to join again. */
  onRenewed(): void;
  /** The socket is gone; the session tries to come back by itself. */
  onLost(): void;
  /** The session will not come back by itself: the legs are over. */
  onGivenUp(error: CommunicationServicesError, tokenInvalid: boolean): void;
}

export interface SessionOptions {
  connect: () => SocketLike;
  clock: Clock;
  client: { name: string; version: string; platform: string; browser: string };
  hooks: SessionHooks;
}

interface Request {
  id: number;
  frame: Record<string, unknown>;
  resolve(result: unknown): void;
  reject(error: CommunicationServicesError): void;
}

interface Resumable {
  session: string;
  resumeKey: string;
  heartbeatMs: number;
}

type Phase = 'idle' | 'connecting' | 'open' | 'waiting' | 'suspended';

const PROTOCOL_VERSION = 1;
/** Requests that may wait for an answer; the server refuses more anyway (CP-7). */
const REQUESTS_MAX = 256;
const BACKOFF_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000];
/** While a call lives, waiting longer than this between attempts could cost the call its seat. */
const BACKOFF_IN_CALL_MAX_MS = 4_000;
/** A seat is kept this long after the loss (CP-16); later there is nothing to come back to. */
const GIVE_UP_IN_CALL_MS = 120_000;
const GIVE_UP_FIRST_MS = 30_000;
const SILENT_HEARTBEATS = 2.5;
const PROBE_MS = 3_000;
const ACK_FRAMES = 128;
const ACK_BYTES = 256 * 1024;
/** An attempt without an answer is on a network that is gone; browsers themselves wait for minutes. */
const ANSWER_MS = 10_000;
const CLOSE_NORMAL = 1000;

export class Session {
  private readonly _options: SessionOptions;
  private _phase: Phase = 'idle';
  private _socket: SocketLike | undefined;
  private _resumable: Resumable | undefined;
  private _requests = new Map<number, Request>();
  private _unsent: Request[] = [];
  private _nextId = 1;
  private _seen = 0;
  private _unacknowledged = { frames: 0, bytes: 0 };
  private _attempt = 0;
  private _hadSession = false;
  private _lastHeardMs = 0;
  private _retryTimer: TimerId;
  private _beatTimer: TimerId;
  private _giveUpTimer: TimerId;
  private _answerTimer: TimerId;

  constructor(options: SessionOptions) {
    this._options = options;
  }

  get isOpen(): boolean {
    return this._phase === 'open';
  }

  /** Starts connecting; does nothing when it already is or has. */
  open(): void {
    if (this._phase !== 'idle') return;
    this._attempt = 0;
    this.armGiveUp();
    void this.connect();
  }

  request<T>(frame: Record<string, unknown> & { type: string }): Promise<T> {
    if (this._requests.size + this._unsent.length >= REQUESTS_MAX) return Promise.reject(errors.tooManyRequests());
    this.open();
    return new Promise<T>((resolve, reject) => {
      const request: Request = { id: 0, frame, resolve: resolve as (result: unknown) => void, reject };
      if (this._phase === 'open') this.sendRequest(request);
      else this._unsent.push(request);
    });
  }

  /** The network is said to be back or to have changed: ask the server now instead of at the next heartbeat. */
  probe(): void {
    if (this._phase === 'waiting') {
      this._attempt = 0;
      void this.connect();
    } else if (this._phase === 'open') {
      const heardMs = this._lastHeardMs;
      this.ping();
      this._options.clock.setTimer(PROBE_MS, () => {
        if (this._phase === 'open' && this._lastHeardMs === heardMs) this.drop();
      });
    }
  }

  /** The page is being left: a clean close makes the server hold the legs for a short time only. */
  suspend(): void {
    if (this._phase === 'idle') return;
    this.clearTimers();
    this.detachSocket(CLOSE_NORMAL);
    this._phase = 'suspended';
  }

  /** The page came back out of the browser's page cache. */
  unsuspend(): void {
    if (this._phase !== 'suspended') return;
    this._attempt = 0;
    this.armGiveUp();
    void this.connect();
  }

  close(): void {
    this.clearTimers();
    this.detachSocket(CLOSE_NORMAL);
    this.rejectAll(errors.connectionLost());
    this.forget();
    this._phase = 'idle';
  }

  // Connecting.

  private async connect(): Promise<void> {
    this._options.clock.clearTimer(this._retryTimer);
    this._phase = 'connecting';
    let token: string;
    try {
      token = await this._options.hooks.token();
    } catch (thrown) {
      const error = asError(thrown, errors.tokenUnavailable);
      if (this._phase !== 'connecting') return;
      // A token that can never work is not worth another attempt; a refresher that failed is.
      if (thrown instanceof CommunicationServicesError) this.giveUp(error, true);
      else this.retry();
      return;
    }
    if (this._phase !== 'connecting' || this._socket) return;
    this.openSocket(token);
  }

  private openSocket(token: string): void {
    let socket: SocketLike;
    try {
      socket = this._options.connect();
    } catch {
      this.retry();
      return;
    }
    this._socket = socket;
    this._lastHeardMs = this._options.clock.nowMs();
    this._answerTimer = this._options.clock.setTimer(ANSWER_MS, () => this.drop());
    socket.onopen = () => socket.send(JSON.stringify(this.firstFrame(token)));
    socket.onmessage = (event) => {
      if (socket === this._socket) this.receive(event.data);
    };
    socket.onclose = (event) => {
      if (socket === this._socket) this.lose(event.code);
    };
    socket.onerror = null;
  }

  private firstFrame(token: string): Record<string, unknown> {
    const { session, resumeKey } = this._resumable ?? {};
    return session
      ? { type: 'resume', version: PROTOCOL_VERSION, session, resumeKey, after: this._seen, token }
      : { type: 'hello', version: PROTOCOL_VERSION, token, client: this._options.client };
  }

  private retry(): void {
    const { clock } = this._options;
    const backoffMs = BACKOFF_MS[Math.min(this._attempt, BACKOFF_MS.length - 1)] ?? 0;
    const delayMs = this._hadSession ? Math.min(backoffMs, BACKOFF_IN_CALL_MAX_MS) : backoffMs;
    this._attempt += 1;
    this._phase = 'waiting';
    clock.clearTimer(this._retryTimer);
    this._retryTimer = clock.setTimer(delayMs, () => void this.connect());
  }

  // Losing.

  private drop(): void {
    this.detachSocket();
    this.lost();
  }

  /** Close codes 4400, 4409 and 4410 mean that the session itself is gone (CP-2, CP-7, CP-13, CP-14). */
  private lose(code: number): void {
    this._socket = undefined;
    if (code === 4400 || code === 4409 || code === 4410) this._resumable = undefined;
    if (code === 4401) {
      this.giveUp(errors.tokenRefused(), true);
      return;
    }
    this.lost();
  }

  private lost(): void {
    const wasOpen = this._phase === 'open';
    this._options.clock.clearTimer(this._beatTimer);
    this._options.clock.clearTimer(this._answerTimer);
    if (wasOpen) {
      this._attempt = 0;
      this.armGiveUp();
    }
    this.retry();
    if (wasOpen) this._options.hooks.onLost();
  }

  private armGiveUp(): void {
    const { clock } = this._options;
    clock.clearTimer(this._giveUpTimer);
    const limitMs = this._hadSession ? GIVE_UP_IN_CALL_MS : GIVE_UP_FIRST_MS;
    const error = this._hadSession ? errors.connectionLost : errors.signallingTimeout;
    this._giveUpTimer = clock.setTimer(limitMs, () => this.giveUp(error(), false));
  }

  private giveUp(error: CommunicationServicesError, tokenInvalid: boolean): void {
    this.clearTimers();
    this.detachSocket();
    this.forget();
    this._phase = 'idle';
    this.rejectAll(error);
    this._options.hooks.onGivenUp(error, tokenInvalid);
  }

  private forget(): void {
    this._resumable = undefined;
    this._hadSession = false;
    this._seen = 0;
    this._nextId = 1;
  }

  private detachSocket(code?: number): void {
    const socket = this._socket;
    this._socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close(code);
  }

  private clearTimers(): void {
    const { clock } = this._options;
    for (const timer of [this._retryTimer, this._beatTimer, this._giveUpTimer, this._answerTimer]) clock.clearTimer(timer);
  }

  // Receiving.

  private receive(data: unknown): void {
    this._lastHeardMs = this._options.clock.nowMs();
    const frame = parseFrame(data);
    if (!frame) return;
    if (typeof frame['seq'] === 'number') {
      if (frame['seq'] <= this._seen) return;
      if (frame['seq'] !== this._seen + 1) {
        // A gap cannot be repaired on this socket; the replay of a resume can.
        this.drop();
        return;
      }
      this._seen = frame['seq'];
      this.acknowledge(data);
    }
    this.dispatch(frame);
  }

  private dispatch(frame: Frame): void {
    switch (frame.type) {
      case 'welcome':
        return this.welcomed(frame as unknown as WelcomeFrame);
      case 'resumed':
        return this.resumed(Number(frame['handled']));
      case 'refused':
        return this.refused(frame as unknown as RefusedFrame);
      case 'pong':
        return;
      case 'reply':
        return this.answered(Number(frame['id']), (request) => request.resolve(frame['result'] ?? {}));
      case 'error':
        return this.answered(Number(frame['id']), (request) => request.reject(errorOf(frame)));
      case 'bye':
        return this.dismissed(frame as unknown as ByeFrame);
      case 'incoming':
      case 'incomingEnded':
        return this._options.hooks.onRing(frame as unknown as RingFrame);
      default:
        if (typeof frame['leg'] === 'string') this._options.hooks.onFrame(frame as unknown as LegFrame);
    }
  }

  private welcomed(frame: WelcomeFrame): void {
    const isRenewal = this._hadSession;
    const interrupted = isRenewal ? [...this._requests.values(), ...this._unsent] : [];
    if (isRenewal) {
      this._requests.clear();
      this._unsent = [];
    }
    this._resumable = { session: frame.session, resumeKey: frame.resumeKey, heartbeatMs: frame.heartbeatMs };
    this._hadSession = true;
    this._seen = 0;
    this._nextId = 1;
    this.opened();
    for (const request of interrupted) request.reject(errors.connectionLost());
    this._options.hooks.onOpen(frame);
    if (isRenewal) this._options.hooks.onRenewed();
    this.flush();
  }

  private resumed(handled: number): void {
    this.opened();
    for (const request of this._requests.values()) {
      if (request.id > handled) this.send({ ...request.frame, id: request.id });
    }
    this.flush();
    this._options.hooks.onOpen(undefined);
  }

  private opened(): void {
    this._phase = 'open';
    this._attempt = 0;
    this._options.clock.clearTimer(this._giveUpTimer);
    this._options.clock.clearTimer(this._answerTimer);
    this.beat();
  }

  private refused(frame: RefusedFrame): void {
    if (frame.code === 410) {
      this._resumable = undefined;
      this._attempt = 0;
      this.drop();
    } else if (frame.code === 429 || frame.code >= 500) {
      this.drop();
    } else {
      this.giveUp(new CommunicationServicesError(frame.code, frame.subCode, frame.message ?? 'Refused'), frame.code === 401);
    }
  }

  private dismissed(frame: ByeFrame): void {
    if (frame.reason === 'shutdown') return; // the close that follows is an ordinary loss
    this.giveUp(new CommunicationServicesError(frame.code, frame.subCode ?? 0, 'The token has ended'), true);
  }

  private answered(id: number, settle: (request: Request) => void): void {
    const request = this._requests.get(id);
    if (!request) return;
    this._requests.delete(id);
    settle(request);
  }

  // Sending.

  private sendRequest(request: Request): void {
    request.id = this._nextId++;
    this._requests.set(request.id, request);
    this.send({ ...request.frame, id: request.id });
  }

  private flush(): void {
    const unsent = this._unsent;
    this._unsent = [];
    for (const request of unsent) this.sendRequest(request);
  }

  private send(frame: Record<string, unknown>): void {
    this._socket?.send(JSON.stringify(frame));
  }

  private rejectAll(error: CommunicationServicesError): void {
    const requests = [...this._requests.values(), ...this._unsent];
    this._requests.clear();
    this._unsent = [];
    for (const request of requests) request.reject(error);
  }

  private ping(): void {
    this._unacknowledged = { frames: 0, bytes: 0 };
    this.send({ type: 'ping', ack: this._seen });
  }

  /** What the server keeps for a replay is bounded: much at once is acknowledged before the next heartbeat (CP-66). */
  private acknowledge(data: unknown): void {
    this._unacknowledged.frames += 1;
    this._unacknowledged.bytes += typeof data === 'string' ? data.length : 0;
    if (this._phase === 'open' && (this._unacknowledged.frames >= ACK_FRAMES || this._unacknowledged.bytes >= ACK_BYTES)) this.ping();
  }

  /** Looks twice a heartbeat, so that silence is noticed after two and a half of them (CP-6). */
  private beat(isEven = false): void {
    const { clock } = this._options;
    const heartbeatMs = this._resumable?.heartbeatMs ?? 10_000;
    clock.clearTimer(this._beatTimer);
    this._beatTimer = clock.setTimer(heartbeatMs / 2, () => {
      if (clock.nowMs() - this._lastHeardMs >= SILENT_HEARTBEATS * heartbeatMs) return this.drop();
      if (isEven) this.ping();
      this.beat(!isEven);
    });
  }
}

type Frame = Record<string, unknown> & { type: string };

function parseFrame(data: unknown): Frame | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const frame: unknown = JSON.parse(data);
    return typeof frame === 'object' && frame !== null && typeof (frame as Frame).type === 'string' ? (frame as Frame) : undefined;
  } catch {
    return undefined;
  }
}

function errorOf(frame: Frame): CommunicationServicesError {
  const message = typeof frame['message'] === 'string' ? frame['message'] : 'The server refused the request';
  return new CommunicationServicesError(Number(frame['code']) || 0, Number(frame['subCode']) || 0, message);
}
