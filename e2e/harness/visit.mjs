// A builder's page with the UI Library's composite in it, as a guest uses it. The composite marks its parts with
// `data-ui-id`, which its own documentation offers to tests.
export class Visit {
  constructor(person) {
    this.person = person;
    this.page = person.page;
  }

  part(id) {
    return this.page.locator(`[data-ui-id="${id}"]`);
  }

  /** Opens the page, gives a name and asks to come in; leaves the page's own form filled. */
  async arrive(url, name) {
    await this.page.goto(url);
    await this.page.getByRole('textbox', { name: /name/i }).first().fill(name);
    await this.begin();
  }

  async begin() {
    await this.page.getByRole('button', { name: /join|continue|start|enter/i }).first().click();
    const start = this.part('call-composite-start-call-button');
    await start.waitFor();
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
    if (await confirm.isVisible().catch(() => false)) await confirm.click();
  }
}
