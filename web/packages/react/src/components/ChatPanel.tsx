// The conversation beside the stage.
import { type FormEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { type Conversation, TEXT_BYTES_MAX } from '../chat/conversation';
import { type ChatItem, startsBlock, typingSentence } from '../chat/timeline';
import { useStore } from '../useStore';
import { Icon } from './Icon';

export function ChatPanel({ conversation }: { conversation: Conversation }): JSX.Element {
  const { status, items, typing, live } = useStore(conversation);
  useEffect(() => {
    conversation.attend(true);
    return () => conversation.attend(false);
  }, [conversation]);
  return (
    <div className="chat">
      <Messages items={items} status={status} onRetry={(item) => void conversation.send(item.text, item.key)} />
      <p className="chat-typing" aria-live="off">
        {typing.length > 0 ? typingSentence(typing) : !live && status === 'open' ? 'Connecting to live messages…' : ''}
      </p>
      {status === 'closed' ? <p className="chat-closed">Chat is not available to you now.</p> : <Composer conversation={conversation} />}
    </div>
  );
}

function Messages({ items, status, onRetry }: { items: ChatItem[]; status: string; onRetry: (item: ChatItem) => void }): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const count = items.length;
  useLayoutEffect(() => {
    // Follows the newest message, unless the person has scrolled back to read.
    if (atEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [count]);
  const noteScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = list.current as HTMLDivElement;
    atEnd.current = scrollHeight - scrollTop - clientHeight < 60;
  };
  return (
    <div ref={list} className="chat-list" role="log" aria-label="Messages" tabIndex={0} onScroll={noteScroll} data-testid="chat-list">
      {count === 0 && status === 'opening' && <p className="chat-hint">Opening the chat…</p>}
      {count === 0 && status === 'open' && <p className="chat-hint">No messages yet. Say hello.</p>}
      {count === 0 && status === 'failed' && <p className="chat-hint">The chat could not be opened.</p>}
      {items.map((item, index) => (
        <Message key={item.key} item={item} starts={startsBlock(items[index - 1], item)} onRetry={() => onRetry(item)} />
      ))}
    </div>
  );
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });

function Message({ item, starts, onRetry }: { item: ChatItem; starts: boolean; onRetry: () => void }): JSX.Element {
  if (item.kind === 'system') return <p className="chat-system">{item.text}</p>;
  return (
    <div className={item.mine ? 'message message-mine' : 'message'} data-testid="chat-message">
      {starts && (
        <p className="message-head">
          <span className="message-sender">{item.mine ? 'You' : item.senderName}</span>
          <time dateTime={new Date(item.sentOn).toISOString()}>{TIME.format(item.sentOn)}</time>
        </p>
      )}
      <div className={item.deleted ? 'bubble bubble-deleted' : 'bubble'}>{item.deleted ? 'This message was deleted' : item.text}</div>
      {item.edited && !item.deleted && <span className="message-note">edited</span>}
      {item.state === 'sending' && <span className="message-note">sending…</span>}
      {item.state === 'failed' && (
        <button type="button" className="message-retry" onClick={onRetry}>
          Not sent. Try again
        </button>
      )}
    </div>
  );
}

function Composer({ conversation }: { conversation: Conversation }): JSX.Element {
  const [text, setText] = useState('');
  const tooLong = new TextEncoder().encode(text).length > TEXT_BYTES_MAX;
  const ready = text.trim() !== '' && !tooLong;
  const send = (event?: FormEvent): void => {
    event?.preventDefault();
    if (!ready) return;
    void conversation.send(text.trim());
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    }
  };
  return (
    <form className="composer" onSubmit={send}>
      <textarea
        aria-label="Message"
        placeholder="Write a message"
        rows={1}
        value={text}
        aria-invalid={tooLong}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setText(event.target.value);
          if (event.target.value) conversation.noteTyping();
        }}
        data-testid="chat-input"
      />
      <button type="submit" className="button-round" aria-label="Send" disabled={!ready} data-testid="chat-send">
        <Icon name="send" />
      </button>
      {tooLong && (
        <p className="field-fault" role="alert">
          This message is too long to send.
        </p>
      )}
    </form>
  );
}
