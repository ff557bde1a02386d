// The conversation on a stand-in for the chat package.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Conversation } from './conversation';

// A stand-in for the chat package: like the real one, it takes listeners of messages only after the start.
const server = vi.hoisted(() => ({
  started: false,
  startFails: false,
  listFails: 0,
  sendFails: 0,
  history: [] as object[],
  sent: [] as string[],
  typing: 0,
  listeners: new Map<string, ((event: object) => void)[]>(),
}));

vi.mock('@azure/communication-chat', () => ({
  ChatClient: class {
    on(event: string, listener: (event: object) => void): void {
      if (!server.started && !event.startsWith('realTime')) throw new Error('not started');
      server.listeners.set(event, [...(server.listeners.get(event) ?? []), listener]);
    }
    async startRealtimeNotifications(): Promise<void> {
      if (server.startFails) throw new Error('no live events');
      server.started = true;
    }
    async stopRealtimeNotifications(): Promise<void> {
      server.started = false;
    }
    getChatThreadClient(): object {
      return {
        async *listMessages() {
          if (server.listFails) throw Object.assign(new Error('x'), { statusCode: server.listFails });
          yield* server.history;
        },
        async sendMessage({ content }: { content: string }) {
          if (server.sendFails) throw Object.assign(new Error('x'), { statusCode: server.sendFails });
          server.sent.push(content);
          return { id: `${100 + server.sent.length}` };
        },
        async sendTypingNotification() {
          server.typing += 1;
        },
      };
    }
  },
}));

const ana = { kind: 'communicationUser', communicationUserId: '8:acs:r_ana' };
const me = { kind: 'communicationUser', communicationUserId: '8:acs:r_me' };
const emit = (event: string, args: object = {}): void => server.listeners.get(event)?.forEach((listener) => listener(args));
const live = (id: string, text: string, change: object = {}): object => ({
  threadId: 't',
  id,
  type: 'Text',
  message: text,
  sender: ana,
  senderDisplayName: 'Ana (External)',
  createdOn: new Date(Number(id)),
  ...change,
});
const listed = (id: string, message: string): object => ({ id, type: 'text', content: { message }, sender: ana, senderDisplayName: 'Ana (External)', createdOn: new Date(Number(id)) });

let chat: Conversation;
const texts = (): string[] => chat.snapshot().items.map(({ text }) => text);

beforeEach(() => {
  Object.assign(server, { started: false, startFails: false, listFails: 0, sendFails: 0, history: [], sent: [], typing: 0 });
  server.listeners.clear();
  chat = new Conversation('https://h.example', {} as never, 't', { rawId: '8:acs:r_me', name: 'Me' });
});

describe('opening', () => {
  it('reads the past and follows what comes, each message once', async () => {
    server.history = [listed('2', 'two'), listed('1', 'one')];
    await chat.open();
    emit('realTimeNotificationConnected');
    emit('chatMessageReceived', live('3', 'three'));
    emit('chatMessageReceived', live('2', 'two'));
    expect(texts()).toEqual(['one', 'two', 'three']);
    expect(chat.snapshot()).toMatchObject({ status: 'open', live: true });
  });
  // [G2] [G3] no window, no chat.
  it.each([403, 404])('is closed for somebody without a window (%i)', async (status) => {
    server.listFails = status;
    await chat.open();
    expect(chat.snapshot().status).toBe('closed');
  });
  it('goes on without live events', async () => {
    server.startFails = true;
    server.history = [listed('1', 'one')];
    await chat.open();
    expect(chat.snapshot()).toMatchObject({ status: 'open', live: false });
    expect(texts()).toEqual(['one']);
  });
  it('fills the gap after a lost connection', async () => {
    await chat.open();
    emit('realTimeNotificationConnected');
    emit('realTimeNotificationDisconnected');
    server.history = [listed('5', 'missed')];
    emit('realTimeNotificationConnected');
    await vi.waitFor(() => expect(texts()).toEqual(['missed']));
  });
});

describe('sending', () => {
  it('shows the message at once and once only', async () => {
    await chat.open();
    const sending = chat.send('hello');
    expect(chat.snapshot().items).toMatchObject([{ text: 'hello', state: 'sending' }]);
    emit('chatMessageReceived', live('101', 'hello', { sender: me }));
    await sending;
    expect(chat.snapshot().items).toMatchObject([{ id: '101', state: 'sent', mine: true }]);
  });
  it('keeps what was not sent, to be sent again', async () => {
    await chat.open();
    server.sendFails = 503;
    await chat.send('hello');
    expect(chat.snapshot().items).toMatchObject([{ state: 'failed' }]);
    server.sendFails = 0;
    await chat.send('hello', chat.snapshot().items[0]?.key);
    expect(chat.snapshot().items).toMatchObject([{ state: 'sent' }]);
  });
  it('closes when the window is closed', async () => {
    await chat.open();
    server.sendFails = 403;
    await chat.send('hello');
    expect(chat.snapshot().status).toBe('closed');
  });
});

describe('unread', () => {
  it('counts what others write while nobody looks', async () => {
    await chat.open();
    emit('chatMessageReceived', live('1', 'one'));
    emit('chatMessageReceived', live('1', 'one'));
    emit('chatMessageReceived', live('2', 'mine', { sender: me }));
    emit('chatMessageReceived', live('3', 'elsewhere', { threadId: 'other' }));
    expect(chat.snapshot().unread).toBe(1);
    chat.attend(true);
    emit('chatMessageReceived', live('4', 'seen'));
    expect(chat.snapshot().unread).toBe(0);
  });
});

describe('typing', () => {
  it('shows the others, until they write or stop', async () => {
    vi.useFakeTimers();
    await chat.open();
    emit('typingIndicatorReceived', { threadId: 't', sender: ana, senderDisplayName: 'Ana (External)' });
    emit('typingIndicatorReceived', { threadId: 't', sender: me, senderDisplayName: 'Me' });
    expect(chat.snapshot().typing).toEqual(['Ana (External)']);
    vi.advanceTimersByTime(8_001);
    expect(chat.snapshot().typing).toEqual([]);
    emit('typingIndicatorReceived', { threadId: 't', sender: ana, senderDisplayName: 'Ana (External)' });
    emit('chatMessageReceived', live('1', 'done'));
    expect(chat.snapshot().typing).toEqual([]);
    vi.useRealTimers();
  });
  it('is told at most once in five seconds', async () => {
    await chat.open();
    for (let key = 0; key < 20; key += 1) chat.noteTyping();
    expect(server.typing).toBe(1);
  });
});

it('takes edits and deletions', async () => {
  await chat.open();
  emit('chatMessageReceived', live('1', 'one'));
  emit('chatMessageEdited', live('1', 'better'));
  expect(chat.snapshot().items).toMatchObject([{ text: 'better', edited: true }]);
  emit('chatMessageDeleted', live('1', ''));
  expect(chat.snapshot().items).toMatchObject([{ deleted: true }]);
});

it('stops listening when closed', async () => {
  await chat.open();
  chat.close();
  emit('chatMessageReceived', live('1', 'late'));
  expect(texts()).toEqual([]);
});
