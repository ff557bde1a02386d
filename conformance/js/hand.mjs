// A person at a hand-written client of the calling protocol (docs/spec/calling-protocol.md): enough of it to be rung, to
// answer, to decline and to sit in a call. No media.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';

const PATIENCE_MS = 15_000;

export class Hand {
  #frames = [];
  #nextId = 0;

  /** Opens a session with a user's token. */
  static async open(origin, ca, token) {
    const hand = new Hand();
    hand.socket = new WebSocket(`${origin.replace('https', 'wss')}/calling/v1/socket`, { ca });
    hand.socket.on('message', (data) => hand.#frames.push(JSON.parse(data)));
    hand.socket.on('error', () => {});
    await new Promise((resolve, reject) => hand.socket.once('open', resolve).once('close', reject));
    hand.send({ type: 'hello', version: 1, token, client: { name: 'hand', version: '1', platform: 'x', browser: 'x' } });
    const welcome = await hand.frame('welcome');
    hand.beat = setInterval(() => hand.send({ type: 'ping', ack: hand.#frames.reduce((most, { seq = 0 }) => Math.max(most, seq), 0) }), welcome.heartbeatMs);
    return hand;
  }

  send(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  /** The next frame of this kind that was not taken yet; `fits` may want more of it. */
  async frame(type, fits = () => true) {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = this.#frames.find((frame) => !frame.taken && frame.type === type && fits(frame));
      if (found) {
        found.taken = true;
        return found;
      }
      if (Date.now() > until) throw new Error(`no ${type}; heard ${this.#frames.map((frame) => frame.type)}`);
      await pause(5);
    }
  }

  async ask(request) {
    this.#nextId += 1;
    const id = this.#nextId;
    this.send({ id, ...request });
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = this.#frames.find((frame) => frame.id === id && ['reply', 'error'].includes(frame.type));
      if (answer?.type === 'reply') return answer.result;
      if (answer) throw new Error(`${request.type}: ${answer.code}/${answer.subCode} ${answer.message}`);
      if (Date.now() > until) throw new Error(`${request.type}: no answer`);
      await pause(5);
    }
  }

  async accept(displayName) {
    const incoming = await this.frame('incoming');
    this.leg = randomUUID();
    await this.ask({ type: 'accept', leg: this.leg, ring: incoming.ring, displayName, muted: false });
    return incoming;
  }

  async decline() {
    const { ring } = await this.frame('incoming');
    await this.ask({ type: 'decline', ring });
  }

  async joinGroup(groupId, displayName) {
    this.leg = randomUUID();
    return this.ask({ type: 'join', leg: this.leg, locator: { groupId }, displayName, muted: false });
  }

  /** Rings people; the reply comes before they answer. */
  async start(callees, displayName) {
    this.leg = randomUUID();
    return this.ask({ type: 'start', leg: this.leg, callees, displayName, muted: false });
  }

  close() {
    clearInterval(this.beat);
    this.socket.close();
  }
}
