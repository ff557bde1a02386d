// Tells whether a request changed anything: a reader beside the server hashes every row of its database.
// When somebody in a call was last heard is left out: calls go on while requests are refused.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const READER = `
import hashlib, json, sqlite3, sys
base = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
seen, mark = None, None
for _ in sys.stdin:
    version = base.execute('PRAGMA data_version').fetchone()
    if version != seen:
        tables = {}
        for (table,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
            columns = [f'"{name}"' for (_, name, *_) in base.execute(f'PRAGMA table_info("{table}")') if name != 'heartbeat_on']
            rows = sorted(map(repr, base.execute(f'SELECT {", ".join(columns)} FROM "{table}"')))
            tables[table] = hashlib.sha256('\\n'.join(rows).encode()).hexdigest()
        seen, mark = version, json.dumps(tables)
    print(mark, flush=True)
`;

export class Witness {
  #child;
  #lines;

  constructor(database) {
    this.#child = spawn('python3', ['-c', READER, database], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The tables that differ between two marks. */
  static between(before, after) {
    const [one, other] = [JSON.parse(before), JSON.parse(after)];
    return Object.keys(other).filter((table) => one[table] !== other[table]);
  }

  /** Waits until nothing more is written: some notes are kept a second later than what they are about. */
  async settled() {
    const begun = performance.now();
    for (let [mark, since] = [await this.mark(), begun]; performance.now() - since < 2_000; await pause(100)) {
      const now = await this.mark();
      if (now !== mark) [mark, since] = [now, performance.now()];
      if (performance.now() - begun > 30_000) throw new Error('the server goes on writing by itself');
    }
  }

  /** The same text as long as nothing was written. */
  async mark() {
    this.#child.stdin.write('\n');
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the database cannot be read');
    return value;
  }

  stop() {
    this.#child.stdin.end();
  }
}
