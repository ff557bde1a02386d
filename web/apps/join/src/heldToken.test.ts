// What identity and token say together.
import { describe, expect, it } from 'vitest';
import { heldBy } from './heldToken';

const NOW = 1_800_000_000_000;
const token = (claims: object): string => `h.${btoa(JSON.stringify(claims)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}.s`;
const good = { skypeid: 'acs:r_u', iss: 'https://meet.example.org/', exp: NOW / 1_000 + 60 };

// [B5]
describe('heldBy', () => {
  it('takes an identity and its token, and finds the server in it', () => {
    expect(heldBy(' 8:acs:r_u ', ` ${token(good)} `, NOW)).toMatchObject({ rawId: '8:acs:r_u', member: false, endpoint: 'https://meet.example.org' });
    expect(heldBy('8:orgid:o', token({ ...good, skypeid: 'orgid:o' }), NOW)).toMatchObject({ member: true });
  });
  it.each([
    ['8:acs:r_x', token(good), 'The token belongs to another identity.'],
    ['8:acs:r_u', token({ ...good, exp: NOW / 1_000 }), 'This token has ended. Ask for a new one.'],
    ['8:acs:r_u', token({ ...good, iss: 'nowhere' }), 'This is not a user token of this server.'],
    ['8:acs:r_u', 'a.b', 'This is not a user token of this server.'],
    ['8:acs:r_u', 'a.%%.c', 'This is not a user token of this server.'],
    ['', '', 'This is not a user token of this server.'],
  ])('%s with %s is refused with words', (identity, text, fault) => {
    expect(heldBy(identity, text, NOW)).toEqual({ fault });
  });
});
