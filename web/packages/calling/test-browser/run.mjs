// The SDK in a real Chromium with fake devices: devices, preview, lobby, admission, media both ways, lost socket, leaving.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { startServer } from './server.mjs';

const server = await startServer();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--no-sandbox', '--disable-features=WebRtcHideLocalIpsWithMdns', '--autoplay-policy=no-user-gesture-required', '--auto-select-tab-capture-source-by-title=The other side of the test'],
});
const problems = [];
let failed = false;
const step = async (name, work) => {
  const startMs = performance.now();
  await work();
  console.log(`ok ${name} (${Math.round(performance.now() - startMs)} ms)`);
};

/** Polls from here: the browser driver's own waiting does not await promises. */
const until = async (what, check) => {
  const deadlineMs = performance.now() + 15_000;
  let last;
  while (performance.now() < deadlineMs) {
    if ((await check((value) => (last = value))) === true) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not happen; last seen: ${JSON.stringify(last)}`);
};

try {
  const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
  const answerer = await context.newPage();
  await answerer.goto(`${server.origin}/answerer.html`);
  await answerer.waitForFunction(() => window.isReady);
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && !message.text().includes('favicon') && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(`${server.origin}/guest.html`);
  await page.waitForFunction(() => window.ready);

  await step('the device manager lists the fake devices', async () => {
    const found = await page.evaluate(async () => {
      const client = (window.client = new sdk.CallClient());
      const devices = (window.devices = await client.getDeviceManager());
      const access = await devices.askDevicePermission({ audio: true, video: true });
      const isSame = devices === (await client.getDeviceManager());
      return { access, isSame, cameras: await devices.getCameras(), microphones: await devices.getMicrophones(), speakers: await devices.getSpeakers(), selected: devices.selectedMicrophone };
    });
    assert.deepEqual(found.access, { audio: true, video: true });
    assert.ok(found.isSame);
    assert.ok(found.cameras[0].name.includes('fake'), found.cameras[0].name);
    assert.ok(found.microphones.length > 0 && found.speakers.length > 0 && found.selected.isSystemDefault);
  });

  await step('the preview shows moving pictures before any call', async () => {
    await page.evaluate(async () => {
      const [camera] = await devices.getCameras();
      window.previewRenderer = new sdk.VideoStreamRenderer(new sdk.LocalVideoStream(camera));
      const view = await previewRenderer.createView({ isMirrored: true, scalingMode: 'Crop' });
      document.querySelector('#preview').append(view.target);
    });
    await page.waitForFunction(() => document.querySelector('#preview video').getVideoPlaybackQuality().totalVideoFrames > 5);
  });

  await step('[A1] join is synchronous; lobby, then connected with the thread id', async () => {
    const states = await page.evaluate(async () => {
      const encode = (value) => btoa(JSON.stringify(value)).replace(/=+$/, '');
      const claims = { skypeid: 'acs:11111111-1111-1111-1111-111111111111_22222222-2222-2222-2222-222222222222', acsScope: 'voip', iss: location.origin, exp: Date.now() / 1000 + 3600 };
      const token = `${encode({})}.${encode(claims)}.s`;
      window.agent = await client.createCallAgent({ getToken: async () => ({ token }) }, { displayName: 'Ana' });
      const [camera] = await devices.getCameras();
      const call = (window.call = agent.join({ meetingLink: 'https://meet.example/meet/123?p=x' }, { videoOptions: { localVideoStreams: [new sdk.LocalVideoStream(camera)] } }));
      const states = [call.state];
      await new Promise((resolve) => call.on('stateChanged', () => { states.push(call.state + (call.info.threadId ?? '')); if (call.state === 'Connected') resolve(); }));
      return states;
    });
    assert.deepEqual(states, ['None', 'Connecting', 'InLobby', 'Connected19:meeting_x@thread.v2']);
  });

  await step('disposing the preview leaves the camera of the call running', async () => {
    const readyState = await page.evaluate(async () => {
      previewRenderer.dispose();
      return (await call.localVideoStreams[0].getMediaStream()).getVideoTracks()[0].readyState;
    });
    assert.equal(readyState, 'live');
  });

  await step('the member is in the roster and the picture arrives', async () => {
    await page.waitForFunction(() => call.remoteParticipants.length === 1);
    await page.evaluate(async () => {
      const [stream] = call.remoteParticipants[0].videoStreams;
      const view = await new sdk.VideoStreamRenderer(stream).createView({ scalingMode: 'Fit' });
      document.querySelector('#remote').append(view.target);
    });
    await page.waitForFunction(() => document.querySelector('#remote video').getVideoPlaybackQuality().totalVideoFrames > 20, null, { timeout: 15000 });
    const size = await page.evaluate(() => call.remoteParticipants[0].videoStreams[0].size);
    assert.deepEqual(size, { width: 320, height: 180 });
  });

  await step('the view request carries the size of the tile', async () => {
    await page.waitForTimeout(400);
    const views = server.state.frames.filter(({ type }) => type === 'view');
    assert.deepEqual(views.at(-1).wants, [{ participant: 'p-member', stream: 'camera', width: 640, height: 360 }]);
  });

  await step('[F1] [F2] the other side decodes the camera and hears the microphone', async () => {
    await until('camera and microphone', async (note) => {
      const { frames, audioEnergy } = note(await answerer.evaluate(() => window.received()));
      return frames > 20 && audioEnergy > 0;
    });
  });

  await step('muting stops the sound and is published', async () => {
    await page.evaluate(() => call.mute());
    assert.ok(server.state.frames.some(({ type, muted }) => type === 'publish' && muted === true));
    await answerer.waitForTimeout(600);
    const before = await answerer.evaluate(() => window.received());
    await answerer.waitForTimeout(700);
    const after = await answerer.evaluate(() => window.received());
    assert.ok(after.audioEnergy - before.audioEnergy < 1e-4, `${after.audioEnergy - before.audioEnergy}`);
    await page.evaluate(() => call.unmute());
  });

  await step('[F3] sharing a screen adds a second local stream and ends with its track', async () => {
    const shared = await page.evaluate(async () => {
      await call.startScreenSharing();
      const types = call.localVideoStreams.map((stream) => stream.mediaStreamType);
      const track = (await call.localVideoStreams[1].getMediaStream()).getVideoTracks()[0];
      return { types, isOn: call.isScreenSharingOn, hint: track.contentHint };
    });
    assert.deepEqual(shared, { types: ['Video', 'ScreenSharing'], isOn: true, hint: 'detail' });
    assert.ok(server.state.frames.some(({ type, share }) => type === 'publish' && share === true));
    await until('shared frames', async (note) => note(await answerer.evaluate(() => window.received())).shareFrames > 5);
    await page.evaluate(() => call.stopScreenSharing());
    assert.equal(server.state.frames.filter(({ type }) => type === 'offer').length, 1);
  });

  await step('[CP-12] a lost socket is resumed without a change of state', async () => {
    await page.evaluate(() => { window.changes = []; call.on('stateChanged', () => changes.push(call.state)); });
    server.state.dropSockets();
    const before = server.state.frames.length;
    while (!server.state.frames.slice(before).some(({ type }) => type === 'resume')) await page.waitForTimeout(50);
    await page.waitForTimeout(300);
    assert.deepEqual(await page.evaluate(() => [call.state, changes]), ['Connected', []]);
  });

  await step('[CP-24] a session that cannot be resumed is replaced; the call stays connected and media comes back both ways', async () => {
    for (const session of server.state.sessions.values()) session.isDead = true;
    server.state.dropSockets();
    const rejoins = () => server.state.frames.filter(({ type, rejoinKey }) => type === 'join' && rejoinKey === 'r');
    while (rejoins().length === 0) await page.waitForTimeout(20);
    assert.equal(rejoins()[0].leg, await page.evaluate(() => call.id));
    // The answerer replaces its peer for the new offer, so its counters start from nothing.
    await until('media on the new transport', async (note) => {
      const { frames, audioEnergy } = note(await answerer.evaluate(() => window.received()));
      return frames > 5 && audioEnergy > 0;
    });
    await page.evaluate(() => (window.shown = document.querySelector('#remote video').getVideoPlaybackQuality().totalVideoFrames));
    await page.waitForFunction(() => document.querySelector('#remote video').getVideoPlaybackQuality().totalVideoFrames > window.shown + 10, null, { timeout: 10000 });
    assert.equal(server.state.frames.filter(({ type }) => type === 'offer').length, 2);
    assert.deepEqual(await page.evaluate(() => [call.state, changes, call.remoteParticipants.length]), ['Connected', [], 1]);
    assert.ok(server.state.frames.filter(({ type, camera }) => type === 'publish' && camera === true).length >= 2);
  });

  await step('hanging up ends the call once, with its reason', async () => {
    const outcome = await page.evaluate(async () => {
      const removed = [];
      agent.on('callsUpdated', (change) => removed.push(...change.removed.map((gone) => [gone === call, gone.callEndReason.code, gone.callEndReason.subCode])));
      await call.hangUp();
      return { removed, state: call.state, calls: agent.calls.length };
    });
    assert.deepEqual(outcome, { removed: [[true, 0, 0]], state: 'Disconnected', calls: 0 });
  });

  assert.deepEqual(problems, []);
  console.log('ok no errors on the console');
} catch (error) {
  failed = true;
  console.error(error, problems);
} finally {
  await browser.close();
  await server.close();
}
process.exit(failed ? 1 : 0);
