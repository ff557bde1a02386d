// A builder's page with nothing of ours in it but SDK objects: it draws its own state, lobby, roster and pictures, and hands
// its verbs to the test as `window.own`.
import { CallClient, Features, LocalVideoStream, VideoStreamRenderer } from '@parvis/calling';
import { ChatClient } from '@azure/communication-chat';
import { AzureCommunicationTokenCredential, createIdentifierFromRawId, getIdentifierRawId } from '@azure/communication-common';

const element = (id) => document.getElementById(id);
let call;
let agent;
const views = new Map();
let thread;
const heard = [];

function draw() {
  element('state').textContent = call.state;
  const end = call.callEndReason;
  element('end').textContent = end ? `${end.code}/${end.subCode}` : '';
  list('lobby', call.lobby?.participants ?? []);
  list('roster', call.remoteParticipants);
  for (const person of call.remoteParticipants) for (const stream of person.videoStreams) void picture(stream);
}

function list(id, people) {
  element(id).replaceChildren(...people.map((person) => {
    const row = document.createElement('li');
    row.textContent = `${person.displayName ?? ''}${person.isMuted ? ', muted' : ''}`;
    row.dataset.id = getIdentifierRawId(person.identifier);
    return row;
  }));
}

async function picture(stream) {
  if (!stream.isAvailable || views.has(stream)) {
    if (!stream.isAvailable) dismiss(stream);
    return;
  }
  const renderer = new VideoStreamRenderer(stream);
  views.set(stream, renderer);
  const view = await renderer.createView();
  element('pictures').append(view.target);
}

function dismiss(stream) {
  views.get(stream)?.dispose();
  views.delete(stream);
}

function follow() {
  for (const event of ['stateChanged', 'roleChanged', 'isMutedChanged']) call.on(event, draw);
  call.lobby?.on('lobbyParticipantsUpdated', draw);
  const watch = (person) => {
    for (const event of ['stateChanged', 'isMutedChanged', 'displayNameChanged']) person.on(event, draw);
    const streams = (added) => added.forEach((stream) => stream.on('isAvailableChanged', draw));
    streams(person.videoStreams);
    person.on('videoStreamsUpdated', ({ added, removed }) => {
      streams(added);
      removed.forEach(dismiss);
      draw();
    });
  };
  call.remoteParticipants.forEach(watch);
  call.on('remoteParticipantsUpdated', ({ added }) => {
    added.forEach(watch);
    draw();
  });
  draw();
}

const found = (people, id) => people.find((person) => getIdentifierRawId(person.identifier) === id)?.identifier;
/** An outcome that crosses into the test: what the promise gave, or the codes of its refusal. */
/** What the call's features told, in order. */
const told = [];
const plain = (value) => JSON.parse(JSON.stringify(value ?? null, (_key, inner) => (inner instanceof Uint8Array ? [...inner] : inner)));
let channel;
const outcome = (promise) => promise.then(
  (value) => ({ ok: true, value: value ?? null }),
  (error) => ({ ok: false, code: error.code, subCode: error.subCode, name: error.name, message: String(error.message) }),
);

let options = {};
/** Rings as they came; the states that the latest call went through. */
const rings = [];
let states = [];

/** An agent of an external user, or of a member when `member` is set, with what its calls send. */
async function makeAgent({ token, name, member = false, camera = true }) {
  const client = new CallClient();
  const devices = await client.getDeviceManager();
  await devices.askDevicePermission({ audio: true, video: true });
  const [device] = await devices.getCameras();
  const credential = new AzureCommunicationTokenCredential(token);
  agent = member ? await client.createTeamsCallAgent(credential) : await client.createCallAgent(credential, { displayName: name });
  options = { videoOptions: { localVideoStreams: camera && device ? [new LocalVideoStream(device)] : undefined } };
}

function take(placed) {
  call = placed;
  states = [call.state];
  call.on('stateChanged', () => states.push(call.state));
  follow();
}

window.own = {
  async join({ locator, ...who }) {
    await makeAgent(who);
    take(agent.join(locator, options));
  },
  /** Can be rung from now on. */
  async listen(who) {
    await makeAgent(who);
    agent.on('incomingCall', ({ incomingCall }) => {
      const ring = { incomingCall, end: null };
      rings.push(ring);
      incomingCall.on('callEnded', ({ callEndReason: { code, subCode } }) => { ring.end = `${code}/${subCode}`; });
    });
  },
  rings: () => rings.map(({ incomingCall, end }) => ({ caller: incomingCall.callerInfo.displayName, end })),
  answer: () => outcome(rings.at(-1).incomingCall.accept(options).then((answered) => take(answered))),
  decline: () => outcome(rings.at(-1).incomingCall.reject()),
  /** Rings people, by raw id. */
  call: ({ people, ringForMs }) => outcome((async () => {
    const who = people.map((id) => createIdentifierFromRawId(id));
    take(agent.startCall(who.length === 1 && agent.kind === 'TeamsCallAgent' ? who[0] : who, { ...options, ringForMs }));
  })()),
  add: (id) => outcome((async () => void call.addParticipant(createIdentifierFromRawId(id)))()),
  hold: () => outcome(call.hold()),
  resume: () => outcome(call.resume()),
  states: () => states,
  connection: () => agent.connectionState,
  direction: () => call.direction,
  /** Makes an agent only; gives its refusal if there is one. */
  agent: ({ token, name }) => outcome(new CallClient().createCallAgent(new AzureCommunicationTokenCredential(token), { displayName: name }).then(() => null)),
  state: () => call?.state ?? 'None',
  end: () => (call.callEndReason ? { code: call.callEndReason.code, subCode: call.callEndReason.subCode } : null),
  info: () => ({ threadId: call.info?.threadId, roomId: call.info?.roomId, kind: call.kind, role: call.role }),
  lobby: () => (call.lobby?.participants ?? []).map((person) => ({ id: getIdentifierRawId(person.identifier), name: person.displayName })),
  roster: () => call.remoteParticipants.map((person) => ({
    id: getIdentifierRawId(person.identifier), name: person.displayName, muted: person.isMuted, kind: person.identifier.kind ?? null, role: person.role, state: person.state,
  })),
  capability: (name) => call.feature(Features.Capabilities).capabilities[name],
  admit: (id) => outcome(call.lobby.admit(found(call.lobby.participants, id) ?? { communicationUserId: id })),
  admitAll: () => outcome(call.lobby.admitAll()),
  reject: (id) => outcome(call.lobby.reject(found(call.lobby.participants, id) ?? { communicationUserId: id })),
  remove: (id) => outcome(call.removeParticipant(found(call.remoteParticipants, id))),
  share: () => outcome(call.startScreenSharing()),
  stopShare: () => outcome(call.stopScreenSharing()),
  mute: () => outcome(call.mute()),
  unmute: () => outcome(call.unmute()),
  /** Opens the chat of the call with the unmodified chat package and listens to its live events. */
  openChat: ({ endpoint, token }) => outcome((async () => {
    const client = new ChatClient(endpoint, new AzureCommunicationTokenCredential(token));
    await client.startRealtimeNotifications();
    client.on('chatMessageReceived', (event) => heard.push({ text: event.message, sender: event.senderDisplayName }));
    await new Promise((resolve) => client.on('realTimeNotificationConnected', resolve));
    thread = client.getChatThreadClient(call.info.threadId);
  })()),
  say: (content) => outcome(thread.sendMessage({ content }, { senderDisplayName: 'Ana' })),
  heard: () => heard,
  /** Keeps what these features tell from now on. */
  watch() {
    const follow = (name, event) => call.feature(Features[name]).on(event, (value) => told.push({ event, value: plain(value) }));
    for (const event of ['raisedHandEvent', 'loweredHandEvent']) follow('RaiseHand', event);
    follow('Spotlight', 'spotlightChanged');
    follow('Reaction', 'reaction');
    follow('RealTimeText', 'realTimeTextReceived');
    for (const event of ['mediaAccessChanged', 'meetingMediaAccessChanged']) follow('MediaAccess', event);
    call.feature(Features.DataChannel).on('dataChannelReceiverCreated', (receiver) => receiver.on('messageReady', () => {
      told.push({ event: 'data', value: plain({ channel: receiver.channelId, ...receiver.readMessage() }) });
    }));
    call.on('mutedByOthers', () => told.push({ event: 'mutedByOthers' }));
  },
  told: (event) => told.filter((one) => one.event === event).map(({ value }) => value),
  /** Calls one method of a feature; people are given by raw id. */
  feature: ({ name, method, people, value }) => {
    const who = people?.map((id) => found(call.remoteParticipants, id) ?? { communicationUserId: id });
    const feature = call.feature(Features[name]);
    return outcome((async () => plain(await feature[method](...(who ? [who] : []), ...(value === undefined ? [] : [value]))))());
  },
  data: (bytes) => outcome((channel ??= call.feature(Features.DataChannel).createDataChannelSender({ channelId: 7 })).sendMessage(new Uint8Array(bytes))),
  /** One sample of the media statistics. */
  sample: () => new Promise((resolve) => {
    const collector = call.feature(Features.MediaStats).createCollector();
    let count = 0;
    collector.on('sampleReported', (sample) => {
      if (++count < 3) return;
      collector.dispose();
      resolve(plain(sample));
    });
  }),
  leave: (forEveryone = false) => outcome(call.hangUp({ forEveryone })),
};
window.dispatchEvent(new Event('own-ready'));
