// Somebody who only chats: tabs of the chat page in one browser, each with a record of what its socket carried.
import { until } from './browser.mjs';

export class Chatter {
  /** A tab of its own, connected. `offline` cuts it off; `renews` gives it new tokens when it asks. */
  static async open(person, site, { endpoint, token, renews }) {
    const context = await person.browser.newContext({ ignoreHTTPSErrors: true });
    const chatter = new Chatter(context, await context.newPage());
    await chatter.page.routeWebSocket(/socket\.io/, (socket) => chatter.#keep(socket));
    if (renews) await chatter.page.exposeFunction('nextToken', renews);
    await chatter.page.goto(site.origin);
    await chatter.page.waitForFunction(() => window.chat !== undefined);
    await chatter.do('start', { endpoint, token, renews: renews !== undefined });
    await chatter.inState('connected');
    return chatter;
  }

  constructor(context, page) {
    this.context = context;
    this.page = page;
    this.sockets = [];
    this.frames = [];
  }

  #keep(socket) {
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      this.frames.push(frame);
      socket.send(frame);
    });
    this.sockets.push({ page: socket, server });
  }

  do(verb, ...values) {
    return this.page.evaluate(([name, given]) => window.chat[name](...given), [verb, values]);
  }

  /** The network goes; the socket with it, without a goodbye. */
  async cut() {
    await this.context.setOffline(true);
    const { page, server } = this.sockets.at(-1);
    await server.close();
    await page.close();
    await this.inState('disconnected');
  }

  async mend() {
    await this.context.setOffline(false);
    await this.inState('connected');
  }

  async inState(state, within = 60_000) {
    const last = async () => (await this.do('states')).at(-1);
    await until(`the package says ${state}`, within, async () => (await last()) === state, () => this.do('states'));
  }

  /** The only event of that name so far, once it is there. */
  async heard(event, more = () => true, within = 10_000) {
    const found = async () => (await this.do('heard')).filter((one) => one.event === event && more(one.told));
    await until(event, within, async () => (await found()).length > 0, async () => (await this.do('heard')).map((one) => one.event));
    const all = await found();
    if (all.length > 1) throw new Error(`${event} came ${all.length} times`);
    return all[0].told;
  }

  /** The texts of the messages heard of a thread, in their order. */
  async texts(threadId) {
    const all = await this.do('heard');
    return all.filter(({ event, told }) => event === 'chatMessageReceived' && told.threadId === threadId).map(({ told }) => told.message);
  }

  /** How often the server said that news were lost. */
  losses() {
    return this.frames.filter((frame) => frame.includes('trouter.message_loss')).length;
  }
}
