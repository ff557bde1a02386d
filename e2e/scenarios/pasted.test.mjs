// Three pasted values, no code: identity, token and meeting link on our own join page.
import assert from 'node:assert/strict';
import { Host } from '../harness/host.mjs';
import { Room } from '../harness/room.mjs';
import { Stage } from '../harness/stage.mjs';
import { newGuest } from '../harness/wire.mjs';

const stage = new Stage('pasted');
let guest;
let made;

async function paste({ identity, token, link }) {
  const { page } = guest;
  for (const [name, value] of [['Identity', identity], ['User access token', token], ['Meeting link or ID', link]]) {
    await page.getByRole('textbox', { name, exact: false }).or(page.getByLabel(name)).first().fill(value);
  }
  await page.getByRole('button', { name: 'Go on' }).click();
}

stage.scenario('[B5] wrong values are refused with words, beside their field', async () => {
  const [meeting] = stage.demo.info.meetings;
  made = await newGuest(stage.demo);
  guest = new Room(await stage.person('guest'));
  await guest.page.goto(`${stage.demo.origin}/join/`);
  await guest.page.getByRole('button', { name: 'I have an identity and a token' }).click();
  const link = meeting.join_web_url;
  for (const [values, words] of [
    [{ identity: '8:acs:somebody_else', token: made.token, link }, 'The token belongs to another identity.'],
    [{ identity: made.id, token: 'nonsense', link }, 'This is not a user token of this server.'],
    [{ identity: made.id, token: made.token, link: 'hello' }, 'Enter the digits of the meeting ID, or paste the whole link.'],
  ]) {
    await paste(values);
    await guest.page.getByRole('alert').filter({ hasText: words }).waitFor();
  }
  await guest.person.picture('pasted-values');
});

stage.scenario('[B5] with the three values alone, call and chat of the meeting are joined', async () => {
  const [meeting] = stage.demo.info.meetings;
  const host = new Host(await stage.person('host'));
  await host.signIn(stage.demo.info, stage.demo.info.members[0]);
  await host.join(meeting.subject);
  await paste({ identity: made.id, token: made.token, link: meeting.join_web_url });
  await guest.page.getByRole('textbox', { name: 'Your name' }).fill('Pia');
  await guest.mirror();
  await guest.page.getByRole('button', { name: 'Join the meeting' }).click();
  await guest.inLobby();
  await host.admit('Pia (External)');
  await guest.inCall();
  await host.say('Welcome, Pia.');
  await guest.reads('Welcome, Pia.');
  await guest.say('Good morning.');
  await host.reads('Good morning.');
  const kept = await guest.page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, location.href]));
  assert.ok(!kept.includes(made.token), 'the token is kept nowhere');
});
