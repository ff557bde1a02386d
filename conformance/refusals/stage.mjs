// The server under test with two resources, their people, and what each operation needs to be refused and then to succeed.
import { execFile } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Demo } from '../../e2e/harness/demo.mjs';
import { credentials, directoryToken, signInByForm, signed } from '../../e2e/harness/wire.mjs';
import { expired, resigned, signingKeys } from './tokens.mjs';

const AUTOMATION = fileURLToPath(new URL('../../crates/edge/src/rest/automation', import.meta.url));
const CONFIGURATION = fileURLToPath(new URL('server.toml', import.meta.url));

export const VERSION = { identity: '2026-09-23', chat: '2025-03-15', notifications: '2024-09-01', rooms: '2025-03-13', automation: '2026-03-12' };

export class Stage {
  static async open(binary) {
    const stage = new Stage();
    stage.hands = [];
    // Where the server tells how calls go.
    stage.receiver = createServer((request, answer) => request.resume().on('end', () => answer.end())).listen(0, '127.0.0.1');
    await once(stage.receiver, 'listening');
    stage.callbacks = `http://127.0.0.1:${stage.receiver.address().port}/`;
    if (existsSync(AUTOMATION)) process.env.PARVIS_CONFIG = CONFIGURATION;
    stage.demo = await Demo.start(binary);
    stage.host = new URL(stage.demo.origin).host;
    stage.database = path.join(stage.demo.folder, 'data', 'parvis.db');
    stage.own = await stage.resource('create', 'own');
    stage.other = await stage.resource('create', 'other');
    await stage.#directory();
    return stage;
  }

  /** `parvis resource ...` beside the running server. */
  async resource(...words) {
    const place = ['--dir', path.join(this.demo.folder, 'data'), '--public-url', this.demo.origin];
    const { stdout } = await promisify(execFile)(this.demo.binary, ['resource', ...words, ...place]);
    const answer = JSON.parse(stdout);
    const key = (text) => (text ? credentials(text).key : undefined);
    return { id: answer.id, primary: key(answer.primary), secondary: key(answer.secondary) };
  }

  /** One signed request; `flaw` may change what is signed and what is sent. */
  signedRequest(key, { method, target, body }, flaw = {}) {
    const text = body === undefined ? '' : JSON.stringify(body);
    const date = flaw.date ?? new Date().toUTCString();
    const headers = signed(key, method, flaw.signedTarget ?? target, flaw.signedHost ?? this.host, text, date);
    return { method, target, headers, body: text };
  }

  async send({ method, target, headers = {}, body }) {
    const payload = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const kind = payload === undefined ? {} : { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
    return this.demo.request(method, target, { headers: { ...kind, ...headers }, body: payload });
  }

  /** A signed request that has to succeed. */
  async asResource(key, method, target, body) {
    const answer = await this.send(this.signedRequest(key, { method, target, body }));
    if (answer.status >= 300) throw new Error(`${method} ${target}: ${answer.status} ${answer.text}`);
    return answer.text ? answer.json() : undefined;
  }

  /** A new identity of the resource that `key` belongs to, with a token. */
  async person(key, scopes = ['chat', 'voip']) {
    const made = await this.asResource(key, 'POST', `/identities?api-version=${VERSION.identity}`, { createTokenWithScopes: scopes, expiresInMinutes: 60 });
    return { id: made.identity.id, token: made.accessToken.token };
  }

  /** Somebody at a client of the calling protocol. */
  async atClient(token) {
    const { Hand } = await import('../js/hand.mjs');
    const hand = await Hand.open(this.demo.origin, this.demo.ca, token);
    this.hands.push(hand);
    return hand;
  }

  async token(key, id, scopes = ['chat', 'voip']) {
    const target = `/identities/${encodeURIComponent(id)}/:issueAccessToken?api-version=${VERSION.identity}`;
    return (await this.asResource(key, 'POST', target, { scopes, expiresInMinutes: 60 })).token;
  }

  async revoke(key, id) {
    await this.asResource(key, 'POST', `/identities/${encodeURIComponent(id)}/:revokeAccessTokens?api-version=${VERSION.identity}`);
  }

  /** A request with a user's token that has to succeed. */
  async asUser(token, method, target, body) {
    const answer = await this.send({ method, target, headers: { authorization: `Bearer ${token}` }, body });
    if (answer.status >= 300) throw new Error(`${method} ${target}: ${answer.status} ${answer.text}`);
    return answer.text ? answer.json() : undefined;
  }

  /** A person in every state a token of theirs can be in. The tokens under the second key end with `rotate`. */
  async cast() {
    const { primary, secondary } = this.own;
    const { id, token: revoked } = await this.person(primary);
    await this.revoke(primary, id);
    const [token, rotated, voip, join, limited] = await Promise.all([
      this.token(primary, id), this.token(secondary, id), this.token(primary, id, ['voip']),
      this.token(primary, id, ['chat.join']), this.token(primary, id, ['chat.join.limited']),
    ]);
    return { id, token, revoked, rotated, voip, join, limited, expired: expired(token, this.signingKeys) };
  }

  /** Replaces the second key and waits until the server knows. */
  async rotate() {
    await this.resource('rotate', this.own.id, 'secondary');
    const probe = { method: 'DELETE', target: '/identities/8%3Aacs%3Anobody' };
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = await this.send(this.signedRequest(this.own.secondary, probe));
      if (answer.status === 401) return;
      await pause(100);
    }
    throw new Error('the rotated key went on being accepted');
  }

  async #directory() {
    const { info } = this.demo;
    const [assigned, , unassigned] = info.members;
    this.calling = `${info.audience}/Teams.ManageCalls ${info.audience}/Teams.ManageChats`;
    this.member = { ...assigned, token: await directoryToken(this.demo, assigned, this.calling) };
    this.otherMember = { ...unassigned, token: await directoryToken(this.demo, unassigned, this.calling) };
    this.directory = {};
    for (const [name, scope] of Object.entries(SCOPES)) {
      this.directory[name] = {
        token: await directoryToken(this.demo, assigned, scope),
        unassigned: await directoryToken(this.demo, unassigned, scope),
        revoked: await this.#revokedDirectoryToken(assigned, scope),
      };
    }
    this.revokedCalling = await this.#revokedDirectoryToken(assigned, this.calling);
    this.backEnd = { unassigned: await directoryToken(this.demo, unassigned, 'https://communication.azure.com/user_impersonation') };
    this.graph = await directoryToken(this.demo, assigned, `${this.demo.origin}/.default`);
    this.application = await this.#applicationToken();
    const person = await this.person(this.own.primary);
    this.user = person;
    // Both keys are there by now: each is made for the first token that it signs.
    this.signingKeys = signingKeys(this.database);
    const target = `/chat/threads?api-version=${VERSION.chat}`;
    await this.asUser(resigned(person.token, this.signingKeys), 'GET', target);
    const late = await this.send({ method: 'GET', target, headers: { authorization: `Bearer ${expired(person.token, this.signingKeys)}` } });
    if (late.status !== 401) throw new Error(`a token that has run out: ${late.status}`);
  }

  async #applicationToken() {
    const { application, authority } = this.demo.info;
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...application, scope: 'https://communication.azure.com/.default' }).toString();
    const answer = await this.demo.request('POST', `${authority}/oauth2/v2.0/token`, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body });
    if (answer.status !== 200) throw new Error(`the application's token: ${answer.status} ${answer.text}`);
    return answer.json().access_token;
  }

  /** A code that is redeemed twice ends the sign-in and the token that the first time gave. */
  async #revokedDirectoryToken(member, scope) {
    const { client_id, redirect_uri, authority } = this.demo.info;
    const code_verifier = randomBytes(48).toString('base64url');
    const code_challenge = createHash('sha256').update(code_verifier).digest('base64url');
    const authorize = new URL(`${authority}/oauth2/v2.0/authorize`);
    const asked = { client_id, redirect_uri, scope, response_type: 'code', code_challenge, code_challenge_method: 'S256' };
    for (const [name, value] of Object.entries(asked)) authorize.searchParams.set(name, value);
    const code = (await signInByForm(this.demo, authorize, member, redirect_uri)).searchParams.get('code');
    const body = new URLSearchParams({ grant_type: 'authorization_code', client_id, redirect_uri, code, code_verifier, scope }).toString();
    const redeem = () => this.demo.request('POST', `${authority}/oauth2/v2.0/token`, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body });
    const first = await redeem();
    const second = await redeem();
    if (first.status !== 200 || second.status === 200) throw new Error(`a code redeemed twice: ${first.status}, ${second.status}`);
    return first.json().access_token;
  }

  async close() {
    for (const hand of this.hands) hand.close();
    await this.demo.stop();
    this.receiver.closeAllConnections();
    this.receiver.close();
  }
}

/** What a member's app asks for, by the operation that takes the token. */
const SCOPES = {
  '/access/entra/:exchangeAccessToken': 'https://communication.azure.com/clients/Chat https://communication.azure.com/clients/VoIP',
  '/access/teamsExtension/:exchangeAccessToken': 'https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls',
};

export const fresh = () => ({ 'repeatability-request-id': randomUUID(), 'repeatability-first-sent': new Date().toUTCString() });
