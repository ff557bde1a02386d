// Calls that ring, on builders' pages: the SDK and nothing else. One browser calls, the other has two pages of the person
// who is called and one of a third.
import assert from 'node:assert/strict';
import { until } from '../harness/browser.mjs';
import { OwnPage } from '../harness/own.mjs';
import { Stage } from '../harness/stage.mjs';
import { memberToken, newGuest } from '../harness/wire.mjs';
import { serveOwnPage } from '../pages/build.mjs';

const stage = new Stage('ring');
let site;
let ana;
let ben;
let benToo;
let cy;
const ids = {};

async function called(page, people, more = {}) {
  const outcome = await page.do('call', { people, ...more });
  assert.equal(outcome.ok, true, JSON.stringify(outcome));
}

async function agreed(page, verb, argument) {
  const outcome = await page.do(verb, argument);
  assert.equal(outcome.ok, true, JSON.stringify(outcome));
}

stage.scenario('[N1] a call rings on both pages of a person; one answers, the other hears so; both see and hear each other', async () => {
  site = await serveOwnPage();
  const [first, second, third] = await Promise.all([newGuest(stage.demo), newGuest(stage.demo), newGuest(stage.demo)]);
  Object.assign(ids, { ana: first.id, ben: second.id, cy: third.id });
  ana = await OwnPage.open(await stage.person('ana'), site);
  ben = await OwnPage.open(await stage.person('ben'), site);
  benToo = await ben.tab(site, 'ben, too');
  cy = await ben.tab(site, 'cy');
  await ana.do('listen', { token: first.token, name: 'Ana' });
  await ben.do('listen', { token: second.token, name: 'Ben' });
  await benToo.do('listen', { token: second.token, name: 'Ben' });
  await cy.do('listen', { token: third.token, name: 'Cy', camera: false });
  await until('ben\'s clients are there', 10_000, async () => (await ben.do('connection')) === 'Connected' && (await benToo.do('connection')) === 'Connected' && (await cy.do('connection')) === 'Connected');

  await called(ana, [ids.ben]);
  assert.equal((await ben.rings()).caller, 'Ana');
  assert.equal((await benToo.rings()).caller, 'Ana');
  await ana.inState('Ringing');
  assert.deepEqual((await ana.do('roster')).map(({ id, state }) => [id, state]), [[ids.ben, 'Ringing']]);
  await agreed(ben, 'answer');
  assert.equal(await benToo.ringEnded(), '487/10003');
  await ana.inState('Connected');
  assert.deepEqual(await ana.do('states'), ['None', 'Connecting', 'Ringing', 'Connected']);
  assert.deepEqual([await ana.do('direction'), await ben.do('direction')], ['Outgoing', 'Incoming']);
  await ana.meets('Ben');
  await Promise.all([ana.person.sees(10), ben.person.sees(10), ana.person.hears(), ben.person.hears()]);
});

stage.scenario('on hold nothing is heard, and the other one is told', async () => {
  await agreed(ben, 'hold');
  await ana.inState('RemoteHold');
  await Promise.all([ana.person.hearsNothing(), ben.person.hearsNothing()]);
  await agreed(ben, 'resume');
  await ana.inState('Connected');
  await ana.person.hears();
});

stage.scenario('a third is rung into the call, answers, and may leave; hanging up leaves the others together', async () => {
  await agreed(ana, 'add', ids.cy);
  assert.equal((await cy.rings()).caller, 'Ana');
  await agreed(cy, 'answer');
  await ben.meets('Cy');
  await agreed(ana, 'leave');
  assert.equal(await ana.ended(), '0/0');
  await until('ben has only Cy left', 10_000, async () => (await ben.do('roster')).map(({ name }) => name).join() === 'Cy');
  assert.equal(await ben.do('state'), 'Connected');
  await agreed(cy, 'leave');
  await agreed(ben, 'leave');
  assert.equal(await ben.ended(), '0/0');
});

stage.scenario('declined, cancelled, unanswered, nobody there: both sides hear why', async () => {
  await called(ana, [ids.ben]);
  await Promise.all([ben.rings(2), benToo.rings(2)]);
  await agreed(ben, 'decline');
  assert.equal(await ana.ended(), '603/0');
  assert.deepEqual([await ben.ringEnded(), await benToo.ringEnded()], ['603/0', '603/0']);

  await called(ana, [ids.ben]);
  await ben.rings(3);
  await agreed(ana, 'leave');
  assert.equal(await ana.ended(), '0/0');
  assert.equal(await ben.ringEnded(), '487/0');

  await called(ana, [ids.ben], { ringForMs: 1_000 });
  assert.equal(await ana.ended(), '487/10004');
  assert.equal(await ben.ringEnded(), '487/10004');

  await called(ana, [(await newGuest(stage.demo)).id]);
  assert.equal(await ana.ended(), '480/10037');
});

stage.scenario('between two, hanging up ends the call for both', async () => {
  await called(ana, [ids.ben]);
  await benToo.rings(5);
  await agreed(benToo, 'answer');
  await ana.inState('Connected');
  await agreed(benToo, 'leave');
  assert.equal(await ana.ended(), '0/5003');
});

stage.scenario('[I1][E7] members call each other on apps of their own; an outsider reaches none of them', async () => {
  const [ada, bo] = stage.demo.info.members;
  const bo_id = `8:orgid:${bo.oid}`;
  await called(ana, [bo_id]);
  assert.equal(await ana.ended(), '403/10124');
  for (const page of [benToo, cy]) await page.page.close();
  benToo = await ben.tab(site, 'bo');
  cy = await ben.tab(site, 'ada');
  await benToo.do('listen', { token: await memberToken(stage.demo, bo), member: true, camera: false });
  await cy.do('listen', { token: await memberToken(stage.demo, ada), member: true, camera: false });
  await until('the members are there', 10_000, async () => (await benToo.do('connection')) === 'Connected' && (await cy.do('connection')) === 'Connected');
  await called(cy, [bo_id]);
  assert.equal((await benToo.rings()).caller, ada.display_name);
  await agreed(benToo, 'answer');
  await cy.inState('Connected');
  await cy.meets(bo.display_name);
});
