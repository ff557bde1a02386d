// The clinic's own form: what the patient fills in before and during the visit. It belongs to this page, not to the call.

/** The fields, as they stand. */
export interface Symptoms {
  reason: string;
  signs: string[];
  since: string;
  pain: number;
  notes: string;
}

export const SIGNS = ['Fever', 'Cough', 'Headache', 'Rash', 'Dizziness', 'Trouble sleeping'];
export const SINCE = ['Today', 'A few days', 'One to two weeks', 'Longer'];

export const EMPTY: Symptoms = { reason: '', signs: [], since: 'Today', pain: 0, notes: '' };

/** Whether there is anything to tell. */
export function hasContent(symptoms: Symptoms): boolean {
  return symptoms.reason.trim() !== '' || symptoms.signs.length > 0 || symptoms.pain > 0 || symptoms.notes.trim() !== '';
}

/** With the sign added or taken away, in the order of the form. */
export function toggleSign(symptoms: Symptoms, sign: string): Symptoms {
  const signs = SIGNS.filter((other) => (other === sign) !== symptoms.signs.includes(other));
  return { ...symptoms, signs };
}

/** The form in words, for the chat of the visit. */
export function summaryOf(symptoms: Symptoms): string {
  const lines = [
    symptoms.reason.trim() && `Reason: ${symptoms.reason.trim()}`,
    symptoms.signs.length > 0 && `Symptoms: ${symptoms.signs.join(', ')}`,
    `Since: ${symptoms.since}`,
    symptoms.pain > 0 && `Pain: ${symptoms.pain} of 10`,
    symptoms.notes.trim() && `Notes: ${symptoms.notes.trim()}`,
  ];
  return ['My form', ...lines.filter(Boolean)].join('\n');
}
