// What people show each other besides media, on two builders' pages: an organiser and a guest, with nothing of ours but the SDK.
import assert from 'node:assert/strict';
import { until } from '../harness/browser.mjs';
import { OwnPage } from '../harness/own.mjs';
import { Stage } from '../harness/stage.mjs';
import { memberToken, newGuest } from '../harness/wire.mjs';
import { serveOwnPage } from '../pages/build.mjs';

const stage = new Stage('onstage');
const NOTICE_MS = 2_000;
let organiser;
let guest;
let guestId;

/** Waits until the page was told of this event and gives what it was told last. */
async function hears(page, event, check = () => true) {
  let last;
  await until(`${page.person.name} hears ${event}`, NOTICE_MS, async () => {
    last = (await page.do('told', event)).at(-1);
    return last !== undefined && check(last);
  });
  return last;
}

async function done(page, call) {
  const outcome = await page.do('feature', call);
  assert.equal(outcome.ok, true, JSON.stringify(outcome));
  return outcome.value;
}

stage.scenario('[N1] an organiser and a guest meet on builders\' pages; the organiser admits through the SDK', async () => {
  const site = await serveOwnPage();
  const [meeting] = stage.demo.info.meetings;
  const [member] = stage.demo.info.members;
  const locator = { meetingLink: meeting.join_web_url };
  organiser = await OwnPage.open(await stage.person('organiser'), site);
  await organiser.do('join', { token: await memberToken(stage.demo, member), locator, member: true });
  await organiser.inState('Connected');
  const made = await newGuest(stage.demo);
  guest = await OwnPage.open(await stage.person('guest'), site);
  await guest.do('join', { token: made.token, locator, name: 'Ana' });
  await guest.inState('InLobby');
  await until('the guest is seen waiting', NOTICE_MS, async () => (await organiser.do('lobby')).length === 1);
  [{ id: guestId }] = await organiser.do('lobby');
  assert.equal((await organiser.do('admit', guestId)).ok, true);
  await guest.inState('Connected');
  await organiser.meets('Ana (External)');
  for (const page of [organiser, guest]) await page.do('watch');
});

stage.scenario('[F4] a hand goes up, all see it in order, the organiser lowers it', async () => {
  await done(guest, { name: 'RaiseHand', method: 'raiseHand' });
  await hears(organiser, 'raisedHandEvent');
  await done(organiser, { name: 'RaiseHand', method: 'raiseHand' });
  const hands = await done(organiser, { name: 'RaiseHand', method: 'getRaisedHands' });
  assert.deepEqual(hands.map(({ order }) => order), [1, 2]);
  await done(organiser, { name: 'RaiseHand', method: 'lowerAllHands' });
  await until('both hands are down', NOTICE_MS, async () => (await guest.do('told', 'loweredHandEvent')).length === 2);
});

stage.scenario('spotlight, reactions, text and data reach the other page', async () => {
  await done(organiser, { name: 'Spotlight', method: 'startSpotlight', people: [guestId] });
  assert.equal((await hears(guest, 'spotlightChanged')).added.length, 1);
  await done(guest, { name: 'Reaction', method: 'sendReaction', value: { reactionType: 'applause' } });
  const reaction = await hears(organiser, 'reaction');
  assert.equal(reaction.identifier, guestId);
  await done(guest, { name: 'RealTimeText', method: 'sendRealTimeText', value: 'hello' });
  assert.equal((await hears(organiser, 'realTimeTextReceived')).text, 'hello');
  assert.equal((await guest.do('data', [0, 127, 255])).ok, true);
  assert.deepEqual(await hears(organiser, 'data'), { channel: 7, data: [0, 127, 255], sequenceNumber: 1 });
});

stage.scenario('[L3][F1] the organiser forbids attendees the microphone; a presenter cannot be held back, and a guest forbids nothing', async () => {
  const refused = await organiser.do('feature', { name: 'MediaAccess', method: 'forbidAudio', people: [guestId] });
  assert.deepEqual([refused.ok, refused.code], [false, 403], JSON.stringify(refused));
  const byGuest = await guest.do('feature', { name: 'MediaAccess', method: 'forbidOthersAudio' });
  assert.deepEqual([byGuest.ok, byGuest.code], [false, 403], JSON.stringify(byGuest));
  await done(organiser, { name: 'MediaAccess', method: 'forbidOthersAudio' });
  const rule = await hears(guest, 'meetingMediaAccessChanged');
  assert.deepEqual(rule, { meetingMediaAccess: { isAudioPermitted: false, isVideoPermitted: true } });
});

stage.scenario('media statistics name what really flows', async () => {
  const sample = await guest.do('sample');
  const [video] = sample.video.receive;
  assert.ok(video.frameWidthReceived > 0 && video.bitrate > 0 && video.frameRateDecoded > 0, JSON.stringify(video));
  assert.ok(sample.audio.receive.some(({ packetsPerSecond }) => packetsPerSecond > 0), JSON.stringify(sample.audio));
  assert.equal(sample.transports.length, 1);
});
