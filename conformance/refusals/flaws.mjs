// The ways in which a request can be wrong about who sends it, and how each kind of operation has to refuse it.
// A flaw gives the attempts that belong to it; an attempt is a request and what it must be answered with.
import { randomBytes } from 'node:crypto';
import { repeatable } from './fixtures.mjs';
import { expired, signedByAStranger, unsigned, withTamperedClaims, withTamperedSignature } from './tokens.mjs';

const MINUTES = 60_000;
const DENIED = { status: 401, code: 'Denied' };
const UNAUTHORIZED = { status: 401, code: 'Unauthorized' };
const FORBIDDEN = { status: 403, code: 'Forbidden' };
const NOT_FOUND = { status: 404, code: 'NotFound' };
const BAD_TOKEN = { status: 401, code: 'InvalidAccessToken' };
/** Answered, and nothing of somebody else's is in it; `nothing` below is answered likewise and does nothing. */
const sees = (hidden) => ({ status: 200, without: hidden });

/** The columns, in their order. */
export const FLAWS = [
  'no credentials', 'garbage token', 'expired token', 'revoked token', 'wrong user', 'wrong scope', 'wrong resource',
  'tampered signature', 'tampered content', 'old date', 'future date', 'replay', 'rotated key',
];

/** The attempts of one flaw on one operation; none where the flaw cannot be. */
export function attempts(flaw, made) {
  return (KINDS[made.operation.auth][flaw]?.(made) ?? []).filter(Boolean);
}

/** The request that has to succeed. */
export function rightly(made) {
  return KINDS[made.operation.auth].rightly(made);
}

const attempt = (request, wanted, note = '') => ({ request, wanted, note });

// --- Signed with a key of the resource, or in its place a directory's token of somebody assigned as its back end.

const bearer = ({ request }, token) => ({ ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } });

function bySignature(made, key, flaw) {
  const sent = made.stage.signedRequest(key, made.request, flaw);
  return { ...sent, headers: { ...made.request.headers, ...sent.headers } };
}

function withSignature(made, change) {
  const sent = bySignature(made, made.stage.own.primary);
  return { ...sent, headers: { ...sent.headers, ...change(sent.headers) } };
}

const signatureOf = (headers) => /Signature=(.*)$/.exec(headers.authorization)[1];
const resigned = (headers, signature) => ({ authorization: headers.authorization.replace(/Signature=.*$/, `Signature=${signature}`) });

function tamperedTarget(made) {
  return { ...bySignature(made, made.stage.own.primary), target: `${made.request.target}&more=1` };
}

/** Another resource's key: its own things are made with it, the first one's are not there for it. */
function byTheOtherResource(made) {
  const { path, method } = made.operation;
  const { body } = made.request;
  // The people of a room are looked at before the room: here they are the other resource's own.
  const theirs = path.startsWith('/rooms') && body?.participants ? { participants: { [made.foreigner?.id]: { role: 'Attendee' } } } : body;
  const request = bySignature({ ...made, request: { ...made.request, body: theirs } }, made.stage.other.primary);
  // A member takes part in one resource at a time; to end what is not there is no error.
  if (path.includes('{objectId}') && method === 'PUT') return [attempt(request, { status: 409, code: 'Conflict' })];
  if (path.includes('{objectId}') && method === 'DELETE') return [attempt(request, { status: 204, nothing: true })];
  if (path.includes('{callConnectionId}')) return [attempt(request, { status: 404, code: '8522' })];
  if (path.includes('{recordingId}')) return [];
  if (path.includes('{')) return [attempt(request, NOT_FOUND)];
  return method === 'GET' ? [attempt(request, sees(made.hidden))] : [];
}

/** The same request once more: the same answer, and nothing more is made. */
function repeated(made, request) {
  return repeatable(made.operation) ? [attempt(request, { status: 201, once: true })] : [];
}

const key = {
  rightly: (made) => bySignature(made, made.stage.own.primary),
  'no credentials': (made) => [attempt({ ...made.request }, DENIED)],
  'garbage token': (made) => [
    attempt(withSignature(made, (headers) => resigned(headers, randomBytes(32).toString('base64'))), DENIED, 'signature'),
    attempt(withSignature(made, () => ({ authorization: 'HMAC-SHA256 garbage' })), DENIED, 'header'),
    attempt(bearer(made, 'garbage'), UNAUTHORIZED, 'bearer'),
  ],
  'expired token': (made) => [attempt(bearer(made, expired(made.stage.application, made.stage.signingKeys)), UNAUTHORIZED, 'application')],
  'wrong user': (made) => [attempt(bearer(made, made.stage.backEnd.unassigned), FORBIDDEN, 'member who is not assigned')],
  'wrong scope': (made) => [attempt(bearer(made, made.stage.graph), UNAUTHORIZED, 'token for another audience'), attempt(bearer(made, made.stage.user.token), UNAUTHORIZED, "user's token")],
  'wrong resource': byTheOtherResource,
  'tampered signature': (made) => [attempt(withSignature(made, (headers) => {
    const bytes = Buffer.from(signatureOf(headers), 'base64');
    bytes[7] ^= 1;
    return resigned(headers, bytes.toString('base64'));
  }), DENIED), attempt(bearer(made, withTamperedSignature(made.stage.application)), UNAUTHORIZED, 'application'),
  attempt(bearer(made, signedByAStranger(made.stage.application)), UNAUTHORIZED, "a stranger's key")],
  'tampered content': (made) => [
    attempt({ ...bySignature(made, made.stage.own.primary), body: `${JSON.stringify(made.request.body ?? {})} ` }, DENIED, 'body'),
    attempt({ ...withSignature(made, () => ({ 'x-ms-content-sha256': 'RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=' })), body: '{}' }, DENIED, 'body and its hash'),
    attempt(tamperedTarget(made), DENIED, 'query'),
    attempt({ ...bySignature(made, made.stage.own.primary, { signedHost: 'elsewhere.example' }) }, DENIED, 'host'),
    attempt({ ...bySignature({ ...made, request: { ...made.request, method: 'HEAD' } }, made.stage.own.primary), method: made.request.method }, DENIED, 'method'),
    attempt(withSignature(made, () => ({ 'x-ms-date': new Date(Date.now() - 5_000).toUTCString() })), DENIED, 'date'),
    attempt(bearer(made, withTamperedClaims(made.stage.application)), UNAUTHORIZED, 'application'),
  ],
  'old date': (made) => [attempt(bySignature(made, made.stage.own.primary, { date: new Date(Date.now() - 16 * MINUTES).toUTCString() }), DENIED)],
  'future date': (made) => [attempt(bySignature(made, made.stage.own.primary, { date: new Date(Date.now() + 16 * MINUTES).toUTCString() }), DENIED)],
  replay: (made) => repeated(made, bySignature(made, made.stage.own.primary)),
  'rotated key': (made) => [attempt(bySignature(made, made.stage.own.secondary), DENIED)],
};

// --- A user's token, as a bearer or in the header of the notification protocol.

function user(carry) {
  const thread = ({ operation }) => operation.path.includes('{chatThreadId}');
  const own = ({ operation }) => operation.path === '/chat/threads';
  const lists = ({ operation }) => own({ operation }) && operation.method === 'GET';
  const by = (made, token, wanted, note) => attempt(carry(made, token), wanted, note);
  return {
    rightly: (made) => carry(made, made.caller.token),
    'no credentials': (made) => [attempt({ ...made.request }, UNAUTHORIZED)],
    'garbage token': (made) => ['garbage', 'a.b.c', '..', 'x'.repeat(9_000)].map((token) => by(made, token, UNAUTHORIZED)),
    'expired token': (made) => [by(made, made.caller.expired, UNAUTHORIZED)],
    'revoked token': (made) => [by(made, made.caller.revoked, UNAUTHORIZED), by(made, made.gone.token, UNAUTHORIZED, 'deleted identity')],
    'wrong user': (made) => [
      thread(made) && by(made, made.stranger.token, FORBIDDEN, 'not in the thread'),
      /^(PATCH|DELETE) .*\{chatMessageId\}$/.test(`${made.operation.method} ${made.operation.path}`) && by(made, made.bob.token, FORBIDDEN, 'not the sender'),
      lists(made) && by(made, made.stranger.token, sees(made.hidden)),
    ],
    'wrong scope': (made) => [by(made, made.caller.voip, FORBIDDEN, 'voip'), ...narrow(made).map((name) => by(made, made.caller[name], FORBIDDEN, name))],
    'wrong resource': (made) => [
      thread(made) && by(made, made.foreigner.token, FORBIDDEN),
      lists(made) && by(made, made.foreigner.token, sees(made.hidden)),
      attempt(bySignature(made, made.stage.own.primary), UNAUTHORIZED, "the resource's key"),
    ],
    'tampered signature': (made) => [by(made, withTamperedSignature(made.caller.token), UNAUTHORIZED), by(made, signedByAStranger(made.caller.token), UNAUTHORIZED, "a stranger's key")],
    'tampered content': (made) => [by(made, withTamperedClaims(made.caller.token), UNAUTHORIZED, 'claims'), by(made, unsigned(made.caller.token), UNAUTHORIZED, 'no algorithm')],
    replay: (made) => repeated(made, carry(made, made.caller.token)),
    'rotated key': (made) => [by(made, made.caller.rotated, UNAUTHORIZED)],
  };
}

/** The scopes that give chat, but not this operation. */
function narrow({ operation: { method, path } }) {
  if (`${method} ${path}` === 'POST /chat/threads' || (path === '/chat/threads/{chatThreadId}' && method !== 'GET')) return ['join', 'limited'];
  return /:(add|remove)$/.test(path) ? ['limited'] : [];
}

// --- A member's directory token, exchanged for a user's.

const directory = {
  rightly: (made) => bearer(made, tokensOf(made).token),
  'no credentials': (made) => [attempt({ ...made.request }, UNAUTHORIZED)],
  'garbage token': (made) => ['garbage', 'a.b.c'].map((token) => attempt(bearer(made, token), BAD_TOKEN)),
  'expired token': (made) => [attempt(bearer(made, expired(tokensOf(made).token, made.stage.signingKeys)), BAD_TOKEN)],
  'revoked token': (made) => [attempt(bearer(made, tokensOf(made).revoked), BAD_TOKEN, 'the sign-in has ended')],
  'wrong user': (made) => [attempt(bearer(made, tokensOf(made).unassigned), FORBIDDEN, 'not assigned')],
  'wrong scope': (made) => [attempt(bearer(made, made.stage.graph), BAD_TOKEN, 'another audience'), attempt(bearer(made, made.stage.user.token), BAD_TOKEN, "user's token")],
  'wrong resource': (made) => [attempt(bySignature(made, made.stage.own.primary), UNAUTHORIZED, "the resource's key")],
  'tampered signature': (made) => [attempt(bearer(made, withTamperedSignature(tokensOf(made).token)), BAD_TOKEN), attempt(bearer(made, signedByAStranger(tokensOf(made).token)), BAD_TOKEN, "a stranger's key")],
  'tampered content': (made) => [attempt(bearer(made, withTamperedClaims(tokensOf(made).token)), BAD_TOKEN, 'claims'), attempt(bearer(made, unsigned(tokensOf(made).token)), BAD_TOKEN, 'no algorithm')],
};

const tokensOf = (made) => made.stage.directory[made.operation.path];

// --- A ticket for a socket, in the path.

const opened = (made, ticket) => ({
  ...made.request,
  target: made.request.target.replace(encodeURIComponent(made.names.ticket), ticket),
  headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': randomBytes(16).toString('base64') },
});

const ticket = {
  rightly: (made) => opened(made, made.names.ticket),
  'garbage token': (made) => [attempt(opened(made, 'garbage'), UNAUTHORIZED)],
  'wrong scope': (made) => [attempt(opened(made, made.caller.token), UNAUTHORIZED, 'a token is no ticket')],
};

const KINDS = {
  // Public: anybody may ask.
  open: { rightly: ({ request }) => request },
  key,
  user: user((made, token) => bearer(made, token)),
  header: user(({ request }, token) => ({ ...request, headers: { ...request.headers, 'x-skypetoken': token } })),
  directory,
  ticket,
};

// Carried over from a list of the members' exchange: its own body is a credential too.
const EXCHANGE = '/teamsUser/:exchangeAccessToken';

/** What is wrong with the member's token in the body of a well signed exchange. */
export function exchangeAttempts(flaw, made) {
  if (made.operation.path !== EXCHANGE) return [];
  const { stage, request } = made;
  const withBody = (change, wanted, note) => attempt(bySignature({ ...made, request: { ...request, body: { ...request.body, ...change } } }, stage.own.primary), wanted, note);
  const { token } = request.body;
  return {
    'garbage token': () => [withBody({ token: 'garbage' }, BAD_TOKEN, "member's token")],
    'expired token': () => [withBody({ token: expired(token, stage.signingKeys) }, BAD_TOKEN, "member's token")],
    'revoked token': () => [withBody({ token: stage.revokedCalling }, BAD_TOKEN, "member's sign-in has ended")],
    'wrong user': () => [withBody({ userId: stage.otherMember.oid }, BAD_TOKEN, 'another member'), withBody({ token: stage.otherMember.token }, BAD_TOKEN, "another member's token")],
    'wrong scope': () => [withBody({ token: stage.graph }, BAD_TOKEN, 'another audience'), withBody({ appId: 'parvis-host' }, BAD_TOKEN, 'another app')],
    'tampered signature': () => [withBody({ token: withTamperedSignature(token) }, BAD_TOKEN, "member's token")],
    'tampered content': () => [withBody({ token: withTamperedClaims(token) }, BAD_TOKEN, "member's token")],
  }[flaw]?.() ?? [];
}
