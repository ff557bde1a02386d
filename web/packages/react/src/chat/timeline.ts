// The order of a conversation: history pages, live events and messages on their way, merged into one list.

/** What a line of the conversation is. */
export type ItemKind = 'text' | 'system';

/** One line. `id` is empty while the message is on its way. */
export interface ChatItem {
  key: string;
  id: string;
  kind: ItemKind;
  sender: string;
  senderName: string;
  text: string;
  /** Milliseconds since the epoch, by the server's clock (by ours while on its way). */
  sentOn: number;
  mine: boolean;
  edited: boolean;
  deleted: boolean;
  state: 'sending' | 'sent' | 'failed';
}

/** Oldest first; the server's ids settle ties, and messages on their way come last. */
export function compareItems(a: ChatItem, b: ChatItem): number {
  const waiting = Number(a.id === '') - Number(b.id === '');
  if (waiting !== 0) return waiting;
  return a.sentOn - b.sentOn || a.id.length - b.id.length || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/**
 * Adds what came from the server. A message known by its id is replaced, never doubled, unless the news is older than
 * what we have (history that arrives after a live edit or deletion). An own message that comes back before the answer
 * to its sending takes the place of the oldest one on its way with the same text.
 */
export function mergeItems(items: readonly ChatItem[], incoming: readonly ChatItem[]): ChatItem[] {
  const merged = [...items];
  for (const item of incoming) {
    const known = merged.findIndex((other) => other.id !== '' && other.id === item.id);
    if (known !== -1) {
      merged[known] = newer(merged[known] as ChatItem, item);
      continue;
    }
    const onItsWay = item.mine ? merged.findIndex((other) => other.state === 'sending' && other.text === item.text) : -1;
    if (onItsWay === -1) merged.push(item);
    else merged[onItsWay] = { ...item, key: (merged[onItsWay] as ChatItem).key };
  }
  return merged.sort(compareItems);
}

function newer(known: ChatItem, item: ChatItem): ChatItem {
  if (known.deleted) return known;
  if (known.edited && !item.edited && !item.deleted) return known;
  return { ...item, key: known.key };
}

/** The server's answer to a sending: the message now has its id. */
export function settleSent(items: readonly ChatItem[], key: string, id: string): ChatItem[] {
  const already = items.some((item) => item.id === id && item.key !== key);
  return items
    .filter((item) => !(already && item.key === key))
    .map((item): ChatItem => (item.key === key ? { ...item, id, state: 'sent' } : item))
    .sort(compareItems);
}

/** A sending that was refused or lost stays in sight, to be sent again. */
export function settleFailed(items: readonly ChatItem[], key: string): ChatItem[] {
  return items.map((item): ChatItem => (item.key === key && item.state === 'sending' ? { ...item, state: 'failed' } : item));
}

/** Whether a line starts a new block: another sender, another kind, or five minutes of silence before it. */
export function startsBlock(before: ChatItem | undefined, item: ChatItem): boolean {
  if (!before || before.kind !== item.kind || before.sender !== item.sender) return true;
  return item.sentOn - before.sentOn > 5 * 60_000;
}

/** "Ana is typing", "Ana and Ben are typing", "Several people are typing". */
export function typingSentence(names: readonly string[]): string {
  const [first, second] = names;
  if (!first) return '';
  if (!second) return `${first} is typing`;
  if (names.length === 2) return `${first} and ${second} are typing`;
  return 'Several people are typing';
}
