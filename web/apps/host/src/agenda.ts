// The order of the day: which meetings are on now, which come, which are over, and how their times read.
import type { OnlineMeeting } from './graph';

/** The meetings in three groups, each in the order one looks for them. */
export interface Agenda {
  now: OnlineMeeting[];
  coming: OnlineMeeting[];
  past: OnlineMeeting[];
}

/** People come early: a meeting counts as on from this long before its start. */
const EARLY_MS = 15 * 60_000;

export function agendaOf(meetings: readonly OnlineMeeting[], now: number): Agenda {
  const sorted = [...meetings].sort((a, b) => Date.parse(a.startDateTime) - Date.parse(b.startDateTime));
  const started = (meeting: OnlineMeeting): boolean => Date.parse(meeting.startDateTime) - EARLY_MS <= now;
  const over = (meeting: OnlineMeeting): boolean => Date.parse(meeting.endDateTime) < now;
  return {
    now: sorted.filter((meeting) => started(meeting) && !over(meeting)),
    coming: sorted.filter((meeting) => !started(meeting) && !over(meeting)),
    past: sorted.filter(over).reverse(),
  };
}

/** "Today, 09:00 – 09:30", "Tomorrow, ...", "Mon 23 Nov, ...". */
export function timesOf(meeting: OnlineMeeting, now: number, locale?: string): string {
  const start = new Date(meeting.startDateTime);
  const end = new Date(meeting.endDateTime);
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  return `${dayOf(start, new Date(now), locale)}, ${time.format(start)} – ${time.format(end)}`;
}

function dayOf(day: Date, today: Date, locale?: string): string {
  const midnight = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((midnight(day) - midnight(today)) / 86_400_000);
  if (days === 0) return 'Today';
  if (days === 1) return 'Tomorrow';
  if (days === -1) return 'Yesterday';
  const year = day.getFullYear() === today.getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', year }).format(day);
}

/** "123 456 789 012": an ID as people read it aloud. */
export function spacedId(id: string): string {
  return id.replace(/(\d{3})(?=\d)/g, '$1 ');
}

/** What is sent to somebody who is invited. */
export function invitationText(meeting: OnlineMeeting, times: string): string {
  const lines = [meeting.subject || 'Meeting', times, '', meeting.joinWebUrl];
  const settings = meeting.joinMeetingIdSettings;
  if (settings) lines.push('', `Meeting ID: ${spacedId(settings.joinMeetingId)}`);
  if (settings?.passcode) lines.push(`Passcode: ${settings.passcode}`);
  return lines.join('\n');
}
