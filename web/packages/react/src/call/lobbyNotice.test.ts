// What a host is told about the lobby, case by case.
import { describe, expect, it } from 'vitest';
import { badgedTitle, lobbySentence, newcomers } from './lobbyNotice';

const ana = { rawId: '1', name: 'Ana (External)' };
const ben = { rawId: '2', name: 'Ben (External)' };
const cleo = { rawId: '3', name: 'Cleo' };

describe('newcomers', () => {
  it('names only those who were not there', () => {
    expect(newcomers([ana], [ana, ben])).toEqual([ben]);
    expect(newcomers([ana, ben], [ben])).toEqual([]);
  });
  it('takes two people of one name as two', () => {
    expect(newcomers([ana], [ana, { ...ana, rawId: '9' }])).toHaveLength(1);
  });
});

// [H2] the label comes with the name and is passed on as it is.
describe('lobbySentence', () => {
  it.each([
    [[], ''],
    [[ana], 'Ana (External) is waiting in the lobby'],
    [[ana, ben], 'Ana (External) and Ben (External) are waiting in the lobby'],
    [[ana, ben, cleo], 'Ana (External) and 2 others are waiting in the lobby'],
  ])('%j', (waiting, sentence) => {
    expect(lobbySentence(waiting)).toBe(sentence);
  });
});

describe('badgedTitle', () => {
  it('shows the number only when somebody waits', () => {
    expect(badgedTitle('Visit', 0)).toBe('Visit');
    expect(badgedTitle('Visit', 2)).toBe('(2) Visit');
  });
});
