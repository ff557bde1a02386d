// Signing in, on a stand-in for the provider.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { challengeOf, randomText, SignIn } from './signIn';

class Memory implements Storage {
  private kept = new Map<string, string>();
  get length(): number {
    return this.kept.size;
  }
  clear(): void {
    this.kept.clear();
  }
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  key(index: number): string | null {
    return [...this.kept.keys()][index] ?? null;
  }
  removeItem(key: string): void {
    this.kept.delete(key);
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }
}

const HOME = 'https://h.example/host/';
let requests: URLSearchParams[];
let grant: () => Response;

beforeEach(() => {
  requests = [];
  let turn = 0;
  grant = () => Response.json({ access_token: `a${(turn += 1)}`, refresh_token: `r${turn}`, expires_in: 3_600 });
  vi.stubGlobal('fetch', async (address: string, init?: RequestInit) => {
    if (address === '/host/config.json') return Response.json({ authority: 'https://h.example/t/v2.0', clientId: 'parvis-host', scope: 'openid x' });
    if (address.endsWith('/openid-configuration')) return Response.json({ authorization_endpoint: 'https://h.example/t/authorize', token_endpoint: 'https://h.example/t/token' });
    requests.push(init?.body as URLSearchParams);
    return grant();
  });
});
afterEach(() => vi.unstubAllGlobals());

async function signedIn(): Promise<{ signIn: SignIn; storage: Memory; asked: URL }> {
  const storage = new Memory();
  const signIn = await SignIn.load(storage, HOME);
  const asked = new URL(await signIn.begin('#join=x'));
  const after = await signIn.complete(new URL(`${HOME}?code=c&state=${asked.searchParams.get('state')}`));
  expect(after).toBe('#join=x');
  return { signIn, storage, asked };
}

it('makes the challenge of RFC 7636 appendix B', async () => {
  expect(await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
});

it('draws long random texts of the allowed letters', () => {
  expect(randomText()).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(randomText()).not.toBe(randomText());
});

describe('signing in', () => {
  it('asks with S256 and redeems the code with its verifier', async () => {
    const { asked } = await signedIn();
    expect(asked.searchParams.get('code_challenge_method')).toBe('S256');
    const verifier = requests[0]?.get('code_verifier') ?? '';
    expect(await challengeOf(verifier)).toBe(asked.searchParams.get('code_challenge'));
  });
  it('takes no answer to a question it did not ask', async () => {
    const storage = new Memory();
    const signIn = await SignIn.load(storage, HOME);
    await signIn.begin('');
    expect(await signIn.complete(new URL(`${HOME}?code=c&state=other`))).toBeUndefined();
    expect(signIn.signedIn()).toBe(false);
    expect(requests).toHaveLength(0);
  });
});

describe('accessToken', () => {
  it('is used while it lasts', async () => {
    const { signIn } = await signedIn();
    expect(await signIn.accessToken()).toBe('a1');
    expect(requests).toHaveLength(1);
  });
  it('is renewed once for callers at the same time', async () => {
    const { signIn } = await signedIn();
    const late = Date.now() + 3_599_000;
    expect(await Promise.all([signIn.accessToken(late), signIn.accessToken(late)])).toEqual(['a2', 'a2']);
    expect(requests).toHaveLength(2);
    expect(requests[1]?.get('refresh_token')).toBe('r1');
  });
  it('is gone when the refresh token is refused', async () => {
    const { signIn } = await signedIn();
    grant = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    expect(await signIn.accessToken(Date.now() + 3_599_000)).toBeUndefined();
    expect(signIn.signedIn()).toBe(false);
  });
  it('is kept when the server is only away', async () => {
    const { signIn } = await signedIn();
    grant = () => new Response('', { status: 503 });
    await expect(signIn.accessToken(Date.now() + 3_599_000)).rejects.toThrow();
    expect(signIn.signedIn()).toBe(true);
  });
});
