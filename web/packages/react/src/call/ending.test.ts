// End codes and what they mean, row by row.
import { describe, expect, it } from 'vitest';
import { endingOf, endingOfError } from './ending';

describe('endingOf', () => {
  it.each([
    [0, 0, 'left'],
    [0, 4097, 'ended'],
    [0, 5003, 'ended'],
    [0, 4521, 'lost'],
    [0, 5300, 'removed'],
    [0, 5854, 'denied'],
    [0, 5855, 'unanswered'],
    [400, 40210, 'badLink'],
    [400, 5751, 'badLink'],
    [404, 4500, 'badLink'],
    [403, 5723, 'notAllowed'],
    [403, 5448, 'notAllowed'],
    [413, 5808, 'full'],
    [401, 10009, 'expired'],
    [495, 4507, 'expired'],
    [410, 301005, 'lost'],
    [500, 0, 'failed'],
  ])('%i/%i is %s', (code, subCode, kind) => {
    expect(endingOf(code, subCode).kind).toBe(kind);
  });
});

describe('endingOfError', () => {
  it('reads the codes of an SDK error', () => {
    expect(endingOfError(Object.assign(new Error('x'), { code: 404, subCode: 5751 })).kind).toBe('badLink');
  });
  it('takes anything else as a failure', () => {
    expect(endingOfError(new TypeError('x')).kind).toBe('failed');
    expect(endingOfError(undefined).kind).toBe('failed');
  });
});
