// A builder's server as Call Automation sees it: an http receiver on loopback that keeps what it is told, checks who told it,
// and lets a test wait for it.
import { createHash, createPublicKey, verify } from 'node:crypto';
import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 20_000;

export class Receiver {
  deliveries = [];
  /** Answers with this status instead of 200 while set. */
  failing = undefined;

  static async open() {
    const receiver = new Receiver();
    receiver.server = http.createServer((request, response) => receiver.#take(request, response));
    await new Promise((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    receiver.origin = `http://127.0.0.1:${receiver.server.address().port}`;
    return receiver;
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const events = JSON.parse(body);
    const [event] = events;
    if (event.eventType === 'Microsoft.EventGrid.SubscriptionValidationEvent') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ validationResponse: event.data.validationCode }));
      return;
    }
    this.deliveries.push({ path: request.url, headers: request.headers, body, events, event, failed: this.failing });
    response.statusCode = this.failing ?? 200;
    response.end();
  }

  /** The first delivered event of this type (without its prefix) that fits and was not taken yet. */
  async event(type, fits = () => true) {
    return (await this.delivery(type, fits)).event;
  }

  async delivery(type, fits = () => true) {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = this.deliveries.find(({ event, failed, taken }) => !failed && !taken && (event.type ?? event.eventType) === `Microsoft.Communication.${type}` && fits(event.data));
      if (found) {
        found.taken = true;
        return found;
      }
      if (Date.now() > until) throw new Error(`no ${type}; told ${this.deliveries.map(({ event }) => event.type ?? event.eventType)}`);
      await pause(5);
    }
  }

  /** What was told about one connection, in order. */
  typesOf(callConnectionId) {
    const told = this.deliveries.filter(({ event, failed }) => !failed && event.data.callConnectionId === callConnectionId);
    return told.map(({ event }) => event.type.replace('Microsoft.Communication.', ''));
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** The claims of a delivery's token, checked as a builder's server would: by the published keys. */
export async function verified({ headers, body }, request) {
  const configuration = (await request('GET', '/calling/.well-known/acsopenidconfiguration')).json();
  const { keys } = (await request('GET', new URL(configuration.jwks_uri).pathname)).json();
  const [head, payload, signature] = headers.authorization.replace(/^Bearer /, '').split('.');
  const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url'));
  const jwk = keys.find((key) => key.kid === kid);
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const good = alg === 'RS256' && verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'));
  if (!good) throw new Error('the signature is not the published key\'s');
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  if (claims.iss !== configuration.issuer) throw new Error('another issuer');
  if (claims.body_sha256 !== createHash('sha256').update(body).digest('base64url')) throw new Error('another body');
  return claims;
}
