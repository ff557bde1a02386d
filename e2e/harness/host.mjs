// The members' page: sign in, meetings, schedule, copy the link, join.
import { Room } from './room.mjs';

export class Host extends Room {
  /** Signs in with the embedded directory's plain form. */
  async signIn(info, member) {
    await this.page.goto(info.host_url);
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    const password = this.page.locator('input[type=password]');
    await password.waitFor();
    await this.page.locator('input[type=text], input[type=email]').first().fill(member.upn);
    await password.fill(member.password);
    await password.press('Enter');
    await this.page.getByRole('heading', { name: 'Your meetings' }).waitFor();
  }

  /** Schedules a meeting with the form's own defaults. */
  async schedule(subject) {
    await this.page.getByRole('button', { name: 'New meeting' }).click();
    const form = this.page.getByRole('dialog', { name: 'New meeting' });
    await form.getByRole('textbox', { name: 'Subject' }).fill(subject);
    await form.getByRole('button', { name: 'Schedule' }).click();
    await this.page.getByRole('listitem').filter({ hasText: subject }).waitFor();
  }

  async copyLink(subject) {
    await this.page.getByRole('button', { name: `Copy link of ${subject}` }).click();
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** Opens the meeting and joins with microphone and camera. */
  async join(subject) {
    await this.page.getByRole('button', { name: `Join ${subject}` }).click();
    await this.mirror();
    await this.page.getByRole('button', { name: 'Join now' }).click();
    await this.inCall();
  }
}
