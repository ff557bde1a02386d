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

  /** Waits until somebody of this name is on the roster. */
  async meets(name, within = 20_000) {
    const names = async () => (await this.do('roster')).map((person) => person.name);
    await until(`${this.person.name} meets ${name}`, within, async () => (await names()).includes(name), names);
  }
}
