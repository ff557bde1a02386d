// What the lobby protects: who is denied stays out, a borrowed name gains nothing, who is removed is out, and the end is the end.
import assert from 'node:assert/strict';
import { until } from '../harness/browser.mjs';
import { Host } from '../harness/host.mjs';
import { OwnPage } from '../harness/own.mjs';
import { Stage } from '../harness/stage.mjs';
import { Visit } from '../harness/visit.mjs';
import { listMessages, newGuest, sendMessage } from '../harness/wire.mjs';
import { serveOwnPage } from '../pages/build.mjs';

const stage = new Stage('lobby');
let meeting;
let host;
let guesting;
let guest;

stage.scenario('[E1] the host is in the seeded meeting', async () => {
  [meeting] = stage.demo.info.meetings;
  const person = await stage.person('host');
  host = new Host(person);
  await host.signIn(stage.demo.info, stage.demo.info.members[0]);
  await host.join(meeting.subject);
});

stage.scenario('[D4][L2] a guest who is denied sees so, and gets nothing of the meeting', async () => {
  guesting = await stage.person('guest');
  guest = new Visit(guesting);
  await guest.arrive(meeting.guest_url, 'Ana');
  await guest.inLobby();
  await host.deny('Ana (External)');
  await guesting.page.getByText(/not (let in|granted entry|admitted)|Dismissed from lobby/i).first().waitFor();
  await guesting.picture('guest-denied');
  assert.equal((await listMessages(stage.demo, guesting.traffic.userToken(), meeting.thread_id)).status, 403);
  assert.equal((await guesting.media()).video.some((stream) => stream.frames > 0), false);
  await stage.dismiss(guesting);
});

stage.scenario('[H2] a guest with a member\'s name is labelled, waits like anybody, and gains no trust', async () => {
  const site = await serveOwnPage();
  const { display_name: borrowed } = stage.demo.info.members[1];
  const impostor = await stage.person('impostor');
  const page = await OwnPage.open(impostor, site);
  const { token } = await newGuest(stage.demo);
  await page.do('join', { token, locator: { meetingLink: meeting.join_web_url }, name: `${borrowed} (External) (Organizer)` });
  await page.inState('InLobby');
  await host.openPanel('People');
  const shown = (await host.row(borrowed).innerText()).split('\n').find((line) => line.includes(borrowed));
  assert.ok(/\(External\)$/.test(shown), shown);
  assert.equal(shown.match(/\(External\)/g).length, 1, shown);
  assert.equal((await listMessages(stage.demo, token, meeting.thread_id)).status, 403);
  await host.row(borrowed).getByRole('button', { name: /^Admit/ }).click();
  await page.inState('Connected');
  for (const name of ['manageLobby', 'removeParticipant', 'hangUpForEveryOne', 'muteOthers']) {
    assert.equal((await page.do('capability', name))?.isPresent ?? false, false, name);
  }
  assert.deepEqual(await page.do('info').then(({ role }) => ['Presenter', 'Attendee'].includes(role)), true);
  site.close();
});

stage.scenario('[D4][G3] who is removed is told so, is out of the chat, and has to wait again', async () => {
  const [{ token, page }] = [await lastGuest()];
  assert.equal((await sendMessage(stage.demo, token, meeting.thread_id, 'hello')).status, 201);
  await host.remove(`${stage.demo.info.members[1].display_name}`);
  assert.equal(await page.ended(), '0/5300');
  await until('the chat is shut', 5_000, async () => (await listMessages(stage.demo, token, meeting.thread_id)).status === 403);
  await page.do('join', { token, locator: { meetingLink: meeting.join_web_url }, name: 'Back again' });
  await page.inState('InLobby');
});

stage.scenario('[D4] admit all lets everybody in, and ending for everybody ends it for everybody', async () => {
  const waiting = await lastGuest();
  const second = await stage.person('second');
  const visit = new Visit(second);
  await visit.arrive(meeting.guest_url, 'Bo');
  await visit.inLobby();
  await host.openPanel('People');
  await host.panel('People').getByRole('button', { name: 'Admit all' }).click();
  await waiting.page.inState('Connected');
  await visit.inCall();
  await host.leave({ forEverybody: true });
  assert.equal(await waiting.page.ended(), '0/4097');
  await until('the visit is over', 15_000, async () => !(await visit.part('call-composite-hangup-button').first().isVisible()));
  await host.ended('You ended the call');
  assert.equal((await listMessages(stage.demo, waiting.token, meeting.thread_id)).status, 403);
});

/** The person on the page of one's own, and its token. */
async function lastGuest() {
  const person = stage.people.find(({ name }) => name === 'impostor');
  return { page: new OwnPage(person), token: person.traffic.userToken() };
}
