// A builder's page with the UI Library's composite in it, as a guest uses it. The composite marks its parts with
// `data-ui-id`, which its own documentation offers to tests.
import { until } from './browser.mjs';

export class Visit {
  constructor(person) {
    this.person = person;
    this.page = person.page;
  }

  part(id) {
    return this.page.locator(`[data-ui-id="${id}"]`);
  }

  /** Opens the page, writes into the clinic's own form, gives a name and asks to come in. */
  async arrive(url, name, { reason } = {}) {
    await this.page.goto(url);
    if (reason) await this.page.getByLabel('Reason for the visit').fill(reason);
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(name);
    await this.begin();
  }

  async begin() {
    await this.page.getByRole('button', { name: 'Start my visit' }).click();
    const start = this.part('call-composite-start-call-button');
    await start.waitFor();
    // The composite begins with both switched off.
    await this.part('call-composite-local-device-settings-microphone-button').click();
    await this.part('call-composite-local-device-settings-camera-button').click();
    await this.page.waitForFunction(() => [...document.querySelectorAll('video')].some((video) => video.videoWidth > 0));
    await start.click();
  }

  async inLobby() {
    await this.page.getByText('Waiting to be admitted').first().waitFor();
  }

  async inCall() {
    await this.part('call-composite-hangup-button').first().waitFor();
    await this.page.getByText('Waiting to be admitted').first().waitFor({ state: 'hidden' });
  }

  async toggleMic() {
    await this.part('call-composite-microphone-button').first().click();
  }

  async toggleCamera() {
    await this.part('call-composite-camera-button').first().click();
  }

  async toggleShare() {
    await this.part('call-composite-screenshare-button').first().click();
  }

  async openChat() {
    const box = this.page.getByPlaceholder('Enter a message');
    if (!(await box.isVisible())) await this.part('call-with-chat-composite-chat-button').first().click();
    await box.waitFor();
    return box;
  }

  async say(text) {
    const box = await this.openChat();
    await box.fill(text);
    await box.press('Enter');
  }

  async reads(text, within = 10_000) {
    await this.openChat();
    await this.page.getByText(text, { exact: true }).first().waitFor({ timeout: within });
  }

  async leave() {
    await this.part('call-composite-hangup-button').first().click();
    const confirm = this.page.getByRole('dialog').getByRole('button', { name: 'Leave' });
    const isOver = async () => !(await this.part('call-composite-hangup-button').first().isVisible());
    await until('leaving is confirmed or done', 10_000, async () => (await confirm.isVisible()) || (await isOver()));
    if (await confirm.isVisible()) await confirm.click();
  }
}
