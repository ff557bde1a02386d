// The unmodified chat package in a real browser: every event with every field, on both sides and in every tab; cut sockets, ended
// tokens, a server that is killed in between.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { until } from '../harness/browser.mjs';
import { Chatter } from '../harness/chatter.mjs';
import { Stage } from '../harness/stage.mjs';
import { asResource, newGuest, sendMessage } from '../harness/wire.mjs';
import { serveChatPage } from '../pages/chat/build.mjs';

const stage = new Stage('realtime');
let site;
let person;
before(async () => {
  site = await serveChatPage();
});
after(() => site.close());

/** Somebody new, and a tab of theirs. */
async function chatter(more = {}) {
  person ??= await stage.person('chatters');
  const guest = more.guest ?? (await newGuest(stage.demo, ['chat']));
  const tab = await Chatter.open(person, site, { endpoint: stage.demo.info.endpoint, token: guest.token, renews: more.renews });
  return { guest, tab };
}

const revoke = (guest) => asResource(stage.demo, 'POST', `/identities/${encodeURIComponent(guest.id)}/:revokeAccessTokens`);
const newToken = async (guest) => {
  const body = { scopes: ['chat'], expiresInMinutes: 1_440 };
  return (await asResource(stage.demo, 'POST', `/identities/${encodeURIComponent(guest.id)}/:issueAccessToken`, body)).json().token;
};
const kind = (guest) => ({ kind: 'communicationUser', communicationUserId: guest.id });
const participant = (guest, displayName) => ({ id: { communicationUserId: guest.id }, displayName });
const isRecent = (text) => Math.abs(Date.now() - Date.parse(text)) < 120_000;

/** Takes a moment out of an event after looking at it. */
function moment(told, field) {
  const { [field]: at, ...rest } = told;
  assert.ok(isRecent(at), `${field} is ${at}`);
  return rest;
}

/** Takes the version out of an event after looking at it. */
function versioned(told) {
  const { version, ...rest } = told;
  assert.match(version, /^\d{13}$/);
  return rest;
}

stage.scenario('[N2] all ten events, field by field, for both', async () => {
  const [{ guest: ana, tab: anas }, { guest: ben, tab: bens }] = [await chatter(), await chatter()];
  const both = [[ana, anas], [ben, bens]];
  const metadata = { colour: '50% "grün"' };
  const people = [{ ...participant(ben, 'Ben 100%'), metadata: { seat: '7' } }];
  const retentionPolicy = { kind: 'threadCreationDate', deleteThreadAfterDays: 60 };
  const id = await anas.do('create', 'Lünch 50%', { participants: people, metadata, retentionPolicy });
  const everything = '1970-01-01T00:00:00.000Z';
  const anaThere = { id: kind(ana), metadata: {}, shareHistoryTime: everything };
  const benThere = { id: kind(ben), displayName: 'Ben 100%', metadata: { seat: '7' }, shareHistoryTime: everything };
  for (const [, tab] of both) {
    const told = moment(versioned(await tab.heard('chatThreadCreated')), 'createdOn');
    const properties = { topic: 'Lünch 50%', metadata };
    assert.deepEqual(told, { threadId: id, createdBy: anaThere, participants: [anaThere, benThere], properties, retentionPolicy });
  }

  const { id: message } = await anas.do('on', id, 'sendMessage', { content: 'a % b <c> "d"' }, { senderDisplayName: 'Ana', metadata: { k: 'v' } });
  const common = (guest) => ({ threadId: id, sender: kind(ana), senderDisplayName: 'Ana', recipient: kind(guest), id: message });
  for (const [guest, tab] of both) {
    const { version, ...told } = moment(await tab.heard('chatMessageReceived'), 'createdOn');
    assert.equal(version, message);
    assert.deepEqual(told, { ...common(guest), type: 'Text', message: 'a % b <c> "d"', metadata: { k: 'v' }, attachments: [] });
  }
  await anas.do('on', id, 'updateMessage', message, { content: 'edited', metadata: { k: '', n: '1' } });
  for (const [guest, tab] of both) {
    const told = moment(moment(await tab.heard('chatMessageEdited'), 'createdOn'), 'editedOn');
    assert.ok(Number(told.version) > Number(message));
    assert.deepEqual(versioned(told), { ...common(guest), type: 'Text', message: 'edited', metadata: { n: '1' }, attachments: [] });
  }
  await anas.do('on', id, 'sendTypingNotification', { senderDisplayName: 'Ana' });
  for (const [guest, tab] of both) {
    const told = moment(versioned(await tab.heard('typingIndicatorReceived')), 'receivedOn');
    assert.deepEqual(told, { threadId: id, sender: kind(ana), senderDisplayName: 'Ana', recipient: kind(guest) });
  }
  await bens.do('on', id, 'sendReadReceipt', { chatMessageId: message });
  for (const [guest, tab] of both) {
    const told = moment(await tab.heard('readReceiptReceived'), 'readOn');
    assert.deepEqual(told, { threadId: id, sender: kind(ben), senderDisplayName: '', recipient: kind(guest), chatMessageId: message });
  }
  await anas.do('on', id, 'deleteMessage', message);
  for (const [guest, tab] of both) {
    const told = moment(moment(versioned(await tab.heard('chatMessageDeleted')), 'createdOn'), 'deletedOn');
    assert.deepEqual(told, { ...common(guest), type: 'Text' });
  }
  await bens.do('on', id, 'updateProperties', { topic: 'Dinner', metadata: { colour: '', size: '2' }, retentionPolicy: { kind: 'none' } });
  for (const [, tab] of both) {
    const told = moment(versioned(await tab.heard('chatThreadPropertiesUpdated')), 'updatedOn');
    const properties = { topic: 'Dinner', metadata: { size: '2' } };
    assert.deepEqual(told, { threadId: id, updatedBy: benThere, properties, retentionPolicy: { kind: 'none' } });
  }
  const cem = await newGuest(stage.demo, ['chat']);
  const shareHistoryTime = new Date(Date.now() - 1_000).toISOString();
  await anas.page.evaluate(([thread, who, from]) => window.chat.on(thread, 'addParticipants', {
    participants: [{ ...who, shareHistoryTime: new Date(from) }],
  }), [id, participant(cem, 'Cem'), shareHistoryTime]);
  const cemThere = { id: kind(cem), displayName: 'Cem', metadata: {}, shareHistoryTime };
  for (const [, tab] of both) {
    const told = moment(versioned(await tab.heard('participantsAdded')), 'addedOn');
    assert.deepEqual(told, { threadId: id, addedBy: anaThere, participantsAdded: [cemThere] });
  }
  await anas.do('on', id, 'removeParticipant', { communicationUserId: cem.id });
  for (const [, tab] of both) {
    const told = moment(versioned(await tab.heard('participantsRemoved')), 'removedOn');
    assert.deepEqual(told, { threadId: id, removedBy: anaThere, participantsRemoved: [cemThere] });
  }
  await bens.do('remove', id);
  for (const [, tab] of both) {
    const told = moment(versioned(await tab.heard('chatThreadDeleted')), 'deletedOn');
    assert.deepEqual(told, { threadId: id, deletedBy: benThere, reason: 'deletedByUser' });
    assert.equal((await tab.do('heard')).length, 10, 'each once');
    assert.equal(tab.losses(), 0);
  }
});

stage.scenario('[N2] each tab of one person hears each message once and in order', async () => {
  const { guest, tab: first } = await chatter();
  const tabs = [first, (await chatter({ guest })).tab, (await chatter({ guest })).tab];
  const thread = await first.do('create', 'Tabs', {});
  const wanted = Array.from({ length: 20 }, (_, n) => String(n));
  for (const text of wanted) await sendMessage(stage.demo, guest.token, thread, text);
  for (const tab of tabs) {
    await until('the last message', 10_000, async () => (await tab.texts(thread)).includes('19'), () => tab.texts(thread));
    assert.deepEqual(await tab.texts(thread), wanted);
  }
  await tabs[1].do('stop');
  await sendMessage(stage.demo, guest.token, thread, 'after');
  await until('the others go on', 10_000, async () => (await tabs[2].texts(thread)).includes('after'));
  assert.deepEqual(await tabs[1].texts(thread), wanted, 'who stopped hears nothing more');
});

stage.scenario('[N2] after a cut the package connects again and hears what was said meanwhile, once', async () => {
  const { guest, tab } = await chatter();
  const thread = await tab.do('create', 'Cut', {});
  await sendMessage(stage.demo, guest.token, thread, 'before');
  await tab.heard('chatMessageReceived', ({ message }) => message === 'before');
  await tab.cut();
  await sendMessage(stage.demo, guest.token, thread, 'meanwhile');
  await tab.mend();
  await sendMessage(stage.demo, guest.token, thread, 'after');
  await until('all three', 10_000, async () => (await tab.texts(thread)).length === 3, () => tab.texts(thread));
  assert.deepEqual(await tab.texts(thread), ['before', 'meanwhile', 'after']);
  assert.deepEqual(await tab.do('states'), ['connected', 'disconnected', 'connected']);
  assert.equal(tab.losses(), 0, 'nothing was lost, so nothing has to be read again');
});

stage.scenario('[N2] a revoked token disconnects; without a new one for good, with one the package comes back', async () => {
  const lost = await chatter();
  await revoke(lost.guest);
  await lost.tab.inState('disconnected', 15_000);
  const renewing = await newGuest(stage.demo, ['chat']);
  const { tab } = await chatter({ guest: renewing, renews: () => newToken(renewing) });
  // The first token, of an hour, is over as the page's clock has it: the package asks for another when it needs one.
  await tab.page.clock.setSystemTime(Date.now() + 61 * 60_000);
  await revoke(renewing);
  await until('it was sent away', 15_000, async () => (await tab.do('states')).includes('disconnected'));
  await tab.inState('connected');
  const thread = await tab.do('create', 'Renewed', {});
  await sendMessage(stage.demo, await newToken(renewing), thread, 'again');
  await tab.heard('chatMessageReceived', ({ message }) => message === 'again');
  assert.equal(await tab.losses(), 1, 'what was told between the tokens is not known');
  assert.deepEqual((await lost.tab.do('states')).at(-1), 'disconnected');
});

stage.scenario('[N2] a server that is killed and started again is found again, and the gap is told', async (t) => {
  const { guest, tab } = await chatter();
  const thread = await tab.do('create', 'Restart', {});
  await stage.demo.kill();
  await tab.inState('disconnected');
  await stage.demo.restart();
  const begun = performance.now();
  await tab.inState('connected');
  t.diagnostic(`measure: chat socket back after a restart ${Math.round(performance.now() - begun)} ms`);
  await sendMessage(stage.demo, guest.token, thread, 'back');
  await tab.heard('chatMessageReceived', ({ message }) => message === 'back');
  assert.equal(tab.losses(), 1);
});
