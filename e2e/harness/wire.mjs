// Plain requests as a builder's back end or a hand-written client would send them: the resource's signature, the calls
// of the identity and chat dialects, and sign-in by form posts. Written from the protocol's description, without any SDK.
import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import https from 'node:https';

const IDENTITY_VERSION = '2023-10-01';
const CHAT_VERSION = '2025-03-15';

/** A function that sends one request over TLS, trusting `ca` only. A `body` may be text or an object. */
export function requester(origin, ca) {
  const agent = new https.Agent({ ca, keepAlive: false });
  return (method, target, { headers = {}, body, token } = {}) => {
    const url = new URL(target, origin);
    const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const sent = { ...headers };
    if (payload !== undefined) sent['content-type'] ??= 'application/json';
    if (payload !== undefined) sent['content-length'] = Buffer.byteLength(payload);
    if (token) sent.authorization = `Bearer ${token}`;
    return new Promise((resolve, reject) => {
      const request = https.request(url, { method, headers: sent, agent }, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: answer.statusCode, headers: answer.headers, text, json: () => JSON.parse(text) });
        });
      });
      request.setTimeout(15_000, () => request.destroy(new Error(`${method} ${url.pathname}: no answer`)));
      request.on('error', reject);
      request.end(payload);
    });
  };
}

/** The two halves of a connection string. */
export function credentials(connectionString) {
  const [, endpoint, key] = /^endpoint=(.*);accesskey=(.*)$/i.exec(connectionString);
  return { endpoint, key };
}

/** The three signing headers for a request to `host`. */
export function signed(key, method, target, host, body = '', date = new Date().toUTCString()) {
  const hash = createHash('sha256').update(body).digest('base64');
  const text = `${method}\n${target}\n${date};${host};${hash}`;
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
  return {
    'x-ms-date': date,
    'x-ms-content-sha256': hash,
    authorization: `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`,
  };
}

/** A signed request to the identity dialect. */
export function asResource(demo, method, path, body) {
  const { key } = credentials(demo.info.connection_string);
  const target = `${path}?api-version=${IDENTITY_VERSION}`;
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = { 'content-type': 'application/json', ...signed(key, method, target, new URL(demo.origin).host, text) };
  return demo.request(method, target, { headers, body: text });
}

/** A new external identity and a token for it. */
export async function newGuest(demo, scopes = ['chat', 'voip']) {
  const answer = await asResource(demo, 'POST', '/identities', { createTokenWithScopes: scopes, expiresInMinutes: 60 });
  if (answer.status !== 201) throw new Error(`creating an identity: ${answer.status} ${answer.text}`);
  const made = answer.json();
  return { id: made.identity.id, token: made.accessToken.token };
}

const thread = (id) => `/chat/threads/${encodeURIComponent(id)}`;

/** Reads the thread as the holder of `token`. */
export function listMessages(demo, token, threadId) {
  return demo.request('GET', `${thread(threadId)}/messages?maxPageSize=100&api-version=${CHAT_VERSION}`, { token });
}

/** Writes to the thread as the holder of `token`. */
export function sendMessage(demo, token, threadId, content, senderDisplayName) {
  const body = { content, type: 'text', senderDisplayName };
  const headers = { 'content-type': 'application/json', 'repeatability-request-id': randomUUID() };
  return demo.request('POST', `${thread(threadId)}/messages?api-version=${CHAT_VERSION}`, { token, body, headers });
}

/** The cookies of one person's browser, as far as sign-in needs them. */
class Cookies {
  #jar = new Map();

  take(answer) {
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [pair] = line.split(';');
      const at = pair.indexOf('=');
      this.#jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  header() {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

/** The inputs of the first form of a page: its action and the fields with their values and types. */
export function formOf(html) {
  const form = /<form\b[^>]*>[\s\S]*?<\/form>/i.exec(html)?.[0];
  if (!form) throw new Error('the page has no form');
  const attribute = (tag, name) => unescape(new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag)?.[1] ?? '');
  const inputs = [...form.matchAll(/<input\b[^>]*>/gi)].map(([tag]) => ({
    name: attribute(tag, 'name'),
    type: attribute(tag, 'type') || 'text',
    value: attribute(tag, 'value'),
  }));
  return { action: attribute(/<form\b[^>]*>/i.exec(form)[0], 'action'), inputs: inputs.filter((input) => input.name) };
}

function unescape(text) {
  const named = { amp: '&', quot: '"', lt: '<', gt: '>', '#39': "'", '#x27': "'", '#x2F': '/', '#34': '"' };
  return text.replace(/&(amp|quot|lt|gt|#39|#x27|#x2F|#34);/g, (_, name) => named[name]);
}

/** What a page says, without its markup. */
function wordsOf(html) {
  const body = html.replace(/^[\s\S]*<body/i, '<body').replace(/<(script|style)[\s\S]*?<\/\1>/gi, '');
  return unescape(body.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim();
}

/** Signs in at an authorization address by form posts alone and returns the address it is sent back to. */
export async function signInByForm(demo, authorizeUrl, member, redirectUri) {
  const cookies = new Cookies();
  const go = async (method, url, body) => {
    const headers = { cookie: cookies.header() };
    if (body) headers['content-type'] = 'application/x-www-form-urlencoded';
    const answer = await demo.request(method, url, { headers, body });
    cookies.take(answer);
    return answer;
  };
  let url = new URL(authorizeUrl);
  let answer = await go('GET', url);
  let tried = false;
  for (let step = 0; step < 8; step += 1) {
    if (answer.status >= 300 && answer.status < 400) {
      const next = new URL(answer.headers.location, url);
      if (next.href.startsWith(redirectUri)) return next;
      url = next;
      answer = await go('GET', url);
      continue;
    }
    const form = answer.text.includes('<form') ? formOf(answer.text) : undefined;
    const asksPassword = form?.inputs.some((input) => input.type === 'password');
    if (!form || (tried && asksPassword)) throw new Error(`sign-in refused: ${answer.status} ${wordsOf(answer.text)}`);
    tried ||= asksPassword;
    const fields = new URLSearchParams();
    for (const input of form.inputs) {
      const typed = { password: member.password, text: member.upn, email: member.upn }[input.type];
      fields.append(input.name, typed ?? input.value);
    }
    url = new URL(form.action || url, url);
    answer = await go('POST', url, fields.toString());
  }
  throw new Error('sign-in went round in circles');
}

/** A directory token of a member by code and PKCE, without a client library. `scope` names one resource's scopes. */
export async function directoryToken(demo, member, scope) {
  const { client_id, redirect_uri, authority } = demo.info;
  const verifier = randomBytes(48).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const authorize = new URL(`${authority}/oauth2/v2.0/authorize`);
  const asked = { client_id, redirect_uri, scope, response_type: 'code', code_challenge: challenge, code_challenge_method: 'S256' };
  for (const [name, value] of Object.entries(asked)) authorize.searchParams.set(name, value);
  const returned = await signInByForm(demo, authorize, member, redirect_uri);
  const body = new URLSearchParams({
    grant_type: 'authorization_code', client_id, redirect_uri, code: returned.searchParams.get('code'), code_verifier: verifier, scope,
  }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await demo.request('POST', `${authority}/oauth2/v2.0/token`, { headers, body });
  if (answer.status !== 200) throw new Error(`token: ${answer.status} ${answer.text}`);
  return answer.json().access_token;
}

/** The token with which a member's app calls: the directory's, exchanged by the app's back end. */
export async function memberToken(demo, member) {
  const { audience, client_id } = demo.info;
  const token = await directoryToken(demo, member, `${audience}/Teams.ManageCalls ${audience}/Teams.ManageChats`);
  const body = { token, appId: client_id, userId: member.oid };
  const answer = await asResource(demo, 'POST', '/teamsUser/:exchangeAccessToken', body);
  if (answer.status !== 200) throw new Error(`exchange: ${answer.status} ${answer.text}`);
  return answer.json().token;
}

/** The meetings API as one member. */
export async function meetingsOf(demo, member) {
  const token = await directoryToken(demo, member, `${demo.origin}/.default`);
  const send = async (method, path, body) => {
    const answer = await demo.request(method, `/v1.0/me/onlineMeetings${path}`, { token, body });
    if (answer.status >= 300) throw new Error(`${method} onlineMeetings: ${answer.status} ${answer.text}`);
    return answer.text ? answer.json() : undefined;
  };
  const at = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
  return {
    schedule: (subject, options = {}) => send('POST', '', { subject, startDateTime: at(-5), endDateTime: at(55), ...options }),
    change: (id, options) => send('PATCH', `/${id}`, options),
  };
}
