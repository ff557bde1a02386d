// The same main job on a phone: guest and host at phone size with touch.
import assert from 'node:assert/strict';
import { Host } from '../harness/host.mjs';
import { OwnPage } from '../harness/own.mjs';
import { Stage } from '../harness/stage.mjs';
import { Visit } from '../harness/visit.mjs';
import { newGuest } from '../harness/wire.mjs';
import { serveOwnPage } from '../pages/build.mjs';

const stage = new Stage('phone');
let meeting;
let hosting;
let host;
let guesting;

const fitsWidth = (person) => person.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth + 1);

stage.scenario('[D5] a member schedules, joins and admits on a phone', async () => {
  hosting = await stage.person('host', { phone: true });
  host = new Host(hosting);
  await host.signIn(stage.demo.info, stage.demo.info.members[0]);
  await host.schedule('By phone');
  await hosting.picture('phone-host-meetings');
  assert.equal(await fitsWidth(hosting), true);
  [meeting] = stage.demo.info.meetings;
  await host.join(meeting.subject);
});

stage.scenario('[A4][A1] a guest on a phone waits, is admitted, and both see and hear each other', async () => {
  guesting = await stage.person('guest', { phone: true });
  const guest = new Visit(guesting);
  await guest.arrive(meeting.guest_url, 'Ana');
  await guest.inLobby();
  await guesting.picture('phone-guest-lobby');
  assert.equal(await fitsWidth(guesting), true);
  await host.notice().getByRole('button', { name: /admit/i }).click();
  await Promise.all([hosting.sees(60), guesting.sees(60)]);
  await Promise.all([hosting.hears(), guesting.hears()]);
  await hosting.picture('phone-host-call');
  await guesting.picture('phone-guest-call');
  assert.equal(await fitsWidth(guesting), true);
  assert.equal(await fitsWidth(hosting), true);
  await stage.dismiss(guesting);
});

stage.scenario('[A4] on a phone, sharing the screen is reported as not capable', async () => {
  const site = await serveOwnPage();
  const person = await stage.person('phone', { phone: true });
  const page = await OwnPage.open(person, site);
  const { token } = await newGuest(stage.demo);
  await page.do('join', { token, locator: { meetingLink: meeting.join_web_url }, name: 'Pat', camera: false });
  await page.inState('InLobby');
  await host.admit('Pat (External)');
  await page.inState('Connected');
  assert.equal((await page.do('capability', 'shareScreen')).isPresent, false);
  assert.equal((await page.do('share')).ok, false);
  site.close();
});
