// Our own call page as a person uses it: the members' page and the join page share it. Everything is found by the role
// and the name that a screen reader would read out.
import { until } from './browser.mjs';

export class Room {
  constructor(person) {
    this.person = person;
    this.page = person.page;
    this.controls = this.page.getByRole('toolbar', { name: 'Call controls' });
  }

  control(name) {
    return this.controls.getByRole('button', { name });
  }

  /** Waits until the page shows one's own picture, before joining. */
  async mirror() {
    await this.page.getByTestId('preview').locator('video').waitFor();
  }

  async inCall() {
    await this.control(/^Leave/).waitFor();
  }

  async inLobby() {
    await this.page.getByRole('heading', { name: 'Someone will let you in soon' }).waitFor();
  }

  /** The page after the call has this heading. */
  async ended(heading) {
    await this.page.getByRole('heading', { name: heading }).waitFor();
  }

  async openPanel(name) {
    const control = this.control(new RegExp(`^${name}`));
    if ((await control.getAttribute('aria-pressed')) !== 'true') await control.click();
    await this.panel(name).waitFor();
  }

  panel(name) {
    return this.page.getByRole('complementary', { name });
  }

  /** The notice over the stage that somebody waits. */
  notice() {
    return this.page.getByRole('region', { name: 'Lobby' });
  }

  async admit(name) {
    await this.openPanel('People');
    await this.panel('People').getByRole('button', { name: `Admit ${name}` }).click();
  }

  async deny(name) {
    await this.openPanel('People');
    await this.panel('People').getByRole('button', { name: `Deny ${name}` }).click();
  }

  async remove(name) {
    await this.openPanel('People');
    await this.panel('People').getByRole('button', { name: `Remove ${name}` }).click();
    await this.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  }

  /** A row of the people panel, whose text holds the name and what is known of the person. */
  row(name) {
    return this.panel('People').getByRole('listitem').filter({ hasText: name });
  }

  /** The names shown in the people panel. */
  async names() {
    await this.openPanel('People');
    const rows = await this.panel('People').getByRole('listitem').allInnerTexts();
    return rows.map((row) => row.split('\n').find((line) => /\p{L}{3}/u.test(line)) ?? row);
  }

  async say(text) {
    await this.openPanel('Chat');
    await this.page.getByRole('textbox', { name: 'Message' }).fill(text);
    await this.page.getByRole('button', { name: 'Send', exact: true }).click();
  }

  /** Waits for a message in the conversation. */
  async reads(text, within = 10_000) {
    await this.openPanel('Chat');
    await this.page.getByRole('log', { name: 'Messages' }).getByText(text, { exact: true }).waitFor({ timeout: within });
  }

  async seesShareOf(name) {
    await this.page.getByRole('group', { name: `Screen shared by ${name}` }).locator('video').waitFor();
  }

  async leave({ forEverybody = false } = {}) {
    await this.control(/^Leave/).click();
    const dialog = this.page.getByRole('dialog');
    await until('leaving is confirmed or done', 10_000, async () => (await dialog.isVisible()) || !(await this.controls.isVisible()));
    if (await dialog.isVisible()) {
      await dialog.getByRole('button', { name: forEverybody ? 'End for everybody' : 'Leave' }).click();
    }
  }
}
