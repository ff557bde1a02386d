// Tells whether a request changed anything: a reader beside the server hashes every row of its database.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const READER = `
import hashlib, sqlite3, sys
base = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
seen, mark = None, None
for _ in sys.stdin:
    version = base.execute('PRAGMA data_version').fetchone()
    if version != seen:
        digest = hashlib.sha256()
        for (table,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
            for row in sorted(map(repr, base.execute(f'SELECT * FROM "{table}"'))):
                digest.update((table + row).encode())
        seen, mark = version, digest.hexdigest()
    print(mark, flush=True)
`;

export class Witness {
  #child;
  #lines;

  constructor(database) {
    this.#child = spawn('python3', ['-c', READER, database], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
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
