// Initials and tones, case by case.
import { expect, it } from 'vitest';
import { initialsOf, toneOf } from './names';

it.each([
  ['Ana (External)', 'A'],
  ['Ana Lima (External)', 'AL'],
  ['  jo  van der berg ', 'JB'],
  ['', '?'],
  ['李 雷', '李雷'],
])('initials of %j', (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

it('gives a person always the same tone', () => {
  expect(toneOf('8:acs:a_b')).toBe(toneOf('8:acs:a_b'));
  expect(toneOf('x')).toBeLessThan(6);
});
