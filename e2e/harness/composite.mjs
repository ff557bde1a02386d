// A builder's page with one of the UI library's composites (pages/composites), as a person uses it. The composites mark their
// parts with `data-ui-id`, which their documentation offers to tests.
export class Composite {
  /** Opens `composite` in a new page of the person's browser. `given` is what a back end hands over. */
  static async open(person, site, composite, { name = 'Ana', form = 'desktop', ...given }) {
    await person.context.grantPermissions(['camera', 'microphone'], { origin: site.origin });
    person.page = await person.context.newPage();
    person.page.setDefaultTimeout(20_000);
    await person.page.setViewportSize(form === 'mobile' ? { width: 375, height: 812 } : { width: 1280, height: 800 });
    const address = `${site.origin}/?${new URLSearchParams({ composite, form, name })}#${encodeURIComponent(JSON.stringify(given))}`;
    await person.page.goto(address);
    return new Composite(person);
  }

  constructor(person) {
    this.person = person;
    this.page = person.page;
  }

  part(id) {
    return this.page.locator(`[data-ui-id="${id}"]`).first();
  }

  button(name) {
    return this.page.getByRole('button', { name }).first();
  }

  async shows(text, within = 20_000) {
    await this.page.getByText(text).first().waitFor({ timeout: within });
  }

  /** Switches microphone and camera on, as they are off on the first page, and asks to come in. */
  async join() {
    const start = this.part('call-composite-start-call-button');
    await start.waitFor();
    await this.part('call-composite-local-device-settings-microphone-button').click();
    await this.part('call-composite-local-device-settings-camera-button').click();
    await this.page.waitForFunction(() => [...document.querySelectorAll('video')].some((video) => video.videoWidth > 0));
    await start.click();
  }

  async inLobby() {
    await this.shows('Waiting to be admitted');
  }

  async inCall() {
    await this.part('call-composite-hangup-button').waitFor();
    await this.page.getByText('Waiting to be admitted').first().waitFor({ state: 'hidden' });
  }

  /** Every control that the page shows now: its name, and whether it can be used. */
  controls() {
    return this.page.evaluate(() => [...document.querySelectorAll('button, [role=menuitem], [role=menuitemcheckbox]')]
      .filter((one) => one.offsetWidth > 0)
      .map((one) => ({
        id: one.dataset.uiId ?? '',
        name: one.ariaLabel ?? one.innerText.trim(),
        enabled: !one.disabled && one.ariaDisabled !== 'true',
      })));
  }

  async more() {
    await this.page.locator('[data-ui-id="common-call-composite-more-button"], [data-ui-id="call-with-chat-composite-more-button"]').first().click();
    await this.page.getByRole('menu').first().waitFor();
  }

  /** Chooses what the "More" menu calls so. */
  async choose(name) {
    await this.more();
    await this.page.getByRole('menuitem', { name }).first().click();
  }

  async leave() {
    await this.part('call-composite-hangup-button').click();
    const confirm = this.page.getByRole('dialog').getByRole('button', { name: 'Leave' });
    if (await confirm.isVisible().catch(() => false)) await confirm.click();
  }

  /** What the adapter told the page as errors. */
  told() {
    return this.page.evaluate(() => window.told ?? []);
  }

  async close() {
    await this.page.close();
  }
}
