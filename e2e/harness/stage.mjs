// The stage of a scenario file: one server, the people on it, and what to keep when something goes wrong.
import { mkdir, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Person } from './browser.mjs';
import { Demo } from './demo.mjs';

const ARTIFACTS = fileURLToPath(new URL('../artifacts/', import.meta.url));

/** A browser that no longer answers must not hold up the files after it. */
const CLOSE_MS = 10_000;
const within = (limitMs, work) => Promise.race([Promise.resolve(work).catch(() => {}), wait(limitMs, undefined, { ref: false })]);

export class Stage {
  /** Sets the stage before the file's first test and clears it after the last. */
  constructor(name) {
    this.name = name;
    this.people = [];
    before(async () => {
      this.demo = await Demo.start(process.env.PARVIS_BINARY);
    });
    after(async () => {
      await Promise.all(this.people.map((person) => within(CLOSE_MS, person.close())));
      await within(CLOSE_MS * 2, this.demo?.stop());
      // Fires only where something still holds the process: forcing the exit at once would cut off the report.
      setTimeout(() => process.exit(), CLOSE_MS).unref();
    });
  }

  /** A person with a browser of its own. */
  async person(name, options = {}) {
    const person = await Person.open(name, { ...options, demo: this.demo });
    this.people.push(person);
    return person;
  }

  async dismiss(person) {
    this.people = this.people.filter((one) => one !== person);
    await person.close();
  }

  /** One test. When it fails, pictures, consoles and the server's log are kept. */
  scenario(name, play) {
    test(name, async (t) => {
      try {
        await play(t);
      } catch (error) {
        await this.#keep(name);
        throw error;
      }
    });
  }

  async #keep(name) {
    const stem = `failed-${this.name}-${name.replace(/[^a-z0-9]+/gi, '-').slice(0, 60)}`;
    await mkdir(ARTIFACTS, { recursive: true });
    for (const person of this.people) {
      await within(CLOSE_MS, person.picture(`${stem}-${person.name}`));
      await writeFile(`${ARTIFACTS}${stem}-${person.name}.log`, person.console.join('\n'));
    }
    await writeFile(`${ARTIFACTS}${stem}-server.log`, this.demo?.output ?? '');
  }
}

/** A figure for the closing lines. */
export function measure(t, what, value, unit) {
  t.diagnostic(`measure: ${what} ${Math.round(value * 10) / 10} ${unit}`);
}
