// The server is killed in the middle of a call and started again: both come back with media and without a click, no
// acknowledged message is lost, and the meter has one record for each leg.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../harness/browser.mjs';
import { Host } from '../harness/host.mjs';
import { measure, Stage } from '../harness/stage.mjs';
import { Visit } from '../harness/visit.mjs';
import { listMessages, sendMessage } from '../harness/wire.mjs';

const DOWN_MS = 2_500;
const stage = new Stage('crash');
let meeting;
let hosting;
let host;
let guesting;
let guest;
const acknowledged = [];

stage.scenario('[A1] a call is up', async () => {
  [meeting] = stage.demo.info.meetings;
  hosting = await stage.person('host');
  host = new Host(hosting);
  await host.signIn(stage.demo.info, stage.demo.info.members[0]);
  await host.join(meeting.subject);
  guesting = await stage.person('guest');
  guest = new Visit(guesting);
  await guest.arrive(meeting.guest_url, 'Ana');
  await guest.inLobby();
  await host.notice().getByRole('button', { name: /admit/i }).click();
  await guest.inCall();
  await Promise.all([hosting.sees(20), guesting.sees(20)]);
});

stage.scenario('[K1][G1] killed while messages flow, and started again within five seconds', async (t) => {
  const token = guesting.traffic.userToken();
  let stop = false;
  const writing = (async () => {
    for (let number = 1; !stop; number += 1) {
      const text = `message ${number}`;
      const answer = await sendMessage(stage.demo, token, meeting.thread_id, text).catch(() => undefined);
      if (answer?.status === 201) acknowledged.push(text);
      else if (!answer) break;
    }
  })();
  await until('twenty messages are acknowledged', 20_000, () => acknowledged.length >= 20);
  const begun = performance.now();
  await stage.demo.kill();
  stop = true;
  await writing;
  await pause(DOWN_MS);
  await stage.demo.restart();
  const down = performance.now() - begun;
  measure(t, 'server down for', down, 'ms');
  assert.ok(down < 5_000, `${down} ms`);
});

stage.scenario('[A1][F1][F2] both are back with picture and sound, without a click', async (t) => {
  const begun = performance.now();
  await Promise.all([hosting.sees(30), guesting.sees(30)]);
  measure(t, 'restart to media on both sides', performance.now() - begun, 'ms');
  await Promise.all([hosting.hears(), guesting.hears()]);
  await host.inCall();
  await guest.inCall();
  assert.ok((await host.names()).some((name) => name.includes('Ana (External)')));
});

stage.scenario('[G1] no acknowledged message is lost, and chat goes on live', async () => {
  const token = guesting.traffic.userToken();
  const kept = new Set();
  let answer = await listMessages(stage.demo, token, meeting.thread_id);
  for (;;) {
    assert.equal(answer.status, 200);
    const { value, nextLink } = answer.json();
    for (const message of value) kept.add(message.content?.message);
    if (!nextLink) break;
    answer = await stage.demo.request('GET', nextLink, { token });
  }
  assert.deepEqual(acknowledged.filter((text) => !kept.has(text)), []);
  await host.say('Still there?');
  await guest.reads('Still there?', 20_000);
});

stage.scenario('[K1] the meter has one record for the guest\'s leg and one for each message', async () => {
  await guest.leave();
  const mine = async () => (await stage.demo.usage()).filter(({ raw_id: id }) => id.startsWith('8:acs:'));
  await until('the leg is closed', 10_000, async () => (await mine()).every((leg) => leg.ended_on !== null));
  assert.equal((await mine()).length, 1);
  const all = await stage.demo.usage();
  assert.equal(all.length, 2, 'one record for the host, one for the guest');
  const messages = await stage.demo.meteredMessages();
  assert.ok(messages >= acknowledged.length && messages <= acknowledged.length + 2, `${messages} for ${acknowledged.length}`);
});
