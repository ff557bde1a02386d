// The official Chat SDK: a meeting's thread is shut to whoever was not admitted, whatever is tried.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ChatClient } from '@azure/communication-chat';
import { AzureCommunicationTokenCredential } from '@azure/communication-common';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { info, openIdClient, refusal, signIn } from '../parvis.mjs';

const identity = new CommunicationIdentityClient(info.connection_string);
const [meeting] = info.meetings;
const chatOf = (token) => new ChatClient(info.endpoint, new AzureCommunicationTokenCredential(token));
let guest;

before(async () => {
  guest = await identity.createUserAndToken(['chat', 'voip']);
});

test('[G2][N2] before admission the thread neither reads nor writes nor tells', async () => {
  const thread = chatOf(guest.token).getChatThreadClient(meeting.thread_id);
  const attempts = {
    list: () => thread.listMessages().next(),
    send: () => thread.sendMessage({ content: 'hello' }),
    participants: () => thread.listParticipants().next(),
    properties: () => thread.getProperties(),
    typing: () => thread.sendTypingNotification(),
    read: () => thread.sendReadReceipt({ chatMessageId: '1' }),
    one: () => thread.getMessage('1'),
    edit: () => thread.updateMessage('1', { content: 'x' }),
    erase: () => thread.deleteMessage('1'),
    rename: () => thread.updateTopic('mine'),
    enter: () => thread.addParticipants({ participants: [{ id: guest.user }] }),
    leave: () => thread.removeParticipant(guest.user),
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    assert.equal((await refusal(attempt())).statusCode, 403, name);
  }
  assert.equal((await refusal(chatOf(guest.token).deleteChatThread(meeting.thread_id))).statusCode, 403);
  const mine = await chatOf(guest.token).listChatThreads().next();
  assert.equal(mine.done, true, 'the meeting is not among the guest\'s threads');
});

test('[G2] an unknown thread answers like a foreign one', async () => {
  const unknown = meeting.thread_id.replace(/meeting_.{6}/, 'meeting_AAAAAA');
  const thread = chatOf(guest.token).getChatThreadClient(unknown);
  assert.ok([403, 404].includes((await refusal(thread.listMessages().next())).statusCode));
});

test('[G5] a member\'s exchanged token gives no Chat SDK access', async () => {
  const [member] = info.members;
  const { accessToken } = await signIn(openIdClient(), member);
  const asked = { teamsUserAadToken: accessToken, clientId: info.client_id, userObjectId: member.oid };
  const { token } = await identity.getTokenForTeamsUser(asked);
  const thread = chatOf(token).getChatThreadClient(meeting.thread_id);
  assert.equal((await refusal(thread.listMessages().next())).statusCode, 403);
  assert.equal((await refusal(thread.sendMessage({ content: 'x' }))).statusCode, 403);
});
