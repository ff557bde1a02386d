// A tiny server for the browser test: serves the built package and speaks just enough of the calling protocol for one guest
// and one member who never types. Media is answered by a page of the same browser (answerer.html), reached over /answerer.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { WebSocketServer } from 'ws';

const HERE = new URL('.', import.meta.url);
const FILES = {
  '/guest.html': ['guest.html', 'text/html'],
  '/answerer.html': ['answerer.html', 'text/html'],
  '/sdk.js': ['../dist/index.js', 'text/javascript'],
};
const CAPABILITY_NAMES = [
  'turnVideoOn', 'unmuteMic', 'shareScreen', 'removeParticipant', 'hangUpForEveryOne', 'addCommunicationUser', 'addTeamsUser',
  'addPhoneNumber', 'manageLobby', 'spotlightParticipant', 'removeParticipantsSpotlight', 'blurBackground', 'startLiveMeetingCaptions',
  'startLiveCallingCaptions', 'setCaptionLanguage', 'raiseHand', 'pstnDialOut', 'muteOthers', 'useReactions', 'viewAttendeeNames',
  'startTogetherMode', 'joinBreakoutRooms', 'forbidOthersAudio', 'forbidOthersVideo', 'realTimeText',
];
const capabilities = Object.fromEntries(CAPABILITY_NAMES.map((name) => [name, { isPresent: true, reason: 'Capable' }]));
const member = (state) => ({
  id: 'p-member', rawId: '8:orgid:00000000-0000-0000-0000-000000000001', kind: 'member', displayName: 'Maria Host', role: 'Organizer',
  state: 'connected', muted: false, camera: true, share: false, joinedOn: 1, self: false, ...state,
});
const self = { id: 'p-guest', kind: 'external', displayName: 'Ana (External)', label: 'External', role: 'Attendee', state: 'connected', muted: false, camera: true, share: false, joinedOn: 2, self: true };

/** Starts on a free port of the loopback. `settings.lobbyMs`: how long the guest waits. */
export async function startServer({ lobbyMs = 500, extraFiles } = {}) {
  const http = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://x').pathname;
    try {
      const [file, type] = FILES[path] ?? (await extraFiles?.(path)) ?? [];
      if (!file) throw new Error('no such file');
      const body = await readFile(typeof file === 'string' ? new URL(file, HERE) : file);
      response.writeHead(200, { 'content-type': type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  const state = { answerer: undefined, waiting: new Map(), frames: [], sessions: new Map(), dropSockets: () => undefined };
  const sockets = new Set();
  state.dropSockets = () => sockets.forEach((socket) => socket.terminate());
  const wss = new WebSocketServer({ server: http });
  wss.on('connection', (socket, request) => {
    if (request.url === '/answerer') return connectAnswerer(state, socket);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    connectGuest(state, socket, lobbyMs);
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${http.address().port}`;
  return { origin, state, close: () => new Promise((resolve) => (state.dropSockets(), wss.close(), http.closeAllConnections(), http.close(resolve))) };
}

function connectAnswerer(state, socket) {
  state.answerer = socket;
  socket.on('message', (data) => {
    const { id, sdp } = JSON.parse(data);
    state.waiting.get(id)?.(sdp);
  });
}

function answer(state, sdp) {
  const id = state.waiting.size + 1;
  return new Promise((resolve) => {
    state.waiting.set(id, resolve);
    state.answerer.send(JSON.stringify({ id, sdp }));
  });
}

function connectGuest(state, socket, lobbyMs) {
  let session;
  const push = (frame) => {
    const numbered = { seq: ++session.seq, ...frame };
    session.sent.push(numbered);
    session.socket.send(JSON.stringify(numbered));
  };
  socket.on('message', async (data) => {
    const frame = JSON.parse(data);
    state.frames.push(frame);
    if (frame.type === 'hello') {
      session = { id: `s${state.sessions.size + 1}`, seq: 0, sent: [], handled: 0, socket, leg: undefined };
      state.sessions.set(session.id, session);
      const identity = { rawId: '8:acs:11111111-1111-1111-1111-111111111111_22222222-2222-2222-2222-222222222222', kind: 'external' };
      return socket.send(JSON.stringify({ type: 'welcome', session: session.id, resumeKey: 'k', resumeWindowMs: 60000, heartbeatMs: 2000, serverTime: Date.now(), identity, tokenExpiresOn: Date.now() + 3600000 }));
    }
    if (frame.type === 'resume') {
      session = state.sessions.get(frame.session);
      if (session.isDead) {
        socket.send('{"type":"refused","code":410,"subCode":0}');
        return socket.close(4410);
      }
      session.socket = socket;
      socket.send(JSON.stringify({ type: 'resumed', handled: session.handled }));
      for (const missed of session.sent.filter(({ seq }) => seq > frame.after)) socket.send(JSON.stringify(missed));
      return;
    }
    if (frame.type === 'ping') return socket.send('{"type":"pong"}');
    if (frame.id <= session.handled) return;
    session.handled = frame.id;
    const reply = (result) => push({ type: 'reply', id: frame.id, result });
    const leg = frame.leg;
    switch (frame.type) {
      case 'join':
        if (frame.rejoinKey === 'r') {
          reply({ leg, callId: 'call-1', kind: 'meeting', state: 'connected', participantId: 'p-guest', rejoinKey: 'r2', role: 'Attendee', capabilities, threadId: '19:meeting_x@thread.v2', iceServers: [], videoSlots: 9 });
          return push({ type: 'roster', leg, version: 1, full: true, participants: [member({})], removed: [] });
        }
        reply({ leg, callId: 'call-1', kind: 'meeting', state: 'lobby', participantId: 'p-guest', rejoinKey: 'r', role: 'Attendee', capabilities, iceServers: [], videoSlots: 9 });
        setTimeout(() => {
          push({ type: 'admitted', leg, role: 'Attendee', threadId: '19:meeting_x@thread.v2', capabilities });
          push({ type: 'roster', leg, version: 1, full: true, participants: [member({}), { ...self, rawId: '8:acs:11111111-1111-1111-1111-111111111111_22222222-2222-2222-2222-222222222222' }], removed: [] });
        }, lobbyMs);
        return;
      case 'offer':
        return reply({ sdp: await answer(state, frame.sdp) });
      case 'view': {
        reply({});
        // Slot mids: microphone, camera, share, three audio slots, then video.
        const video = frame.wants.map((want, index) => ({ mid: String(6 + index), participant: want.participant, stream: want.stream }));
        return push({ type: 'slots', leg, version: 1, video, audio: [{ mid: '3', participant: 'p-member' }] });
      }
      case 'leave':
        reply({});
        return push({ type: 'ended', leg, code: 0, subCode: 0, message: '' });
      default:
        return reply({});
    }
  });
}
