// The clinic’s form, case by case.
import { describe, expect, it } from 'vitest';
import { EMPTY, hasContent, SIGNS, summaryOf, toggleSign } from './symptoms';

describe('toggleSign', () => {
  it('adds and takes away, in the order of the form', () => {
    const both = toggleSign(toggleSign(EMPTY, 'Headache'), 'Fever');
    expect(both.signs).toEqual(['Fever', 'Headache']);
    expect(toggleSign(both, 'Fever').signs).toEqual(['Headache']);
  });
  it('knows every sign of the form', () => {
    expect(SIGNS.reduce(toggleSign, EMPTY).signs).toEqual(SIGNS);
  });
});

it('has nothing to tell at first', () => {
  expect(hasContent(EMPTY)).toBe(false);
  expect(hasContent({ ...EMPTY, pain: 1 })).toBe(true);
});

it('sums up only what was filled in', () => {
  expect(summaryOf({ ...EMPTY, reason: ' Cough ', pain: 3 })).toBe('My form\nReason: Cough\nSince: Today\nPain: 3 of 10');
});
