// The main job, end to end: a member schedules and hosts on our page, a guest comes by a builder's page, waits, is let
// in; both see, hear and read each other; what the guest may read ends when it leaves.
import assert from 'node:assert/strict';
import { until } from '../harness/browser.mjs';
import { Host } from '../harness/host.mjs';
import { measure, Stage } from '../harness/stage.mjs';
import { Visit } from '../harness/visit.mjs';
import { credentials, listMessages, sendMessage } from '../harness/wire.mjs';

const REASON = 'A cough since Monday';
const SUBJECT = 'Check-up with Dr Lindqvist';
const CHAT_WITHIN_MS = 2_000;
const SEEN_WITHIN_MS = 2_000;

const stage = new Stage('visit');
let hosting;
let host;
let guesting;
let guest;
let link;
let threadId;
let visitUrl;

const guestToken = () => guesting.traffic.userToken();
const addressOf = (meetingLink) => {
  const url = new URL(stage.demo.info.meetings[0].guest_url);
  url.searchParams.set('meetingURL', meetingLink);
  return url.href;
};

stage.scenario('[D1][D3][C1] a member signs in, schedules a meeting and copies its link', async () => {
  const { info } = stage.demo;
  hosting = await stage.person('host', { look: 'member' });
  host = new Host(hosting);
  await host.signIn(info, info.members[0]);
  await host.schedule(SUBJECT);
  link = await host.copyLink(SUBJECT);
  assert.equal(new URL(link).origin, stage.demo.origin);
  threadId = decodeURIComponent(link).match(/19:meeting_[\w-]+@thread\.v2/)[0];
  await hosting.picture('host-meetings');
});

stage.scenario('[A8][E1][L2] a guest who comes early waits in the lobby of a builder\'s page', async (t) => {
  guesting = await stage.person('guest', { look: 'guest' });
  guest = new Visit(guesting);
  visitUrl = addressOf(link);
  const begun = performance.now();
  await guest.arrive(visitUrl, 'Ana', { reason: REASON });
  await guest.inLobby();
  measure(t, 'page load to lobby', performance.now() - begun, 'ms');
  await guesting.picture('guest-lobby');
  assert.deepEqual((await guesting.media()).video.filter((stream) => stream.frames > 0), [], 'no picture before admission');
});

stage.scenario('[G2] in the lobby the guest can neither read nor write the chat', async () => {
  assert.equal((await listMessages(stage.demo, guestToken(), threadId)).status, 403);
  assert.equal((await sendMessage(stage.demo, guestToken(), threadId, 'let me in')).status, 403);
});

stage.scenario('[A1][D4][H1] the host joins at once, is told who waits, and admits', async (t) => {
  await host.join(SUBJECT);
  await host.notice().getByText('Ana').waitFor();
  const told = await host.notice().innerText();
  assert.ok(told.includes('Ana (External)'), told);
  await hosting.picture('host-notice');
  const begun = performance.now();
  await host.notice().getByRole('button', { name: /admit/i }).click();
  await guesting.sees(1);
  measure(t, 'admit to first remote frame at the guest', performance.now() - begun, 'ms');
  await guest.inCall();
});

stage.scenario('[A1][F2] each sees more than a hundred frames of the other', async () => {
  await Promise.all([hosting.sees(101), guesting.sees(101)]);
  await until('the guest\'s page shows the picture', 10_000, async () => (await guesting.shown()) >= 1);
  await until('the host\'s page shows the picture', 10_000, async () => (await hosting.shown()) >= 1);
});

stage.scenario('[A1][F1] each hears the other\'s tone', async () => {
  await Promise.all([hosting.hears(), guesting.hears()]);
});

stage.scenario('[H1][H2] the host sees the label, the guest sees no label on anybody', async () => {
  assert.ok((await host.names()).some((name) => name.includes('Ana (External)')));
  const member = stage.demo.info.members[0].display_name;
  await guesting.page.getByText(member).first().waitFor();
  assert.equal(await guesting.page.getByText('(External)').count(), 0);
});

stage.scenario('[F1] muting is seen and heard by the other side within two seconds', async (t) => {
  await host.openPanel('People');
  const row = host.row('Ana (External)');
  const muted = async (wanted) => (await row.innerText()).includes('muted') === wanted;
  for (const wanted of [true, false]) {
    const begun = performance.now();
    await guest.toggleMic();
    await until(`the host sees muted: ${wanted}`, SEEN_WITHIN_MS, () => muted(wanted));
    measure(t, wanted ? 'mute seen after' : 'unmute seen after', performance.now() - begun, 'ms');
    await (wanted ? hosting.hearsNothing() : hosting.hears());
  }
});

stage.scenario('[F2] the camera going off and on is seen by the other side', async (t) => {
  const tile = hosting.page.getByRole('group', { name: /^Ana \(External\)/ });
  const off = async () => (await tile.getAttribute('aria-label')).includes('camera off');
  for (const wanted of [true, false]) {
    const begun = performance.now();
    await guest.toggleCamera();
    await until(`camera off: ${wanted}`, SEEN_WITHIN_MS, async () => (await off()) === wanted);
    measure(t, wanted ? 'camera off seen after' : 'camera on seen after', performance.now() - begun, 'ms');
  }
  await hosting.sees(30);
});

stage.scenario('[A1][F3] the guest\'s screen is seen by the host', async () => {
  await guest.toggleShare();
  await host.seesShareOf('Ana (External)');
  await hosting.sees(20, { streams: 2 });
  await hosting.picture('host-sees-share');
  await guest.toggleShare();
  await until('the share is gone', 10_000, async () => (await hosting.page.getByRole('group', { name: /^Screen shared/ }).count()) === 0);
});

stage.scenario('[A1][F3] the host\'s screen is seen by the guest', async () => {
  // The guest's own share has just ended: its page shows both people again first.
  await until('both are shown', 10_000, async () => (await guesting.shown()) >= 2);
  const shownBefore = await guesting.shown();
  await host.control('Share').click();
  await guesting.sees(20, { streams: 2 });
  await until('one more picture is shown', 10_000, async () => (await guesting.shown()) > shownBefore);
  await guesting.picture('guest-sees-share');
  await host.control('Stop sharing').click();
  await until('one picture less', 10_000, async () => (await guesting.shown()) <= shownBefore);
});

stage.scenario('[A1][G1][N2] chat both ways within two seconds', async (t) => {
  await guest.openChat();
  await host.openPanel('Chat');
  let begun = performance.now();
  await host.say('Good morning, how are you?');
  await guest.reads('Good morning, how are you?', CHAT_WITHIN_MS);
  measure(t, 'message host to guest', performance.now() - begun, 'ms');
  begun = performance.now();
  await guest.say('Much better, thank you.');
  await host.reads('Much better, thank you.', CHAT_WITHIN_MS);
  measure(t, 'message guest to host', performance.now() - begun, 'ms');
  assert.equal((await listMessages(stage.demo, guestToken(), threadId)).status, 200);
  // The picture in the README: `node e2e/run.mjs --image` copies it there.
  await hosting.picture('call');
  await guesting.picture('guest-call');
});

stage.scenario('[A3] the guest is still on the page it came to, and the page\'s own form is as it was', async () => {
  assert.equal(guesting.page.url(), visitUrl);
  await guest.leave();
  await until('the call is over for the guest', 15_000, async () => !(await guest.part('call-composite-hangup-button').first().isVisible()));
  assert.equal(guesting.page.url(), visitUrl);
  assert.equal(await guesting.page.getByLabel('Reason for the visit').inputValue(), REASON);
});

stage.scenario('[G3] after leaving the guest reads and writes nothing, and later messages never reach it', async () => {
  await until('the window is shut', 10_000, async () => (await listMessages(stage.demo, guestToken(), threadId)).status === 403);
  assert.equal((await sendMessage(stage.demo, guestToken(), threadId, 'one more thing')).status, 403);
  await host.say('Now that the patient has left: looks fine.');
  await host.reads('Now that the patient has left: looks fine.');
  assert.equal(await guesting.traffic.holds('Now that the patient has left'), false);
});

stage.scenario('[A2] nothing came from another host and nothing was to be installed', async () => {
  const own = [new URL(stage.demo.origin).host, new URL(stage.demo.info.http_origin).host];
  for (const person of [hosting, guesting]) {
    assert.deepEqual(person.traffic.hosts().filter((name) => !own.includes(name)), [], person.name);
    assert.deepEqual(person.traffic.addresses.filter((address) => !/^(https?|wss?|data|blob):/.test(address)), []);
  }
});

stage.scenario('[N4] the composite ran through lobby, call, roster and chat without an error on any console', async () => {
  for (const person of [hosting, guesting]) {
    // A refused request is logged by the browser itself: the chat that is shut, which is asked on purpose.
    const errors = person.console.filter((line) => /^(error|uncaught):/.test(line) && !/status of 40[13]/.test(line));
    assert.deepEqual(errors, [], person.name);
  }
});

stage.scenario('[B3] the resource key is in no traffic and in no bundle', async () => {
  const { key } = credentials(stage.demo.info.connection_string);
  for (const person of [hosting, guesting]) {
    assert.equal(await person.traffic.holds(key), false, person.name);
    assert.equal(await person.traffic.holds('accesskey='), false, person.name);
  }
});

stage.scenario('no word of a token, a name or a link is in the server\'s log', async () => {
  const log = stage.demo.output;
  const secrets = [guestToken(), guestToken().split('.')[2], 'Ana', SUBJECT, threadId, stage.demo.info.members[0].display_name, 'Much better'];
  for (const secret of secrets) assert.equal(log.slice(log.indexOf('is ready') + 1).includes(secret), false, secret.slice(0, 12));
});
