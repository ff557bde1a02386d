// The members' page: sign in, meetings, schedule, copy the link, join.
import { Room } from './room.mjs';

export class Host extends Room {
  /** Signs in with the embedded directory's plain form. */
  async signIn(info, member) {
    await this.page.goto(info.host_url);
    const begin = this.page.getByRole('button', { name: /sign in/i }).or(this.page.getByRole('link', { name: /sign in/i }));
    const password = this.page.locator('input[type=password]');
    await begin.or(password).first().waitFor();
    if (!(await password.isVisible())) await begin.first().click();
    await password.waitFor();
    await this.page.locator('input[type=text], input[type=email]').first().fill(member.upn);
    await password.fill(member.password);
    await password.press('Enter');
    await this.page.waitForURL((url) => url.href.startsWith(info.host_url));
    await this.page.getByRole('heading', { name: /meetings/i }).first().waitFor();
  }

  /** Schedules a meeting that begins now. */
  async schedule(subject) {
    await this.page.getByRole('button', { name: /schedule|new meeting/i }).first().click();
    const form = this.page.getByRole('dialog').or(this.page.getByRole('form')).first();
    await form.getByRole('textbox', { name: /subject|title|name/i }).fill(subject);
    await form.getByRole('button', { name: /schedule|save|create/i }).click();
    await this.meeting(subject).waitFor();
  }

  meeting(subject) {
    return this.page.getByRole('listitem').filter({ hasText: subject });
  }

  async copyLink(subject) {
    await this.meeting(subject).getByRole('button', { name: /copy/i }).click();
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** Opens the meeting and joins with microphone and camera. */
  async join(subject) {
    await this.meeting(subject).getByRole('button', { name: /join/i }).click();
    await this.enter();
  }

  async enter() {
    await this.page.getByTestId('preview').waitFor();
    await this.page.getByRole('button', { name: /join/i }).first().click();
    await this.inCall();
  }
}
