// Signing in with OpenID Connect: code flow with PKCE (RFC 7636) as a public client. Tokens live in this tab only.

/** Where and as what to sign in; the server says it at /host/config.json. */
export interface SignInConfig {
  authority: string;
  clientId: string;
  scope: string;
}

/** What the token endpoint gave, with the moment it ends. */
export interface Tokens {
  accessToken: string;
  refreshToken?: string;
  idToken?: string;
  endsOn: number;
}

interface Endpoints {
  authorization_endpoint: string;
  token_endpoint: string;
  end_session_endpoint?: string;
}

interface Pending {
  state: string;
  verifier: string;
  after: string;
}

const TOKENS = 'parvis.host.tokens';
const PENDING = 'parvis.host.pending';
/** A token is renewed when less than this is left of it. */
const LEFT_MS_MIN = 2 * 60_000;

/** The sign-in of one tab. */
export class SignIn {
  private renewal?: Promise<Tokens | undefined>;

  private constructor(
    private config: SignInConfig,
    private endpoints: Endpoints,
    private storage: Storage,
    private redirectUri: string,
  ) {}

  static async load(storage: Storage, redirectUri: string): Promise<SignIn> {
    const config = await json<SignInConfig>(await fetch('/host/config.json'));
    const endpoints = await json<Endpoints>(await fetch(`${config.authority}/.well-known/openid-configuration`));
    return new SignIn(config, endpoints, storage, redirectUri);
  }

  signedIn(): boolean {
    return this.storage.getItem(TOKENS) !== null;
  }

  /** The address of the sign-in page; `after` is where this page goes on afterwards. */
  async begin(after: string): Promise<string> {
    const pending: Pending = { state: randomText(), verifier: randomText(), after };
    this.storage.setItem(PENDING, JSON.stringify(pending));
    const address = new URL(this.endpoints.authorization_endpoint);
    address.search = new URLSearchParams({
      client_id: this.config.clientId,
      response_type: 'code',
      redirect_uri: this.redirectUri,
      scope: this.config.scope,
      state: pending.state,
      code_challenge: await challengeOf(pending.verifier),
      code_challenge_method: 'S256',
    }).toString();
    return address.href;
  }

  /** Takes the answer that the sign-in page put into our address. Returns where to go on. */
  async complete(address: URL): Promise<string | undefined> {
    const text = this.storage.getItem(PENDING);
    const state = address.searchParams.get('state');
    if (!text || !state) return undefined;
    this.storage.removeItem(PENDING);
    const pending = JSON.parse(text) as Pending;
    const code = address.searchParams.get('code');
    if (pending.state !== state || !code) return undefined;
    await this.request({ grant_type: 'authorization_code', code, redirect_uri: this.redirectUri, code_verifier: pending.verifier });
    return pending.after;
  }

  /** A token that lasts a while yet; undefined when the person has to sign in again. */
  async accessToken(now = Date.now()): Promise<string | undefined> {
    const tokens = this.tokens();
    if (!tokens) return undefined;
    if (tokens.endsOn - now > LEFT_MS_MIN) return tokens.accessToken;
    // A refresh token is good for one use: callers at the same time share one renewal.
    this.renewal ??= this.renew(tokens).finally(() => {
      this.renewal = undefined;
    });
    return (await this.renewal)?.accessToken;
  }

  /** Forgets the tokens; returns the provider's sign-out address, if it has one. */
  signOut(): string | undefined {
    const idToken = this.tokens()?.idToken;
    this.storage.removeItem(TOKENS);
    if (!this.endpoints.end_session_endpoint) return undefined;
    const address = new URL(this.endpoints.end_session_endpoint);
    address.searchParams.set('post_logout_redirect_uri', this.redirectUri);
    address.searchParams.set('client_id', this.config.clientId);
    if (idToken) address.searchParams.set('id_token_hint', idToken);
    return address.href;
  }

  private tokens(): Tokens | undefined {
    const text = this.storage.getItem(TOKENS);
    return text ? (JSON.parse(text) as Tokens) : undefined;
  }

  private async renew(tokens: Tokens): Promise<Tokens | undefined> {
    if (!tokens.refreshToken) return this.forget();
    try {
      return await this.request({ grant_type: 'refresh_token', refresh_token: tokens.refreshToken, scope: this.config.scope });
    } catch (error) {
      if (error instanceof AnswerError && error.status < 500) return this.forget();
      throw error;
    }
  }

  private forget(): undefined {
    this.storage.removeItem(TOKENS);
    return undefined;
  }

  private async request(fields: Record<string, string>): Promise<Tokens> {
    const answer = await fetch(this.endpoints.token_endpoint, {
      method: 'POST',
      body: new URLSearchParams({ client_id: this.config.clientId, ...fields }),
    });
    const given = await json<{ access_token: string; refresh_token?: string; id_token?: string; expires_in: number }>(answer);
    const tokens: Tokens = {
      accessToken: given.access_token,
      refreshToken: given.refresh_token,
      idToken: given.id_token ?? this.tokens()?.idToken,
      endsOn: Date.now() + given.expires_in * 1_000,
    };
    this.storage.setItem(TOKENS, JSON.stringify(tokens));
    return tokens;
  }
}

/** An answer that was no success. */
export class AnswerError extends Error {
  constructor(readonly status: number) {
    super(`answered ${status}`);
  }
}

async function json<T>(answer: Response): Promise<T> {
  if (!answer.ok) throw new AnswerError(answer.status);
  return (await answer.json()) as T;
}

/** 32 random bytes as base64url: verifier and state. */
export function randomText(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** The S256 challenge of a verifier. */
export async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
