// What a host is told about the lobby: who is new, what to say aloud, and the number in the page's title.

/** One person who waits, as the server shows them to this viewer. */
export interface Waiting {
  rawId: string;
  name: string;
}

/** Those in `now` who were not in `before`. */
export function newcomers(before: readonly Waiting[], now: readonly Waiting[]): Waiting[] {
  const known = new Set(before.map(({ rawId }) => rawId));
  return now.filter(({ rawId }) => !known.has(rawId));
}

/** The sentence for the notice and the screen reader; empty when nobody waits. */
export function lobbySentence(waiting: readonly Waiting[]): string {
  const [first, second] = waiting;
  if (!first) return '';
  if (!second) return `${first.name} is waiting in the lobby`;
  if (waiting.length === 2) return `${first.name} and ${second.name} are waiting in the lobby`;
  return `${first.name} and ${waiting.length - 1} others are waiting in the lobby`;
}

/** The page's title with the number of people waiting in front. */
export function badgedTitle(title: string, waiting: number): string {
  return waiting > 0 ? `(${waiting}) ${title}` : title;
}
