// The browser build of the Chat SDK in Chromium: every event of `on`, and that `off` and `stop` end them. The actor acts with the
// Node build; whoever listens is in the browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ChatClient } from '@azure/communication-chat';
import { AzureCommunicationTokenCredential } from '@azure/communication-common';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { Browser } from '../browser.mjs';
import { info } from '../parvis.mjs';

const identity = new CommunicationIdentityClient(info.connection_string);
const chatOf = (token) => new ChatClient(info.endpoint, new AzureCommunicationTokenCredential(token));
const EVENTS = [
  'chatMessageReceived', 'chatMessageEdited', 'chatMessageDeleted', 'typingIndicatorReceived', 'readReceiptReceived',
  'chatThreadCreated', 'chatThreadDeleted', 'chatThreadPropertiesUpdated', 'participantsAdded', 'participantsRemoved',
];
let browser;
let actor;
let listener;
let chat;

before(async () => {
  browser = await Browser.start();
  actor = await identity.createUserAndToken(['chat']);
  listener = await identity.createUserAndToken(['chat']);
  chat = chatOf(actor.token);
});
after(() => browser?.close());

/** A page of the listener's, connected, its events kept in `window.heard`. */
async function listening() {
  const page = await browser.open();
  await connect(page, listener);
  return page;
}

async function connect(page, { token }) {
  await page.evaluate(listen, { endpoint: info.endpoint, token, events: EVENTS });
  await page.waitForFunction(() => window.connected === true);
}

/** In the page. */
async function listen({ endpoint, token, events }) {
  window.heard = [];
  window.connected = false;
  const client = new window.sdk.chat.ChatClient(endpoint, new window.sdk.common.AzureCommunicationTokenCredential(token));
  client.on('realTimeNotificationConnected', () => { window.connected = true; });
  client.on('realTimeNotificationDisconnected', () => { window.connected = false; });
  await client.startRealtimeNotifications();
  window.listeners = new Map(events.map((event) => [event, (told) => window.heard.push({ event, told })]));
  for (const [event, on] of window.listeners) client.on(event, on);
  window.client = client;
}

/** The first event of that name that the page heard from now or before. */
async function heard(page, event) {
  const found = await page.waitForFunction((name) => window.heard.find((one) => one.event === name), event);
  return (await found.jsonValue()).told;
}

const people = () => [{ id: listener.user, displayName: 'Listener' }];

async function threadWith(topic) {
  const { chatThread } = await chat.createChatThread({ topic }, { participants: people() });
  return chat.getChatThreadClient(chatThread.id);
}

test('[N2] a thread is made, changed and deleted, and the browser is told', async () => {
  const page = await listening();
  const thread = await threadWith('Before');
  const created = await heard(page, 'chatThreadCreated');
  assert.deepEqual([created.threadId, created.properties.topic], [thread.threadId, 'Before']);
  assert.equal(created.createdBy.id.communicationUserId, actor.user.communicationUserId);
  const ids = created.participants.map(({ id }) => id.communicationUserId).sort();
  assert.deepEqual(ids, [actor, listener].map(({ user }) => user.communicationUserId).sort());
  await thread.updateTopic('After 100% of it');
  const updated = await heard(page, 'chatThreadPropertiesUpdated');
  assert.deepEqual([updated.threadId, updated.properties.topic], [thread.threadId, 'After 100% of it']);
  await chat.deleteChatThread(thread.threadId);
  const deleted = await heard(page, 'chatThreadDeleted');
  assert.deepEqual([deleted.threadId, deleted.deletedBy.id.communicationUserId], [thread.threadId, actor.user.communicationUserId]);
  await page.close();
});

test('[N2] a message is sent, edited and deleted, and the browser is told', async () => {
  const page = await listening();
  const thread = await threadWith('Messages');
  const { id } = await thread.sendMessage({ content: 'héllo 100% <b>' }, { senderDisplayName: 'Actor', metadata: { colour: 'grün' } });
  const received = await heard(page, 'chatMessageReceived');
  assert.deepEqual([received.threadId, received.id, received.message, received.type], [thread.threadId, id, 'héllo 100% <b>', 'Text']);
  assert.deepEqual([received.senderDisplayName, received.metadata], ['Actor', { colour: 'grün' }]);
  assert.equal(received.sender.communicationUserId, actor.user.communicationUserId);
  await thread.updateMessage(id, { content: 'second' });
  const edited = await heard(page, 'chatMessageEdited');
  assert.deepEqual([edited.id, edited.message, typeof edited.editedOn], [id, 'second', 'object']);
  await thread.deleteMessage(id);
  const deleted = await heard(page, 'chatMessageDeleted');
  assert.deepEqual([deleted.id, deleted.threadId], [id, thread.threadId]);
  await page.close();
});

test('[N2] typing and reading are told', async () => {
  const page = await listening();
  const thread = await threadWith('Signals');
  await thread.sendTypingNotification({ senderDisplayName: 'Actor' });
  const typing = await heard(page, 'typingIndicatorReceived');
  assert.deepEqual([typing.threadId, typing.senderDisplayName], [thread.threadId, 'Actor']);
  const sent = await chatOf(listener.token).getChatThreadClient(thread.threadId).sendMessage({ content: 'read me' });
  await thread.sendReadReceipt({ chatMessageId: sent.id });
  const read = await heard(page, 'readReceiptReceived');
  assert.deepEqual([read.threadId, read.chatMessageId], [thread.threadId, sent.id]);
  assert.equal(read.sender.communicationUserId, actor.user.communicationUserId);
  await page.close();
});

test('[N2] who enters and who leaves is told', async () => {
  const page = await listening();
  const thread = await threadWith('People');
  const third = await identity.createUser();
  await thread.addParticipants({ participants: [{ id: third, displayName: 'Third' }] });
  const added = await heard(page, 'participantsAdded');
  assert.deepEqual(added.participantsAdded.map(({ displayName }) => displayName), ['Third']);
  assert.equal(added.addedBy.id.communicationUserId, actor.user.communicationUserId);
  await thread.removeParticipant(third);
  const removed = await heard(page, 'participantsRemoved');
  assert.equal(removed.participantsRemoved[0].id.communicationUserId, third.communicationUserId);
  await page.close();
});

test('[N2] nothing is told after off, and after stop', async () => {
  const page = await listening();
  await page.evaluate(() => {
    for (const [event, listener] of window.listeners) window.client.off(event, listener);
  });
  const thread = await threadWith('Silence');
  const marker = await listening();
  await thread.sendMessage({ content: 'unheard' });
  await heard(marker, 'chatMessageReceived');
  assert.deepEqual(await page.evaluate(() => window.heard), []);
  await marker.evaluate(async () => {
    await window.client.stopRealtimeNotifications();
    window.heard.length = 0;
  });
  const witness = await listening();
  await thread.sendMessage({ content: 'after stop' });
  await heard(witness, 'chatMessageReceived');
  assert.deepEqual(await marker.evaluate(() => window.heard), []);
  await marker.close();
  await witness.close();
  await page.close();
});

test('[N2] a lost connection is told, comes back by itself, and brings the next event', async () => {
  const page = await browser.open();
  const sockets = [];
  await page.routeWebSocket(/socket\.io/, (socket) => {
    socket.connectToServer();
    sockets.push(socket);
  });
  await connect(page, listener);
  await page.context().setOffline(true);
  await sockets[0].close();
  await page.waitForFunction(() => window.connected === false);
  await page.context().setOffline(false);
  await page.waitForFunction(() => window.connected === true);
  const thread = await threadWith('Back');
  assert.equal((await heard(page, 'chatThreadCreated')).threadId, thread.threadId);
  await page.close();
});

test('[N2] a revoked token connects nobody', async () => {
  const gone = await identity.createUserAndToken(['chat']);
  await identity.revokeTokens(gone.user);
  const page = await browser.open();
  const refused = await page.evaluate(async ({ endpoint, token }) => {
    const client = new window.sdk.chat.ChatClient(endpoint, new window.sdk.common.AzureCommunicationTokenCredential(token));
    return client.startRealtimeNotifications().then(() => undefined, (error) => error.message);
  }, { endpoint: info.endpoint, token: gone.token });
  assert.match(refused, /Status: 401/);
  await page.close();
});
