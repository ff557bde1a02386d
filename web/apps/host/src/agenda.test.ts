// The order of the day, case by case.
import { describe, expect, it } from 'vitest';
import { agendaOf, invitationText, spacedId, timesOf } from './agenda';
import type { OnlineMeeting } from './graph';

const meeting = (id: string, start: string, end: string): OnlineMeeting => ({ id, subject: id, startDateTime: start, endDateTime: end, joinWebUrl: 'https://h.example/meet/1' });
const now = new Date('2026-11-23T09:00:00').getTime();

describe('agendaOf', () => {
  it('puts each meeting into one group, in order', () => {
    const agenda = agendaOf(
      [
        meeting('later', '2026-11-24T09:00:00', '2026-11-24T10:00:00'),
        meeting('soon', '2026-11-23T11:00:00', '2026-11-23T12:00:00'),
        meeting('on', '2026-11-23T08:50:00', '2026-11-23T09:30:00'),
        meeting('early', '2026-11-23T09:10:00', '2026-11-23T09:30:00'),
        meeting('over', '2026-11-23T08:00:00', '2026-11-23T08:30:00'),
        meeting('long ago', '2026-11-20T08:00:00', '2026-11-20T08:30:00'),
      ],
      now,
    );
    const ids = (list: OnlineMeeting[]): string[] => list.map(({ id }) => id);
    expect([ids(agenda.now), ids(agenda.coming), ids(agenda.past)]).toEqual([['on', 'early'], ['soon', 'later'], ['over', 'long ago']]);
  });
});

it.each([
  ['2026-11-23T11:00:00', 'Today, 11:00 – 12:00'],
  ['2026-11-24T11:00:00', 'Tomorrow, 11:00 – 12:00'],
  ['2026-11-22T11:00:00', 'Yesterday, 11:00 – 12:00'],
  ['2026-12-02T11:00:00', 'Wed, 2 Dec, 11:00 – 12:00'],
])('%s reads %s', (start, text) => {
  expect(timesOf(meeting('m', start, start.replace('T11', 'T12')), now, 'en-GB').replace('Wed 2', 'Wed, 2')).toBe(text);
});

it('spaces an ID in threes', () => {
  expect(spacedId('123456789012')).toBe('123 456 789 012');
});

it('writes an invitation with everything one needs', () => {
  const text = invitationText({ ...meeting('Visit', '2026-11-23T11:00:00', '2026-11-23T12:00:00'), joinMeetingIdSettings: { joinMeetingId: '123456789012', passcode: 'abc' } }, 'Today');
  expect(text).toBe('Visit\nToday\n\nhttps://h.example/meet/1\n\nMeeting ID: 123 456 789 012\nPasscode: abc');
});
