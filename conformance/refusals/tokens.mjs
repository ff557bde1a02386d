// Tokens that are wrong in one respect. What has run out is signed with the server's own key out of its data folder, as the
// server itself signed it when it was young; a control in the stage shows that a token signed so and not run out is accepted.
import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const part = (token, index) => JSON.parse(Buffer.from(token.split('.')[index], 'base64url').toString('utf8'));

/** The server's signing keys by their algorithm: one signs user tokens, one what members get by signing in. */
export function signingKeys(database) {
  const script = `
import base64, sqlite3, sys
base = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
for name in ('token_signing_key', 'user_token_signing_key'):
    print(base64.b64encode(base.execute('SELECT value FROM setting WHERE name = ?', [name]).fetchone()[0]).decode())`;
  const lines = execFileSync('python3', ['-c', script, database], { encoding: 'utf8' }).trim().split('\n');
  const [RS256, ES256] = lines.map((line) => createPrivateKey({ key: Buffer.from(line, 'base64'), format: 'der', type: 'pkcs8' }));
  return { RS256, ES256 };
}

/** The token with some claims changed, signed with that one of `keys` which its head names. */
export function resigned(token, keys, claims = {}) {
  const key = keys[part(token, 0).alg];
  const text = `${token.split('.')[0]}.${encoded({ ...part(token, 1), ...claims })}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** The same token two hours later: it ran out an hour ago. */
export function expired(token, keys) {
  const hours = (count) => Math.floor(Date.now() / 1000) + count * 3600;
  const { nbf } = part(token, 1);
  return resigned(token, keys, { iat: hours(-2), exp: hours(-1), ...(nbf === undefined ? {} : { nbf: hours(-2) }) });
}

/** The signature of something else. */
export function withTamperedSignature(token) {
  const [head, claims, signature] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes[20] ^= 1;
  return `${head}.${claims}.${bytes.toString('base64url')}`;
}

/** Claims nobody signed: the token says that it lives longer. */
export function withTamperedClaims(token) {
  const [head, , signature] = token.split('.');
  const claims = part(token, 1);
  return `${head}.${encoded({ ...claims, exp: claims.exp + 3600 })}.${signature}`;
}

/** A token that says it needs no signature. */
export function unsigned(token) {
  const { kid } = part(token, 0);
  return `${encoded({ alg: 'none', typ: 'JWT', kid })}.${token.split('.')[1]}.`;
}

const strangers = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
};

/** The same claims, signed by somebody else who names the server's key. */
export function signedByAStranger(token) {
  return resigned(token, strangers);
}
