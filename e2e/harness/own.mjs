// A builder's page made of SDK objects only (pages/own), as a person or a test drives it.
import { until } from './browser.mjs';

export class OwnPage {
  /** Opens the page; `site` is what `serveOwnPage` gave. */
  static async open(person, site) {
    await person.context.grantPermissions(['camera', 'microphone'], { origin: site.origin });
    await person.page.goto(site.origin);
    await person.page.waitForFunction(() => window.own !== undefined);
    return new OwnPage(person);
  }

  constructor(person) {
    this.person = person;
    this.page = person.page;
  }

  /** Calls one verb of `window.own`. */
  do(verb, argument) {
    return this.page.evaluate(([name, value]) => window.own[name](value), [verb, argument]);
  }

  async inState(state, within = 30_000) {
    await until(`${this.person.name} is ${state}`, within, async () => (await this.do('state')) === state, async () => [await this.do('state'), await this.do('end')]);
  }

  /** Waits for the end and gives its code and sub-code as `code/subCode`. */
  async ended(within = 30_000) {
    await this.inState('Disconnected', within);
    const { code, subCode } = await this.do('end');
    return `${code}/${subCode}`;
  }

  /** Waits until it rings for the `count`th time; gives the latest ring. */
  async rings(count = 1, within = 10_000) {
    await until(`${this.person.name} rings`, within, async () => (await this.do('rings')).length >= count, () => this.do('rings'));
    return (await this.do('rings')).at(-1);
  }

  /** Waits until the latest ring is over; gives its code and sub-code as `code/subCode`. */
  async ringEnded(within = 10_000) {
    await until(`${this.person.name} rings no more`, within, async () => (await this.do('rings')).at(-1)?.end != null, () => this.do('rings'));
    return (await this.do('rings')).at(-1).end;
  }

  /** One more page of the same browser. */
  async tab(site, name) {
    const { context } = this.person;
    return OwnPage.open({ name, context, page: await context.newPage() }, site);
  }

  /** Waits until somebody of this name is on the roster. */
  async meets(name, within = 20_000) {
    const names = async () => (await this.do('roster')).map((person) => person.name);
    await until(`${this.person.name} meets ${name}`, within, async () => (await names()).includes(name), names);
  }
}
