// What counts as an invitation, case by case.
import { describe, expect, it } from 'vitest';
import { invitationOf, nameFault, typedInvitation } from './invitation';

const LONG = 'https://h.example/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=%7b%22Tid%22%3a%221%22%7d';

describe('invitationOf', () => {
  it.each([LONG, 'https://h.example/meet/123456789012?p=abcdefghijklmnop'])('%s is passed on unchanged', (link) => {
    expect(invitationOf(new URL(link))).toEqual({ meetingLink: link });
  });
  it('leaves a fragment out', () => {
    expect(invitationOf(new URL(`${LONG}#x`))).toEqual({ meetingLink: LONG });
  });
  it.each(['https://h.example/join/', 'https://h.example/'])('%s names none', (link) => {
    expect(invitationOf(new URL(link))).toBeUndefined();
  });
});

// [E14] the ways in that a person can type.
describe('typedInvitation', () => {
  it.each([
    ['123 456 789 012', '', { meetingId: '123456789012' }],
    ['123-456-789-012', ' code ', { meetingId: '123456789012', passcode: 'code' }],
    [LONG, '', { meetingLink: LONG }],
  ])('%s', (text, passcode, locator) => {
    expect(typedInvitation(text, passcode)).toEqual(locator);
  });
  it.each(['', 'abc', '12345', 'https://h.example/other', 'https://'])('%j is refused with words', (text) => {
    expect(typedInvitation(text, '')).toHaveProperty('fault');
  });
});

it.each([
  ['Ana', undefined],
  ['  ', 'Enter the name the others will see.'],
  ['x'.repeat(257), 'This name is too long.'],
])('nameFault %#', (name, fault) => {
  expect(nameFault(name)).toBe(fault);
});
