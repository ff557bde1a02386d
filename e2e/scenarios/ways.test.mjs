// Four ways into one meeting, and what each is worth: a member on our page, a visitor on our page, an external user on a
// builder's page, a member on a builder's page.
import assert from 'node:assert/strict';
import { until } from '../harness/browser.mjs';
import { Host } from '../harness/host.mjs';
import { OwnPage } from '../harness/own.mjs';
import { Room } from '../harness/room.mjs';
import { Stage } from '../harness/stage.mjs';
import { listMessages, memberToken, newGuest } from '../harness/wire.mjs';
import { serveOwnPage } from '../pages/build.mjs';

const stage = new Stage('ways');
let site;
let meeting;
let host;
let visitor;
let external;
let colleague;
let colleaguesToken;
let externalToken;

stage.scenario('[E11] a member on our page goes straight in', async () => {
  site = await serveOwnPage();
  [meeting] = stage.demo.info.meetings;
  host = new Host(await stage.person('host'));
  await host.signIn(stage.demo.info, stage.demo.info.members[0]);
  await host.join(meeting.subject);
});

stage.scenario('[E11][E12] a visitor on our page waits', async () => {
  const person = await stage.person('visitor');
  visitor = new Room(person);
  await person.page.goto(meeting.join_web_url);
  await person.page.getByRole('textbox', { name: 'Your name' }).fill('Vera');
  await visitor.mirror();
  await person.page.getByRole('button', { name: 'Join the meeting' }).click();
  await visitor.inLobby();
});

stage.scenario('[E11][E12][B2][N1] an external user on a builder\'s page waits', async () => {
  external = await OwnPage.open(await stage.person('external'), site);
  externalToken = (await newGuest(stage.demo)).token;
  await external.do('join', { token: externalToken, locator: { meetingLink: meeting.join_web_url }, name: 'Ana', camera: false });
  await external.inState('InLobby');
});

stage.scenario('[A7][E11][C6][N1] a member on a builder\'s page goes straight in, under the directory\'s name', async () => {
  const [, member] = stage.demo.info.members;
  colleaguesToken = await memberToken(stage.demo, member);
  colleague = await OwnPage.open(await stage.person('colleague'), site);
  const locator = { meetingLink: meeting.join_web_url };
  await colleague.do('join', { token: colleaguesToken, locator, name: 'The Director', member: true, camera: false });
  await colleague.inState('Connected');
  assert.ok((await host.names()).some((name) => name.includes(member.display_name)));
  assert.ok(!(await host.names()).some((name) => name.includes('Director') || name.includes(`${member.display_name} (`)));
});

stage.scenario('[E12] both who wait are told alike to the host, and admitted together', async () => {
  await host.openPanel('People');
  for (const name of ['Vera (External)', 'Ana (External)']) await host.row(name).waitFor();
  await host.panel('People').getByRole('button', { name: 'Admit all' }).click();
  await visitor.inCall();
  await external.inState('Connected');
});

stage.scenario('[A5][A7] the builder\'s page draws its roster from the SDK\'s objects: kinds, names, mute state', async () => {
  await external.meets(stage.demo.info.members[0].display_name);
  await external.meets('Vera');
  const kinds = Object.fromEntries((await external.do('roster')).map(({ name, kind }) => [name, kind]));
  assert.equal(kinds[stage.demo.info.members[0].display_name], 'microsoftTeamsUser');
  await colleague.meets('Ana (External)');
  await external.page.getByRole('listitem').filter({ hasText: 'Vera' }).waitFor();
  const before = (await colleague.do('roster')).find(({ name }) => name === 'Ana (External)').muted;
  await external.do(before ? 'unmute' : 'mute');
  await colleague.page.waitForFunction(([name, muted]) => window.own.roster().find((person) => person.name === name)?.muted !== muted, ['Ana (External)', before]);
});

stage.scenario('[G1] the visitor chats on our page; the member\'s exchanged token is no chat token', async () => {
  await host.say('Welcome both.');
  await visitor.reads('Welcome both.');
  await visitor.say('Thank you!');
  await host.reads('Thank you!');
  assert.equal((await listMessages(stage.demo, colleaguesToken, meeting.thread_id)).status, 403);
});

stage.scenario('[G1][N2][B2] on a builder\'s own origin the unmodified chat package writes and is told live', async () => {
  assert.deepEqual(await external.do('openChat', { endpoint: stage.demo.info.endpoint, token: externalToken }), { ok: true, value: null });
  assert.equal((await external.do('say', 'Hello from another site')).ok, true);
  await host.reads('Hello from another site', 2_000);
  await host.say('Hello there');
  await until('the live event arrives', 2_000, async () => (await external.do('heard')).some(({ text }) => text === 'Hello there'));
});

stage.scenario('[E14] short link and id with passcode lead to the same meeting', async () => {
  const ways = [{ meetingId: meeting.join_meeting_id, passcode: meeting.passcode }];
  const short = `${stage.demo.origin}/meet/${meeting.join_meeting_id}?p=${meeting.passcode}`;
  for (const locator of [...ways, { meetingLink: short }]) {
    const person = await stage.person('another');
    const page = await OwnPage.open(person, site);
    await page.do('join', { token: (await newGuest(stage.demo)).token, locator, name: 'Cleo', camera: false });
    await page.inState('InLobby');
    await host.openPanel('People');
    await host.row('Cleo (External)').waitFor();
    await page.do('leave');
    await host.row('Cleo (External)').waitFor({ state: 'detached' });
    await stage.dismiss(person);
  }
});

stage.scenario('[E14] a wrong passcode and a link that leads nowhere end with their codes', async () => {
  const person = await stage.person('lost');
  const page = await OwnPage.open(person, site);
  const { token } = await newGuest(stage.demo);
  await page.do('join', { token, locator: { meetingId: meeting.join_meeting_id, passcode: 'wrong-passcode-0' }, name: 'Cleo', camera: false });
  assert.equal(await page.ended(), '400/5751');
  await stage.dismiss(person);
});

stage.scenario('[K1][K5] usage: who is on an SDK is metered to the resource, who is on our pages costs nobody anything', async () => {
  await external.do('leave');
  await external.inState('Disconnected');
  const legs = await stage.demo.usage();
  const of = (rawId) => legs.filter(({ raw_id: id }) => id === rawId).map(({ kind, resource_id: payer }) => [kind, payer !== null]);
  const { members } = stage.demo.info;
  assert.deepEqual(of(rawIdOf(externalToken)), [['acs_voip', true]]);
  assert.deepEqual(of(`8:orgid:${members[1].oid}`), [['acs_voip', true]]);
  assert.deepEqual(of(`8:orgid:${members[0].oid}`), [['teams_native', false]]);
  const visitors = legs.filter(({ raw_id: id }) => id.startsWith('8:teamsvisitor:'));
  assert.deepEqual(visitors.map(({ kind, resource_id: payer }) => [kind, payer]), [['teams_native', null]]);
});

stage.scenario('[A6] guests need no licence and leave nothing in the directory', async () => {
  const [{ count: members }] = await stage.demo.rows('SELECT count(*) AS count FROM member');
  const [{ count: licences }] = await stage.demo.rows('SELECT count(*) AS count FROM member_licence');
  assert.equal(members, stage.demo.info.members.length);
  assert.ok(licences <= members, 'no more licences than members');
  site.close();
});

function rawIdOf(token) {
  return `8:${JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).skypeid}`;
}
