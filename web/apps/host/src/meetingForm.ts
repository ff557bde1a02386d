// The form for a meeting: from fields to a draft, with one message for each field at fault.
import type { AllowedPresenters, ChatOption, LobbyScope, MeetingDraft, OnlineMeeting } from './graph';

/** As typed: local date and times in the browser's own form. */
export interface MeetingFields {
  subject: string;
  date: string;
  start: string;
  end: string;
  lobby: LobbyScope;
  presenters: AllowedPresenters;
  chat: ChatOption;
}

export type Faults = Partial<Record<keyof MeetingFields, string>>;

const SUBJECT_MAX = 255;
const LENGTH_MS_MAX = 30 * 3_600_000;

/** Fields for a new meeting: the next full half hour, for half an hour. */
export function freshFields(now: Date): MeetingFields {
  const start = new Date(Math.ceil((now.getTime() + 1) / 1_800_000) * 1_800_000);
  return fieldsAt('', start, new Date(start.getTime() + 1_800_000), 'organization', 'everyone', 'enabled');
}

/** Fields that show a meeting as it is. */
export function fieldsOf(meeting: OnlineMeeting): MeetingFields {
  return fieldsAt(
    meeting.subject ?? '',
    new Date(meeting.startDateTime),
    new Date(meeting.endDateTime),
    meeting.lobbyBypassSettings?.scope ?? 'organization',
    meeting.allowedPresenters ?? 'everyone',
    meeting.allowMeetingChat ?? 'enabled',
  );
}

function fieldsAt(subject: string, start: Date, end: Date, lobby: LobbyScope, presenters: AllowedPresenters, chat: ChatOption): MeetingFields {
  return { subject, date: dateField(start), start: timeField(start), end: timeField(end), lobby, presenters, chat };
}

/** The draft to send, or what is wrong. An end before the start is on the next day. */
export function draftOf(fields: MeetingFields): { draft: MeetingDraft } | { faults: Faults } {
  const faults: Faults = {};
  const subject = fields.subject.trim();
  if (!subject) faults.subject = 'Give the meeting a subject.';
  if (subject.length > SUBJECT_MAX) faults.subject = `At most ${SUBJECT_MAX} letters.`;
  const start = localTime(fields.date, fields.start);
  let end = localTime(fields.date, fields.end);
  if (!start) faults[isDate(fields.date) ? 'start' : 'date'] = isDate(fields.date) ? 'Choose a time.' : 'Choose a day.';
  if (!end) faults.end = 'Choose a time.';
  if (start && end && end.getTime() < start.getTime()) end = new Date(end.getFullYear(), end.getMonth(), end.getDate() + 1, end.getHours(), end.getMinutes());
  if (start && end && end.getTime() === start.getTime()) faults.end = 'The end must be after the start.';
  if (start && end && end.getTime() - start.getTime() > LENGTH_MS_MAX) faults.end = 'A meeting lasts at most 30 hours.';
  if (Object.keys(faults).length > 0 || !start || !end) return { faults };
  return {
    draft: {
      subject,
      startDateTime: start.toISOString(),
      endDateTime: end.toISOString(),
      lobbyBypassSettings: { scope: fields.lobby },
      allowedPresenters: fields.presenters,
      allowMeetingChat: fields.chat,
    },
  };
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

function localTime(date: string, time: string): Date | undefined {
  if (!isDate(date) || !/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) return undefined;
  return new Date(`${date}T${time}:00`);
}

const two = (number: number): string => String(number).padStart(2, '0');
const dateField = (day: Date): string => `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
const timeField = (day: Date): string => `${two(day.getHours())}:${two(day.getMinutes())}`;
