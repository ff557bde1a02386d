// What is drawn where there is no picture: initials on a colour that stays the same for the same person.

/** Up to two initials, labels in brackets left out. */
export function initialsOf(name: string): string {
  const words = name
    .replace(/\(.*?\)/g, ' ')
    .trim()
    .split(/\s+/)
    .filter(Boolean);
  const first = words[0]?.[0] ?? '?';
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? '') : '';
  return (first + last).toUpperCase();
}

/** One of the six tones of the style sheet. */
export function toneOf(rawId: string): number {
  let sum = 0;
  for (const letter of rawId) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum % 6;
}
