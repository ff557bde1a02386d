// User tokens: what the SDK reads from their claims, and where it finds its server.
// Claims are read, never trusted: the server checks the signature and everything else.
import { errors } from './errors';

/** Any credential with `getToken()`; the one of `@azure/communication-common` fits. */
export interface TokenCredentialLike {
  getToken(options?: unknown): Promise<{ token: string; expiresOnTimestamp?: number }>;
}

export interface TokenClaims {
  readonly skypeId: string;
  readonly rawId: string;
  readonly scopes: string[];
  readonly issuer: string | undefined;
  readonly isHostClient: boolean;
  readonly expiresOnMs: number;
}

export function readClaims(token: string): TokenClaims {
  const payload = decodePayload(token);
  const skypeId = payload['skypeid'];
  const expires = payload['exp'];
  if (typeof skypeId !== 'string' || skypeId.length === 0 || typeof expires !== 'number') throw errors.tokenMalformed();
  return {
    skypeId,
    rawId: skypeId.startsWith('8:') ? skypeId : `8:${skypeId}`,
    scopes: readScopes(payload),
    issuer: typeof payload['iss'] === 'string' ? payload['iss'] : undefined,
    isHostClient: payload['client'] === 'host',
    expiresOnMs: expires * 1000,
  };
}

function decodePayload(token: string): Record<string, unknown> {
  const part = typeof token === 'string' ? token.split('.')[1] : undefined;
  if (!part) throw errors.tokenMalformed();
  try {
    const bytes = Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
    const payload: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof payload === 'object' && payload !== null) return payload as Record<string, unknown>;
  } catch {
    // falls through: every unreadable token gets the same answer
  }
  throw errors.tokenMalformed();
}

function readScopes(payload: Record<string, unknown>): string[] {
  const claim = payload['acsScope'] ?? payload['scp'];
  return typeof claim === 'string' ? claim.split(/[\s,]+/).filter(Boolean) : [];
}

/** Throws unless a client may use the token for calls of the given kind now. */
export function checkToken(claims: TokenClaims, agent: 'external' | 'member', nowMs: number): void {
  if (claims.expiresOnMs <= nowMs) throw errors.tokenExpired();
  if (!claims.scopes.some((scope) => scope === 'voip' || scope === 'voip.join')) throw errors.tokenScope();
  const isMember = claims.rawId.startsWith('8:orgid:');
  if (agent === 'external' && (isMember || claims.isHostClient)) throw errors.notForCallAgent();
  if (agent === 'member' && !isMember && !claims.isHostClient) throw errors.notForTeamsCallAgent();
}

/** The address of the server: the token's issuer, else the page's global, else the page's own origin. */
export function endpointOf(claims: TokenClaims): string {
  const configured = (globalThis as { __PARVIS_ENDPOINT__?: unknown }).__PARVIS_ENDPOINT__;
  const candidates = [claims.issuer, typeof configured === 'string' ? configured : undefined, globalThis.location?.origin];
  for (const candidate of candidates) {
    const url = parseHttpUrl(candidate);
    if (!url) continue;
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) throw errors.endpointInsecure();
    return url.origin;
  }
  throw errors.endpointInsecure();
}

export function socketUrl(endpoint: string): string {
  return `${endpoint.replace(/^http/, 'ws')}/calling/v1/socket`;
}

function parseHttpUrl(text: string | undefined): URL | undefined {
  if (!text) return undefined;
  try {
    const url = new URL(text);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url : undefined;
  } catch {
    return undefined;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.endsWith('.localhost') || /^127\.\d+\.\d+\.\d+$/.test(host);
}
