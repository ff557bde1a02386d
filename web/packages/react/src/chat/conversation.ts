// The meeting's chat, on the unmodified chat package: history, live events, sending, typing and the unread count.
import { ChatClient, type ChatMessage, type ChatThreadClient } from '@azure/communication-chat';
import { type CommunicationIdentifierKind, type CommunicationTokenCredential, getIdentifierRawId } from '@azure/communication-common';
import { Store } from '../store';
import { type ChatItem, mergeItems, settleFailed, settleSent } from './timeline';

/** One snapshot of the conversation. */
export interface ConversationState {
  /** `closed`: this person has no chat now (not admitted, left, or the chat is switched off). */
  status: 'opening' | 'open' | 'closed' | 'failed';
  /** Live events arrive; when not, the list may lag. */
  live: boolean;
  items: ChatItem[];
  typing: string[];
  unread: number;
}

/** Longest text that is sent, in UTF-8 bytes (the service's limit is 28 KB). */
export const TEXT_BYTES_MAX = 28_000;
/** How many messages of the past are read when the chat opens. */
const HISTORY_MAX = 200;
/** How long somebody counts as typing after the last sign of it. */
const TYPING_SHOWN_MS = 8_000;
/** Signs of typing are sent at most this often; the service allows 5 in 10 s. */
const TYPING_SENT_MS = 5_000;

/** What live events and listed messages have in common. */
interface Incoming {
  id: string;
  type: string;
  text: string;
  sender?: CommunicationIdentifierKind;
  senderName?: string;
  createdOn: Date;
  edited: boolean;
  deleted: boolean;
}

/** The chat of one meeting, from admission to leaving. */
export class Conversation extends Store<ConversationState> {
  private client: ChatClient;
  private thread: ChatThreadClient;
  private typingUntil = new Map<string, { name: string; timer: ReturnType<typeof setTimeout> }>();
  private typingSentOn = 0;
  private attended = false;
  private sendings = 0;
  private stopped = false;

  constructor(
    endpoint: string,
    credential: CommunicationTokenCredential,
    private threadId: string,
    private me: { rawId: string; name: string },
  ) {
    super({ status: 'opening', live: false, items: [], typing: [], unread: 0 });
    this.client = new ChatClient(endpoint, credential);
    this.thread = this.client.getChatThreadClient(threadId);
  }

  /** Listens first and reads the past second, so that nothing falls between the two. */
  async open(): Promise<void> {
    this.followConnection();
    try {
      // The package takes these listeners only after the start.
      await this.client.startRealtimeNotifications();
      if (!this.stopped) this.listen();
    } catch {
      // Without live events the list still shows what was written, and sending works.
    }
    await this.catchUp();
  }

  /** The chat panel is in front: what arrives is read at once. */
  readonly attend = (attended: boolean): void => {
    this.attended = attended;
    if (attended) this.update({ unread: 0 });
  };

  readonly send = async (text: string, again?: string): Promise<void> => {
    const key = again ?? `sending-${(this.sendings += 1)}`;
    const item: ChatItem = {
      key,
      id: '',
      kind: 'text',
      sender: this.me.rawId,
      senderName: this.me.name,
      text,
      sentOn: Date.now(),
      mine: true,
      edited: false,
      deleted: false,
      state: 'sending',
    };
    this.update({ items: [...this.snapshot().items.filter((other) => other.key !== key), item] });
    try {
      const { id } = await this.thread.sendMessage({ content: text }, { type: 'text', senderDisplayName: this.me.name });
      this.update({ items: settleSent(this.snapshot().items, key, id) });
    } catch (error) {
      const status = (error as { statusCode?: number }).statusCode === 403 ? ('closed' as const) : this.snapshot().status;
      this.update({ items: settleFailed(this.snapshot().items, key), status });
    }
  };

  /** Tells the others that this person types, if it was not told a moment ago. */
  readonly noteTyping = (): void => {
    const now = Date.now();
    if (now - this.typingSentOn < TYPING_SENT_MS) return;
    this.typingSentOn = now;
    void this.thread.sendTypingNotification({ senderDisplayName: this.me.name }).catch(() => undefined);
  };

  readonly close = (): void => {
    if (this.stopped) return;
    this.stopped = true;
    for (const { timer } of this.typingUntil.values()) clearTimeout(timer);
    void this.client.stopRealtimeNotifications().catch(() => undefined);
  };

  private async catchUp(): Promise<void> {
    try {
      const found: ChatItem[] = [];
      for await (const message of this.thread.listMessages({ maxPageSize: HISTORY_MAX })) {
        const item = this.itemOf(fromHistory(message));
        if (item) found.push(item);
        if (found.length >= HISTORY_MAX) break;
      }
      if (!this.stopped) this.update({ status: 'open', items: mergeItems(this.snapshot().items, found) });
    } catch (error) {
      const { statusCode } = error as { statusCode?: number };
      this.update({ status: statusCode === 403 || statusCode === 404 ? 'closed' : 'failed' });
    }
  }

  private followConnection(): void {
    this.client.on('realTimeNotificationConnected', () => {
      // After a lost connection the gap is filled from the list.
      const back = !this.snapshot().live && this.snapshot().status === 'open';
      this.update({ live: true });
      if (back) void this.catchUp();
    });
    this.client.on('realTimeNotificationDisconnected', () => this.update({ live: false }));
  }

  private listen(): void {
    this.client.on('chatMessageReceived', (event) => {
      if (event.threadId !== this.threadId) return;
      this.stopTyping(getIdentifierRawId(event.sender));
      this.take({ ...event, text: event.message, senderName: event.senderDisplayName, edited: false, deleted: false }, true);
    });
    this.client.on('chatMessageEdited', (event) => {
      if (event.threadId !== this.threadId) return;
      this.take({ ...event, text: event.message, senderName: event.senderDisplayName, edited: true, deleted: false }, false);
    });
    this.client.on('chatMessageDeleted', (event) => {
      if (event.threadId !== this.threadId) return;
      this.take({ ...event, type: 'text', text: '', senderName: event.senderDisplayName, edited: false, deleted: true }, false);
    });
    this.client.on('typingIndicatorReceived', (event) => {
      if (event.threadId === this.threadId) this.startTyping(getIdentifierRawId(event.sender), event.senderDisplayName);
    });
  }

  private take(incoming: Incoming, fresh: boolean): void {
    const item = this.itemOf(incoming);
    if (!item || this.stopped) return;
    const known = this.snapshot().items.some(({ id }) => id === item.id);
    const counts = fresh && !known && !item.mine && item.kind === 'text' && !this.attended;
    this.update({ items: mergeItems(this.snapshot().items, [item]), unread: this.snapshot().unread + (counts ? 1 : 0) });
  }

  private itemOf(message: Incoming): ChatItem | undefined {
    const type = message.type.toLowerCase();
    const system = type.startsWith('participant');
    if (!system && !['text', 'html', 'richtext/html'].includes(type)) return undefined;
    const text = type.includes('html') ? plainText(message.text) : message.text;
    if (system && !text) return undefined;
    const sender = message.sender ? getIdentifierRawId(message.sender) : '';
    return {
      key: message.id,
      id: message.id,
      kind: system ? 'system' : 'text',
      sender,
      senderName: message.senderName || 'Unnamed person',
      text,
      sentOn: message.createdOn.getTime(),
      mine: sender === this.me.rawId,
      edited: message.edited,
      deleted: message.deleted,
      state: 'sent',
    };
  }

  private startTyping(rawId: string, name?: string): void {
    if (rawId === this.me.rawId || this.stopped) return;
    clearTimeout(this.typingUntil.get(rawId)?.timer);
    const timer = setTimeout(() => this.stopTyping(rawId), TYPING_SHOWN_MS);
    this.typingUntil.set(rawId, { name: name || 'Somebody', timer });
    this.showTyping();
  }

  private stopTyping(rawId: string): void {
    clearTimeout(this.typingUntil.get(rawId)?.timer);
    if (this.typingUntil.delete(rawId)) this.showTyping();
  }

  private showTyping(): void {
    this.update({ typing: [...this.typingUntil.values()].map(({ name }) => name) });
  }
}

function fromHistory(message: ChatMessage): Incoming {
  const names = message.content?.participants?.map((person) => person.displayName).filter(Boolean).join(', ') ?? '';
  const system: Record<string, string> = {
    participantAdded: names && `${names} joined the chat`,
    participantRemoved: names && `${names} left the chat`,
  };
  return {
    id: message.id,
    type: message.type,
    text: system[message.type] ?? message.content?.message ?? '',
    sender: message.sender,
    senderName: message.senderDisplayName,
    createdOn: message.createdOn,
    edited: message.editedOn !== undefined,
    deleted: message.deletedOn !== undefined,
  };
}

/** The words of an HTML message; its markup is never put into the page. */
function plainText(html: string): string {
  const parsed = new DOMParser().parseFromString(html.replace(/<br\s*\/?>|<\/(p|div|li)>/gi, '$&\n'), 'text/html');
  return parsed.body.textContent?.trim() ?? '';
}
