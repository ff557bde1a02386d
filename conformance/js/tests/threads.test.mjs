// The official Chat SDK in Node, method by method: threads, messages, participants, receipts and typing, each with what the server
// answers to whoever may not.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ChatClient, ChatThreadClient } from '@azure/communication-chat';
import { AzureCommunicationTokenCredential } from '@azure/communication-common';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { info, refusal } from '../parvis.mjs';

const identity = new CommunicationIdentityClient(info.connection_string);
const credential = ({ token }) => new AzureCommunicationTokenCredential(token);
const chatOf = (person) => new ChatClient(info.endpoint, credential(person));
const threadOf = (person, id) => chatOf(person).getChatThreadClient(id);
const idOf = ({ user }) => user.communicationUserId;
const ids = (people) => people.map(({ id }) => id.communicationUserId).sort();
let anna;
let ben;
let outsider;

before(async () => {
  [anna, ben, outsider] = await Promise.all([1, 2, 3].map(() => identity.createUserAndToken(['chat'])));
});

async function all(iterator) {
  const items = [];
  for await (const item of iterator) items.push(item);
  return items;
}

/** A thread of Anna's with Ben in it. */
async function started(topic = 'Knee', options = {}) {
  const participants = [{ id: ben.user, displayName: 'Ben' }];
  const { chatThread } = await chatOf(anna).createChatThread({ topic }, { participants, ...options });
  return chatThread.id;
}

test('[N2] a thread is made, with who made it and who is in it', async () => {
  const { chatThread, invalidParticipants } = await chatOf(anna).createChatThread({ topic: 'Knee' }, { participants: [{ id: ben.user, displayName: 'Ben' }] });
  assert.match(chatThread.id, /^19:[\w-]+@thread\.v2$/);
  assert.deepEqual([chatThread.topic, chatThread.createdBy.communicationUserId], ['Knee', idOf(anna)]);
  assert.ok(Math.abs(chatThread.createdOn - Date.now()) < 60_000);
  assert.equal(invalidParticipants, undefined);
  const inside = await all(threadOf(ben, chatThread.id).listParticipants());
  assert.deepEqual(ids(inside), [idOf(anna), idOf(ben)].sort());
});

test('[N2] the same idempotency token makes one thread', async () => {
  const idempotencyToken = crypto.randomUUID();
  const first = await started('Once', { idempotencyToken });
  assert.equal(await started('Once', { idempotencyToken }), first);
  assert.notEqual(await started('Once'), first);
});

test('[N2] a thread is made by nobody without the scope, and by no changed token', async () => {
  const joiner = await identity.createUserAndToken(['chat.join']);
  assert.equal((await refusal(chatOf(joiner).createChatThread({ topic: 'Mine' }))).statusCode, 403);
  assert.equal((await refusal(chatOf({ token: `${anna.token}x` }).createChatThread({ topic: 'Mine' }))).statusCode, 401);
});

test('[N2] threads are listed with their topic, page by page', async () => {
  const person = await identity.createUserAndToken(['chat']);
  const made = [];
  for (const topic of ['one', 'two', 'three']) made.push((await chatOf(person).createChatThread({ topic })).chatThread.id);
  const listed = await all(chatOf(person).listChatThreads());
  assert.deepEqual(listed.map(({ id }) => id).sort(), [...made].sort());
  assert.deepEqual(listed.map(({ topic }) => topic).sort(), ['one', 'three', 'two']);
  const pages = await all(chatOf(person).listChatThreads({ maxPageSize: 2 }).byPage());
  assert.deepEqual(pages.map((page) => page.length), [2, 1]);
  const later = await all(chatOf(person).listChatThreads({ startTime: new Date(Date.now() + 3_600_000) }));
  assert.deepEqual(later, []);
  assert.equal((await refusal(chatOf({ token: `${anna.token}x` }).listChatThreads().next())).statusCode, 401);
  assert.equal((await refusal(chatOf({ token: `${anna.token}x` }).listChatThreads().byPage().next())).statusCode, 401);
});

test('[N2] properties are read by who is inside, and by nobody else', async () => {
  const id = await started('Properties');
  const properties = await threadOf(ben, id).getProperties();
  assert.deepEqual([properties.id, properties.topic, properties.createdBy.communicationUserId], [id, 'Properties', idOf(anna)]);
  assert.equal((await refusal(threadOf(outsider, id).getProperties())).statusCode, 403);
});

test('[N2] a new topic is everybody\'s, and a message says so', async () => {
  const id = await started('Old');
  await threadOf(ben, id).updateTopic('New');
  assert.equal((await threadOf(anna, id).getProperties()).topic, 'New');
  const told = (await all(threadOf(anna, id).listMessages())).filter(({ type }) => type === 'topicUpdated');
  assert.deepEqual(told.map(({ content }) => content.topic).sort(), ['New', 'Old']);
  assert.equal(told.find(({ content }) => content.topic === 'New').content.initiator.communicationUserId, idOf(ben));
  assert.equal((await refusal(threadOf(outsider, id).updateTopic('Mine'))).statusCode, 403);
});

if (ChatThreadClient.prototype.updateProperties) {
  test('[N2] metadata and retention are kept, merged and changed', async () => {
    const retentionPolicy = { kind: 'threadCreationDate', deleteThreadAfterDays: 40 };
    const id = await started('Kept', { metadata: { ward: '3', bed: '7' }, retentionPolicy });
    const thread = threadOf(anna, id);
    const before = await thread.getProperties();
    assert.deepEqual([before.metadata, before.retentionPolicy], [{ ward: '3', bed: '7' }, retentionPolicy]);
    await thread.updateProperties({ topic: 'Changed', metadata: { bed: '8', ward: '' }, retentionPolicy: { kind: 'none' } });
    const after = await thread.getProperties();
    assert.deepEqual([after.topic, after.metadata, after.retentionPolicy], ['Changed', { bed: '8' }, { kind: 'none' }]);
    assert.equal((await refusal(thread.updateProperties({ retentionPolicy: { ...retentionPolicy, deleteThreadAfterDays: 29 } }))).statusCode, 400);
    assert.equal((await refusal(threadOf(outsider, id).updateProperties({ topic: 'Mine' }))).statusCode, 403);
  });
}

test('[N2] a deleted thread is gone for everybody', async () => {
  const id = await started('Gone');
  assert.equal((await refusal(chatOf(outsider).deleteChatThread(id))).statusCode, 403);
  await chatOf(anna).deleteChatThread(id);
  assert.ok([403, 404].includes((await refusal(threadOf(ben, id).getProperties())).statusCode));
  assert.ok([403, 404].includes((await refusal(threadOf(ben, id).sendMessage({ content: 'still there?' }))).statusCode));
});

test('[N2] a message is sent and read, text and html', async () => {
  const id = await started();
  const text = await threadOf(anna, id).sendMessage({ content: 'How is the knee? 🦵' }, { senderDisplayName: 'Anna', metadata: { tone: 'kind' } });
  const read = await threadOf(ben, id).getMessage(text.id);
  assert.deepEqual([read.id, read.type, read.content.message], [text.id, 'text', 'How is the knee? 🦵']);
  assert.deepEqual([read.senderDisplayName, read.sender.communicationUserId, read.metadata], ['Anna', idOf(anna), { tone: 'kind' }]);
  assert.ok(Math.abs(read.createdOn - Date.now()) < 60_000);
  const html = await threadOf(ben, id).sendMessage({ content: '<b>better</b><script>alert(1)</script>' }, { type: 'html' });
  const shown = await threadOf(anna, id).getMessage(html.id);
  assert.equal(shown.type, 'html');
  assert.ok(shown.content.message.includes('<b>better</b>') && !shown.content.message.includes('script'), shown.content.message);
  assert.ok(Number(shown.sequenceId) > Number(read.sequenceId));
});

test('[N2] an outsider neither sends nor reads, an unknown message is not found, an empty or endless one is bad', async () => {
  const id = await started();
  const { id: message } = await threadOf(anna, id).sendMessage({ content: 'ours' });
  assert.equal((await refusal(threadOf(outsider, id).sendMessage({ content: 'mine' }))).statusCode, 403);
  assert.equal((await refusal(threadOf(outsider, id).getMessage(message))).statusCode, 403);
  assert.equal((await refusal(threadOf(outsider, id).listMessages().next())).statusCode, 403);
  assert.equal((await refusal(threadOf(outsider, id).listMessages().byPage().next())).statusCode, 403);
  assert.equal((await refusal(threadOf(anna, id).getMessage('1'))).statusCode, 404);
  assert.ok([400, 413].includes((await refusal(threadOf(anna, id).sendMessage({ content: 'x'.repeat(40_000) }))).statusCode));
});

test('[N2] messages are listed newest first, page by page, none lost and none twice', async () => {
  const id = await started('Many');
  const thread = threadOf(anna, id);
  const sent = [];
  for (let number = 0; number < 7; number += 1) sent.push((await thread.sendMessage({ content: `${number}` })).id);
  const listed = await all(thread.listMessages());
  assert.deepEqual(listed.filter(({ type }) => type === 'text').map((message) => message.id), [...sent].reverse());
  const pages = await all(thread.listMessages({ maxPageSize: 3 }).byPage());
  assert.ok(pages.every((page) => page.length <= 3) && pages.length >= 3);
  assert.deepEqual(pages.flat().map((message) => message.id), listed.map((message) => message.id));
});

test('[N2] a message is changed by its sender only, and moves up', async () => {
  const id = await started();
  const thread = threadOf(anna, id);
  const { id: message } = await thread.sendMessage({ content: 'first' }, { metadata: { a: '1', b: '2' } });
  await thread.sendMessage({ content: 'between' });
  const before = await thread.getMessage(message);
  await thread.updateMessage(message, { content: 'second', metadata: { b: '', c: '3' } });
  const after = await thread.getMessage(message);
  assert.deepEqual([after.content.message, after.metadata], ['second', { a: '1', c: '3' }]);
  assert.ok(after.editedOn instanceof Date && Number(after.sequenceId) > Number(before.sequenceId));
  assert.equal((await all(thread.listMessages()))[0].id, message);
  assert.equal((await refusal(threadOf(ben, id).updateMessage(message, { content: 'Ben\'s' }))).statusCode, 403);
  assert.equal((await refusal(thread.updateMessage('1', { content: 'nothing' }))).statusCode, 404);
});

test('[N2] a message is deleted by its sender only, and leaves its place', async () => {
  const id = await started();
  const thread = threadOf(anna, id);
  const { id: message } = await thread.sendMessage({ content: 'a slip' });
  assert.equal((await refusal(threadOf(ben, id).deleteMessage(message))).statusCode, 403);
  await thread.deleteMessage(message);
  const left = (await all(threadOf(ben, id).listMessages())).find((one) => one.id === message);
  assert.ok(left.deletedOn instanceof Date);
  assert.ok(!left.content?.message);
});

test('[N2] who is added reads from the moment that is shared', async () => {
  const id = await started();
  const thread = threadOf(anna, id);
  await thread.sendMessage({ content: 'before' });
  const person = await identity.createUserAndToken(['chat']);
  const added = await thread.addParticipants({ participants: [{ id: person.user, displayName: 'Cleo', shareHistoryTime: new Date(Date.now() + 1_000) }] });
  assert.equal(added.invalidParticipants, undefined);
  const texts = (await all(threadOf(person, id).listMessages())).filter(({ type }) => type === 'text');
  assert.deepEqual(texts, []);
  const inside = await all(thread.listParticipants());
  assert.deepEqual(ids(inside), [idOf(anna), idOf(ben), idOf(person)].sort());
  assert.equal(inside.find((one) => one.id.communicationUserId === idOf(person)).displayName, 'Cleo');
  const pages = await all(thread.listParticipants({ maxPageSize: 2 }).byPage());
  assert.deepEqual(pages.map((page) => page.length), [2, 1]);
  assert.equal((await refusal(threadOf(outsider, id).listParticipants().next())).statusCode, 403);
  assert.equal((await refusal(threadOf(outsider, id).listParticipants().byPage().next())).statusCode, 403);
  assert.equal((await refusal(threadOf(outsider, id).addParticipants({ participants: [{ id: outsider.user }] }))).statusCode, 403);
});

test('[N2] whoever cannot be added is named', async () => {
  const id = await started();
  const stranger = { communicationUserId: '8:acs:00000000-0000-4000-8000-000000000001_00000000-0000-4000-8000-000000000002' };
  const person = await identity.createUser();
  const added = await threadOf(anna, id).addParticipants({ participants: [{ id: stranger }, { id: person }] });
  assert.deepEqual(added.invalidParticipants.map(({ target }) => target), [stranger.communicationUserId]);
  assert.ok(ids(await all(threadOf(anna, id).listParticipants())).includes(person.communicationUserId));
});

test('[N2] whoever is removed is out', async () => {
  const id = await started();
  assert.equal((await refusal(threadOf(outsider, id).removeParticipant(ben.user))).statusCode, 403);
  await threadOf(anna, id).removeParticipant(ben.user);
  assert.deepEqual(ids(await all(threadOf(anna, id).listParticipants())), [idOf(anna)]);
  assert.equal((await refusal(threadOf(ben, id).sendMessage({ content: 'let me in' }))).statusCode, 403);
});

test('[N2] a read receipt is everybody\'s to see', async () => {
  const id = await started();
  const { id: message } = await threadOf(anna, id).sendMessage({ content: 'read me' });
  await threadOf(ben, id).sendReadReceipt({ chatMessageId: message });
  const receipts = await all(threadOf(anna, id).listReadReceipts());
  assert.deepEqual(receipts.map((one) => [one.sender.communicationUserId, one.chatMessageId]), [[idOf(ben), message]]);
  assert.ok(receipts[0].readOn instanceof Date);
  const pages = await all(threadOf(anna, id).listReadReceipts({ maxPageSize: 1 }).byPage());
  assert.deepEqual(pages.flat().map((one) => one.chatMessageId), [message]);
  assert.equal((await refusal(threadOf(outsider, id).sendReadReceipt({ chatMessageId: message }))).statusCode, 403);
  assert.equal((await refusal(threadOf(outsider, id).listReadReceipts().next())).statusCode, 403);
  assert.equal((await refusal(threadOf(outsider, id).listReadReceipts().byPage().next())).statusCode, 403);
});

test('[N2] typing is taken from who is inside', async () => {
  const id = await started();
  const thread = threadOf(ben, id);
  assert.equal(await thread.sendTypingNotification({ senderDisplayName: 'Ben' }), true);
  assert.equal(await thread.sendTypingNotification(), false, 'the client itself holds back the second');
  assert.equal((await refusal(threadOf(outsider, id).sendTypingNotification())).statusCode, 403);
});

test('[N2] a thread\'s client can be made by itself', async () => {
  const id = await started('Alone');
  const thread = new ChatThreadClient(info.endpoint, id, credential(anna));
  assert.equal((await thread.getProperties()).topic, 'Alone');
  assert.equal(thread.threadId, id);
});

test('[N2][B2] each scope gives its rights and no more', async () => {
  const id = await started('Scopes');
  const people = { 'chat.join': await identity.createUserAndToken(['chat.join']), 'chat.join.limited': await identity.createUserAndToken(['chat.join.limited']) };
  await threadOf(anna, id).addParticipants({ participants: Object.values(people).map(({ user }) => ({ id: user })) });
  for (const [scope, person] of Object.entries(people)) {
    const thread = threadOf(person, id);
    const { id: message } = await thread.sendMessage({ content: scope });
    assert.equal((await thread.getMessage(message)).content.message, scope);
    assert.equal((await refusal(thread.updateTopic('Mine'))).statusCode, 403, scope);
    assert.equal((await refusal(chatOf(person).deleteChatThread(id))).statusCode, 403, scope);
  }
  const addition = { participants: [{ id: outsider.user }] };
  assert.equal((await refusal(threadOf(people['chat.join.limited'], id).addParticipants(addition))).statusCode, 403);
  assert.equal((await threadOf(people['chat.join'], id).addParticipants(addition)).invalidParticipants, undefined);
});

test('[N2] 28 KB of content are taken, and a byte more is not', async () => {
  const thread = threadOf(anna, await started('Long'));
  const longest = 'x'.repeat(28 * 1_024);
  const { id: message } = await thread.sendMessage({ content: longest });
  assert.equal((await thread.getMessage(message)).content.message.length, longest.length);
  assert.equal((await refusal(thread.sendMessage({ content: `${longest}x` }))).statusCode, 400);
});

test('[N2][N3] an identity that is deleted takes its messages along', async () => {
  const person = await identity.createUserAndToken(['chat']);
  const id = await started('Erased');
  await threadOf(anna, id).addParticipants({ participants: [{ id: person.user }] });
  const { id: message } = await threadOf(person, id).sendMessage({ content: 'my secret' });
  await identity.deleteUser(person.user);
  assert.equal((await refusal(threadOf(person, id).getProperties())).statusCode, 401);
  const left = (await all(threadOf(anna, id).listMessages())).find((one) => one.id === message);
  assert.ok(!left?.content?.message, 'nothing of it can be read');
});
