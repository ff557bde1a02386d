// The running server that the conformance runner started, and the few things every test here needs from it.
import { readFileSync } from 'node:fs';
import { PublicClientApplication, CryptoProvider } from '@azure/msal-node';
import { requester, signInByForm } from '../../e2e/harness/wire.mjs';

/** What `parvis demo` wrote. */
export const info = JSON.parse(readFileSync(process.env.PARVIS_DEMO_JSON, 'utf8'));
export const origin = new URL(info.endpoint).origin;
const ca = readFileSync(info.ca_certificate, 'utf8');
/** The server as the plain-request functions see it. */
export const server = { info, origin, request: requester(origin, ca) };

/** The payload of a token, unverified. */
export function claims(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString('utf8'));
}

/** The two scopes that a member consents to for calling in its name. */
export const memberScopes = ['Teams.ManageCalls', 'Teams.ManageChats'].map((name) => `${info.audience}/${name}`);

/** The unmodified OpenID client, in its default mode. */
export function openIdClient() {
  return new PublicClientApplication({
    auth: { clientId: info.client_id, authority: info.authority, knownAuthorities: [new URL(origin).host] },
    system: { loggerOptions: { loggerCallback() {} } },
  });
}

/** Code and PKCE as an app does it; the form is filled in without a browser. */
export async function signIn(client, member, scopes = memberScopes) {
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const redirectUri = info.redirect_uri;
  const asked = { scopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: 'S256', state: 'kept' };
  const returned = await signInByForm(server, await client.getAuthCodeUrl(asked), member, redirectUri);
  const code = returned.searchParams.get('code');
  if (!code) throw new Error(`sign-in gave no code: ${returned.searchParams.get('error')}`);
  if (returned.searchParams.get('state') !== 'kept') throw new Error('the state was not returned');
  return client.acquireTokenByCode({ code, codeVerifier: verifier, scopes, redirectUri });
}

/** The error a promise must end with. */
export async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected a refusal, got an answer');
}
