// The form for a meeting, field by field.
import { describe, expect, it } from 'vitest';
import { draftOf, fieldsOf, freshFields, type MeetingFields } from './meetingForm';

const good: MeetingFields = { subject: 'Visit', date: '2026-11-23', start: '09:00', end: '09:30', lobby: 'organization', presenters: 'everyone', chat: 'enabled' };
const faults = (change: Partial<MeetingFields>): string => {
  const result = draftOf({ ...good, ...change });
  return 'faults' in result ? Object.keys(result.faults).join(' ') : '';
};

describe('draftOf', () => {
  it('makes a draft in universal time', () => {
    const result = draftOf(good);
    expect(result).toMatchObject({ draft: { subject: 'Visit', lobbyBypassSettings: { scope: 'organization' } } });
    if ('draft' in result) expect(new Date(result.draft.startDateTime).getTime()).toBe(new Date('2026-11-23T09:00:00').getTime());
  });
  it.each([
    [{ subject: '  ' }, 'subject'],
    [{ subject: 'x'.repeat(256) }, 'subject'],
    [{ date: '' }, 'date end'],
    [{ date: '2026-13-40' }, 'date end'],
    [{ start: '25:00' }, 'start'],
    [{ start: '' }, 'start'],
    [{ end: '' }, 'end'],
    [{ end: '09:00' }, 'end'],
    [{ subject: '', end: '' }, 'subject end'],
  ])('%j is at fault in: %s', (change, where) => {
    expect(faults(change)).toBe(where);
  });
  it('takes an end before the start as the next day', () => {
    const result = draftOf({ ...good, start: '23:30', end: '00:15' });
    if (!('draft' in result)) throw new Error('refused');
    expect(Date.parse(result.draft.endDateTime) - Date.parse(result.draft.startDateTime)).toBe(45 * 60_000);
  });
});

describe('freshFields', () => {
  it('starts at the next half hour', () => {
    const fields = freshFields(new Date('2026-11-23T09:10:00'));
    expect([fields.date, fields.start, fields.end]).toEqual(['2026-11-23', '09:30', '10:00']);
  });
  it('crosses midnight', () => {
    const fields = freshFields(new Date('2026-11-23T23:45:00'));
    expect([fields.date, fields.start]).toEqual(['2026-11-24', '00:00']);
  });
});

it('shows a meeting as it is and makes the same draft of it', () => {
  const result = draftOf(good);
  if (!('draft' in result)) throw new Error('refused');
  expect(fieldsOf({ id: '1', joinWebUrl: 'x', ...result.draft })).toEqual(good);
});
