// The order of a conversation, case by case.
import { describe, expect, it } from 'vitest';
import { type ChatItem, mergeItems, settleFailed, settleSent, startsBlock, typingSentence } from './timeline';

function item(change: Partial<ChatItem>): ChatItem {
  return {
    key: change.id ?? 'k',
    id: '1',
    kind: 'text',
    sender: 's',
    senderName: 'S',
    text: 'hi',
    sentOn: 1_000,
    mine: false,
    edited: false,
    deleted: false,
    state: 'sent',
    ...change,
  };
}
const sending = (key: string, text: string): ChatItem => item({ key, id: '', text, mine: true, state: 'sending', sentOn: 9_000 });
const ids = (items: ChatItem[]): string => items.map(({ id, key }) => id || key).join(' ');

describe('mergeItems', () => {
  it('orders by the server time, then by id', () => {
    const items = mergeItems([], [item({ id: '10', sentOn: 2 }), item({ id: '9', sentOn: 2 }), item({ id: '50', sentOn: 1 })]);
    expect(ids(items)).toBe('50 9 10');
  });
  it('never doubles a message that comes by history and live', () => {
    expect(mergeItems([item({ id: '7' })], [item({ id: '7' }), item({ id: '7' })])).toHaveLength(1);
  });
  it('takes an edit', () => {
    const [edited] = mergeItems([item({ id: '7' })], [item({ id: '7', text: 'new', edited: true })]);
    expect(edited?.text).toBe('new');
  });
  it('does not fall back to history older than a live edit', () => {
    const [kept] = mergeItems([item({ id: '7', text: 'new', edited: true })], [item({ id: '7', text: 'old' })]);
    expect(kept?.text).toBe('new');
  });
  it('does not bring a deleted message back', () => {
    const [kept] = mergeItems([item({ id: '7', text: '', deleted: true })], [item({ id: '7', text: 'old', edited: true })]);
    expect(kept?.deleted).toBe(true);
  });
  it('lets an own message that comes back first take the place of the one on its way', () => {
    const items = mergeItems([sending('a', 'hi'), sending('b', 'hi')], [item({ id: '7', text: 'hi', mine: true })]);
    expect(items.map(({ key, state }) => `${key} ${state}`)).toEqual(['a sent', 'b sending']);
  });
  it('keeps messages on their way at the end', () => {
    expect(ids(mergeItems([sending('a', 'x')], [item({ id: '7', sentOn: 99_000 })]))).toBe('7 a');
  });
});

describe('settleSent', () => {
  it('gives the message its id', () => {
    expect(settleSent([sending('a', 'x')], 'a', '7')).toMatchObject([{ id: '7', state: 'sent' }]);
  });
  it('does not double when the live event came before, by another way', () => {
    expect(settleSent([item({ id: '7', key: 'live' }), sending('a', 'x')], 'a', '7')).toHaveLength(1);
  });
});

describe('settleFailed', () => {
  it('marks only what is on its way', () => {
    expect(settleFailed([sending('a', 'x')], 'a')[0]?.state).toBe('failed');
    expect(settleFailed([item({ key: 'a' })], 'a')[0]?.state).toBe('sent');
  });
});

describe('startsBlock', () => {
  it.each([
    [undefined, item({}), true],
    [item({}), item({ sentOn: 2_000 }), false],
    [item({}), item({ sender: 'other' }), true],
    [item({}), item({ sentOn: 1_000 + 300_001 }), true],
    [item({ kind: 'system' }), item({}), true],
  ])('case %#', (before, now, starts) => {
    expect(startsBlock(before, now)).toBe(starts);
  });
});

describe('typingSentence', () => {
  it.each([
    [[], ''],
    [['Ana'], 'Ana is typing'],
    [['Ana', 'Ben'], 'Ana and Ben are typing'],
    [['Ana', 'Ben', 'Cleo'], 'Several people are typing'],
  ])('%j', (names, sentence) => {
    expect(typingSentence(names)).toBe(sentence);
  });
});
