// The UI library's composites on our calling package, as a builder's page mounts them: every page a guest can come to, every
// control that is shown. `PARVIS_COMPOSITES=older` mounts the older UI library (pages/composites-older) instead of the current.
import assert from 'node:assert/strict';
import { RoomsClient } from '@azure/communication-rooms';
import { randomUUID } from 'node:crypto';
import { Composite } from '../harness/composite.mjs';
import { until } from '../harness/browser.mjs';
import { OwnPage } from '../harness/own.mjs';
import { Stage } from '../harness/stage.mjs';
import { listMessages, memberToken, newGuest, sendMessage } from '../harness/wire.mjs';
import { serveOwnPage } from '../pages/build.mjs';
import { CURRENT, OLDER, serveComposites } from '../pages/composites/build.mjs';

const isOlder = process.env.PARVIS_COMPOSITES === 'older';
const PREFIX = isOlder ? 'composite-older' : 'composite';
const NOTICE_MS = 5_000;
const stage = new Stage(PREFIX);
/** The controls that were used and did what they say, and those that were shown. */
const used = new Set();
const shown = new Set();
let own;
let site;
let organiser;
let guesting;
let guest;
let ana;
let meeting;
let identity;

const picture = (name) => guesting.picture(`${PREFIX}-${name}`);
const given = (locator, more = {}) => ({ userId: ana.id, token: ana.token, endpoint: stage.demo.info.endpoint, locator, ...more });

async function waiting() {
  await until('somebody waits', NOTICE_MS, async () => (await organiser.do('lobby')).length === 1);
  return (await organiser.do('lobby'))[0].id;
}

async function ok(outcome) {
  const { ok: isOk, ...rest } = await outcome;
  assert.equal(isOk, true, JSON.stringify(rest));
  return rest.value;
}

const tells = (event, count) => until(`the organiser hears ${event}`, NOTICE_MS, async () => (await organiser.do('told', event)).length >= count, () => organiser.do('told', event));

/** Remembers which controls are shown now. */
async function look() {
  for (const { name, enabled } of await guest.controls()) if (enabled && name) shown.add(name);
}

async function press(name, role = 'button') {
  used.add(name);
  await guest.page.getByRole(role, { name, exact: true }).first().click();
}

stage.scenario('an organiser is in the meeting, and the composites are built with our package', async () => {
  [own, site] = await Promise.all([serveOwnPage(), serveComposites(isOlder ? OLDER : CURRENT)]);
  [meeting] = stage.demo.info.meetings;
  organiser = await OwnPage.open(await stage.person('organiser'), own);
  const token = await memberToken(stage.demo, stage.demo.info.members[0]);
  await organiser.do('join', { token, locator: { meetingLink: meeting.join_web_url }, member: true });
  await organiser.inState('Connected');
  await organiser.do('watch');
  ana = await newGuest(stage.demo);
  guesting = await stage.person('guest');
});

stage.scenario('[N4][D4][E14] call with chat by link: the lobby, the page of who is denied, and again by its own button', async () => {
  guest = await Composite.open(guesting, site, 'call-with-chat', given({ meetingLink: meeting.join_web_url }));
  await guest.join();
  await guest.inLobby();
  await picture('lobby');
  await ok(organiser.do('reject', await waiting()));
  await guest.shows('Dismissed from lobby');
  await picture('denied');
  await guest.part('call-composite-start-call-button').click();
  await guest.inLobby();
  identity = await waiting();
  await ok(organiser.do('admit', identity));
  await guest.inCall();
  await guesting.sees(5);
  await look();
  await picture('call');
});

stage.scenario('[N4][F1][F2] microphone and camera', async () => {
  const anas = async () => (await organiser.do('roster'))[0];
  await press('Mute mic');
  await until('the organiser sees muted', NOTICE_MS, async () => (await anas()).muted);
  await look();
  await press('Unmute mic');
  await until('the organiser sees unmuted', NOTICE_MS, async () => !(await anas()).muted);
  await press('Turn on camera');
  await organiser.person.sees(5);
  await look();
  await press('Turn off camera');
  await press('Turn on camera');
});

stage.scenario('[N4][F4] a hand goes up and down, and the organiser\'s is shown', async () => {
  await press('Raise');
  await tells('raisedHandEvent', 1);
  await look();
  await press('Lower');
  await tells('loweredHandEvent', 1);
  await ok(organiser.do('feature', { name: 'RaiseHand', method: 'raiseHand' }));
  await until('the raised hand is in the adapter\'s state', NOTICE_MS, () => guest.page.evaluate(() => {
    const people = Object.values(window.adapter.getState().call.remoteParticipants);
    return people.some((person) => person.raisedHand !== undefined);
  }));
  await picture('hand');
  await ok(organiser.do('feature', { name: 'RaiseHand', method: 'lowerAllHands' }));
});

stage.scenario('[N4] reactions go both ways', async () => {
  await press('React');
  const reactions = guest.page.locator('[data-ui-id="reaction-sub-menu"] button');
  await reactions.first().waitFor();
  await look();
  await reactions.first().hover();
  await picture('reactions');
  const count = await reactions.count();
  assert.equal(count, 5);
  for (let at = 0; at < count; at += 1) {
    used.add((await reactions.nth(at).getAttribute('aria-label')));
    await reactions.nth(at).click();
    await tells('reaction', at + 1);
    if (at + 1 < count && !(await reactions.first().isVisible())) await guest.button('React').click();
  }
  await guest.page.keyboard.press('Escape');
  await ok(organiser.do('feature', { name: 'Reaction', method: 'sendReaction', value: { reactionType: 'heart' } }));
  await until('the reaction is in the adapter\'s state', NOTICE_MS, () => guest.page.evaluate(() => {
    const people = Object.values(window.adapter.getState().call.remoteParticipants);
    return people.some((person) => person.reactionState?.reactionMessage.reactionType === 'heart');
  }));
});

stage.scenario('[N4][F3] the screen is shared, and the organiser\'s is seen', async () => {
  await press('Present');
  await organiser.person.sees(5, { streams: 2 });
  await look();
  await picture('presenting');
  await press('Stop presenting');
  await ok(organiser.do('share'));
  await guesting.sees(5, { streams: 2 });
  await picture('share');
  await ok(organiser.do('stopShare'));
});

stage.scenario('[N4] spotlight from the people pane, and out of it', async () => {
  await press('People');
  const person = guest.page.locator('[data-ui-id="participant-item"]').filter({ hasText: 'Okafor' });
  await person.click();
  await guest.page.getByRole('menuitem', { name: 'Spotlight for everyone' }).waitFor();
  await look();
  await picture('people');
  await press('Pin for me', 'menuitem');
  await person.click();
  await press('Unpin', 'menuitem');
  await person.click();
  await press('Spotlight for everyone', 'menuitem');
  await guest.page.locator('.ms-Modal').getByRole('button', { name: 'Spotlight for everyone' }).click();
  await tells('spotlightChanged', 1);
  await ok(organiser.do('feature', { name: 'Spotlight', method: 'startSpotlight', people: [identity] }));
  await guest.button('Exit spotlight').waitFor();
  await look();
  await picture('spotlight');
  await press('Exit spotlight');
  await guest.page.locator('.ms-Modal').getByRole('button', { name: 'Exit spotlight' }).click();
  const gone = async () => (await organiser.do('told', 'spotlightChanged')).flatMap(({ removed }) => removed).length;
  await until('nobody but the organiser is in the spotlight', NOTICE_MS, async () => (await gone()) === 1);
  // The page draws itself anew, which would close a menu that is open.
  await guest.button('Exit spotlight').waitFor({ state: 'hidden' });
  await guest.part('people-pane-header-more-button').click();
  await guest.page.getByRole('menuitem').first().waitFor();
  await look();
  await press('Stop all spotlights', 'menuitem');
  await guest.page.locator('.ms-Modal').getByRole('button', { name: /^Stop/ }).click();
  await until('nobody is in the spotlight', NOTICE_MS, async () => (await gone()) === 2);
  await press('Close');
});

stage.scenario('[N4][G1][N2] chat both ways, with a guest on another page', async () => {
  const bo = await newGuest(stage.demo);
  const tab = await organiser.tab(own, 'bo');
  await tab.do('join', { token: bo.token, locator: { meetingLink: meeting.join_web_url }, name: 'Bo', camera: false });
  await ok(organiser.do('admit', await waiting()));
  await tab.inState('Connected');
  await press('Chat');
  const box = guest.page.getByPlaceholder('Enter a message');
  await box.click();
  await box.fill('Good morning');
  await look();
  await press('Send message');
  const { thread_id: threadId } = meeting;
  await until('Bo reads it', NOTICE_MS, async () => (await listMessages(stage.demo, bo.token, threadId)).text.includes('Good morning'));
  assert.equal((await sendMessage(stage.demo, bo.token, threadId, 'And to you', 'Bo')).status, 201);
  await guest.shows('And to you', NOTICE_MS);
  await picture('chat');
  await tab.do('leave');
  await press('Close');
});

stage.scenario('[N4] what is behind "More": hold and views', async () => {
  await press('More');
  await guest.page.getByRole('menuitem').first().waitFor();
  await look();
  await picture('more');
  await press('Hold call', 'menuitem');
  await guest.part('hold-page-resume-call-button').waitFor();
  await look();
  await picture('hold');
  await press('Resume call');
  await guest.button('Raise').waitFor();
  await guesting.sees(5);
  await guest.choose('View');
  used.add('View').add('Dynamic').add('Speaker').add('Focus on content');
  await guest.page.getByRole('menuitemcheckbox', { name: 'Speaker' }).waitFor();
  await look();
  for (const view of ['Focus on content', 'Speaker', 'Dynamic']) {
    const item = guest.page.getByRole('menuitemcheckbox', { name: view });
    if (!(await item.isVisible())) await guest.choose('View');
    await item.click();
  }
  await guest.page.keyboard.press('Escape');
  await guest.page.keyboard.press('Escape');
});

stage.scenario('[N4] real-time text', async () => {
  used.add('Real-time text (RTT)').add('Turn on RTT for this call');
  await guest.choose('Real-time text');
  await guest.page.getByRole('menuitem', { name: 'Turn on RTT' }).click();
  await press('Turn on');
  const box = guest.page.getByRole('textbox').last();
  await box.click();
  await box.pressSequentially('Slowly');
  await picture('text');
  await tells('realTimeTextReceived', 1);
});

stage.scenario('[N4][D4] who is removed is told so', async () => {
  await ok(organiser.do('remove', identity));
  await guest.shows('You were removed');
  await picture('removed');
  assert.deepEqual(await guest.told(), []);
  await guest.close();
});

stage.scenario('[A4] a group call at phone size', async () => {
  const groupId = randomUUID();
  const bo = await organiser.tab(own, 'bo');
  await bo.do('join', { token: (await newGuest(stage.demo)).token, locator: { groupId }, name: 'Bo' });
  await bo.inState('Connected');
  await bo.do('watch');
  guest = await Composite.open(guesting, site, 'call', given({ groupId }, { form: 'mobile' }));
  await guest.join();
  await guest.inCall();
  await guesting.sees(5);
  await picture('phone-call');
  // One camera: the library's button has nothing to switch to, and leaves it on.
  await guest.part('local-camera-switcher-button').click();
  assert.equal(await guest.page.evaluate(() => window.adapter.getState().call.localVideoStreams.length), 1);
  const drawer = guest.page.locator('[data-ui-id="drawer-menu"]');
  await guest.part('common-call-composite-more-button').click();
  await drawer.waitFor();
  await picture('phone-more');
  await drawer.getByText('Raise').first().click();
  await until('Bo sees the hand', NOTICE_MS, async () => (await bo.do('told', 'raisedHandEvent')).length === 1);
  await guest.part('common-call-composite-more-button').click();
  await drawer.getByText('People').first().click();
  await guest.shows('In this call');
  await picture('phone-people');
  await guest.page.getByRole('button', { name: 'Back' }).click();
  assert.equal(await guest.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true);
  await bo.do('leave');
});

stage.scenario('[N4] leaving asks for a rating, and thanks for it', async () => {
  used.add('Leave');
  await guest.leave();
  await guest.page.locator('[data-ui-id="call-composite-survey"]').waitFor();
  await guest.page.locator('[data-ui-id="call-composite-survey"] button').nth(4).click();
  await picture('phone-survey');
  await guest.button('Send Feedback').click();
  await guest.part('thank-you-page').waitFor();
  await picture('phone-thanks');
  assert.deepEqual(await guest.told(), []);
  await guest.close();
});

stage.scenario('[N4] every control that a guest was shown was used', () => {
  // Of names of people and devices there is one each, used above.
  const ours = [...shown].filter((name) => !/More Options|Fake Default/.test(name));
  assert.deepEqual(ours.filter((name) => !used.has(name)), []);
});

stage.scenario('[A4] a room at phone size', async () => {
  const rooms = new RoomsClient(stage.demo.info.connection_string, { tlsOptions: { ca: stage.demo.ca } });
  const room = await rooms.createRoom({ participants: [{ id: { communicationUserId: ana.id }, role: 'Consumer' }] });
  guest = await Composite.open(guesting, site, 'call', given({ roomId: room.id }, { form: 'mobile' }));
  await guest.part('call-composite-start-call-button').click();
  await guest.inCall();
  await picture('phone-room');
  await guest.close();
});

/** Joins where there is nothing, and gives what the page says. */
async function lost(locator, text, name) {
  guest = await Composite.open(guesting, site, 'call', given(locator, { form: 'mobile' }));
  await guest.join();
  await guest.shows(text);
  await picture(name);
  await guest.close();
}

stage.scenario('[E14] a link to no meeting ends on a page that says so', async () => {
  await lost({ meetingLink: meeting.join_web_url.replace(/meeting_.{4}/, 'meeting_AAAA') }, 'Invalid meeting ID or passcode', 'phone-no-meeting');
});

stage.scenario('[E14] what is no link is refused on the page before the call', async () => {
  await lost({ meetingLink: 'https://meet.example.org/nothing' }, /Failed to join call/, 'phone-no-link');
});

stage.scenario('[N2] the chat composite shows a thread and writes in it', async () => {
  const bo = await newGuest(stage.demo);
  const members = [ana, bo].map(({ id }, at) => ({ communicationIdentifier: { rawId: id, communicationUser: { id } }, displayName: ['Ana', 'Bo'][at] }));
  const body = { topic: 'Prescription', participants: members };
  const made = await stage.demo.request('POST', '/chat/threads?api-version=2025-03-15', { token: bo.token, body });
  assert.equal(made.status, 201, made.text);
  const threadId = made.json().chatThread.id;
  assert.equal((await sendMessage(stage.demo, bo.token, threadId, 'It is ready', 'Bo')).status, 201);
  guest = await Composite.open(guesting, site, 'chat', given({ threadId }));
  await guest.shows('It is ready');
  await guest.page.getByPlaceholder('Enter a message').fill('On my way');
  await guest.button('Send message').click();
  await guest.page.locator('[data-ui-id="chat-composite-message-status-icon"]').first().waitFor();
  assert.equal((await sendMessage(stage.demo, bo.token, threadId, 'See you', 'Bo')).status, 201);
  await guest.shows('See you', NOTICE_MS);
  await picture('thread');
  assert.deepEqual(await guest.told(), []);
});

stage.scenario('[A2] nothing left for another host', () => {
  const known = [stage.demo.origin, own.origin, site.origin].map((origin) => new URL(origin).host);
  for (const person of stage.people) assert.deepEqual(person.traffic.hosts().filter((host) => !known.includes(host)), [], person.name);
});

/** What the library writes or throws itself when an app hands it what is no link. */
const NO_LINK = /^uncaught: CallError: CallAgent\.join: The meeting link is not one/;

stage.scenario('[N4] no error on any console', () => {
  for (const person of stage.people) {
    const errors = person.console.filter((line) => /^(error|uncaught):/.test(line) && !NO_LINK.test(line));
    assert.deepEqual(errors, [], person.name);
  }
  own.close();
  site.close();
});
