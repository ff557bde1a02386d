// A builder's page with the chat package and nothing else: it notes every event as it comes, with its fields, and hands its verbs to
// the test as `window.chat`.
import { ChatClient } from '@azure/communication-chat';
import { AzureCommunicationTokenCredential } from '@azure/communication-common';

const EVENTS = [
  'chatMessageReceived', 'chatMessageEdited', 'chatMessageDeleted', 'typingIndicatorReceived', 'readReceiptReceived',
  'chatThreadCreated', 'chatThreadDeleted', 'chatThreadPropertiesUpdated', 'participantsAdded', 'participantsRemoved',
];
const heard = [];
const states = [];
let client;

window.chat = {
  /** `renews`: the app hands out a new token whenever the package asks for one. */
  async start({ endpoint, token, renews = false }) {
    const tokenRefresher = () => window.nextToken();
    const credential = new AzureCommunicationTokenCredential(renews ? { token, tokenRefresher } : token);
    client = new ChatClient(endpoint, credential);
    client.on('realTimeNotificationConnected', () => states.push('connected'));
    client.on('realTimeNotificationDisconnected', () => states.push('disconnected'));
    await client.startRealtimeNotifications();
    for (const event of EVENTS) client.on(event, (told) => heard.push({ event, told: JSON.parse(JSON.stringify(told)) }));
  },
  create: (topic, options) => client.createChatThread({ topic }, options).then(({ chatThread }) => chatThread.id),
  remove: (id) => client.deleteChatThread(id),
  /** One method of the client of a thread. */
  on: (id, method, argument, options) => client.getChatThreadClient(id)[method](argument, options),
  stop: () => client.stopRealtimeNotifications(),
  heard: () => heard,
  states: () => states,
};
