// Starts the real binary as `parvis demo` on free ports with a folder of its own, kills and restarts it, measures it.
// No browser here; the conformance runner uses this file too.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { requester } from './wire.mjs';

const READY_WITHIN_MS = 60_000;

export class Demo {
  /** Seeds a fresh folder and serves. `binary` is the path of `parvis`. */
  static async start(binary) {
    const folder = await mkdtemp(path.join(tmpdir(), 'parvis-demo-'));
    const demo = new Demo(path.resolve(binary), folder);
    await demo.launch('127.0.0.1:0', '127.0.0.1:0');
    return demo;
  }

  constructor(binary, folder) {
    this.binary = binary;
    this.folder = folder;
    this.jsonFile = path.join(folder, 'demo.json');
    this.output = '';
  }

  async launch(httpsAddress, httpAddress) {
    await rm(this.jsonFile, { force: true });
    const begun = performance.now();
    const dir = path.join(this.folder, 'data');
    const wanted = ['demo', '--dir', dir, '--https', httpsAddress, '--http', httpAddress, '--json', this.jsonFile];
    this.process = spawn(this.binary, wanted, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = once(this.process, 'exit');
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on('data', (chunk) => (this.output = (this.output + chunk).slice(-400_000)));
    }
    while (!existsSync(this.jsonFile)) {
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        throw new Error(`parvis ended before it was ready:\n${this.output.slice(-4_000)}`);
      }
      if (performance.now() - begun > READY_WITHIN_MS) throw new Error(`parvis was not ready in time:\n${this.output.slice(-4_000)}`);
      await pause(2);
    }
    this.info = JSON.parse(await readFile(this.jsonFile, 'utf8'));
    this.ca = await readFile(this.info.ca_certificate, 'utf8');
    this.origin = new URL(this.info.endpoint).origin;
    this.send = requester(this.origin, this.ca);
    await this.untilReady(begun);
    this.readyMs = performance.now() - begun;
  }

  async untilReady(begun) {
    for (;;) {
      const answer = await this.request('GET', '/readyz').catch(() => undefined);
      if (answer?.status === 200) return;
      if (performance.now() - begun > READY_WITHIN_MS) throw new Error('/readyz never said 200');
      await pause(2);
    }
  }

  /** As a crash does: no goodbye, nothing flushed by us. */
  async kill() {
    this.process.kill('SIGKILL');
    await this.exited;
  }

  /** The same folder on the same addresses, as an operator's supervisor would. */
  async restart() {
    const port = (address) => new URL(address).port;
    await this.launch(`127.0.0.1:${port(this.info.endpoint)}`, `127.0.0.1:${port(this.info.http_origin)}`);
  }

  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGTERM');
      const late = setTimeout(() => this.process.kill('SIGKILL'), 15_000);
      await this.exited;
      clearTimeout(late);
    }
    if (process.env.PARVIS_KEEP_LOG) await writeFile(process.env.PARVIS_KEEP_LOG, this.output, { flag: 'a' });
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Resident memory of the server in MiB. */
  async residentMib() {
    const status = await readFile(`/proc/${this.process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) / 1024;
  }

  /** Rows of the server's own database, read beside it: what no dialect shows yet. */
  async rows(query) {
    const script = `
import glob, json, sqlite3, sys
[file] = glob.glob(sys.argv[1] + '/data/*.sqlite') + glob.glob(sys.argv[1] + '/data/*.db')
base = sqlite3.connect('file:' + file + '?mode=ro', uri=True)
base.row_factory = sqlite3.Row
print(json.dumps([{name: row[name] for name in row.keys() if not isinstance(row[name], bytes)} for row in base.execute(sys.argv[2])]))`;
    const { stdout } = await promisify(execFile)('python3', ['-c', script, this.folder, query]);
    return JSON.parse(stdout);
  }

  /** The meter's records of legs: who, whose resource pays, from when to when. */
  usage() {
    return this.rows('SELECT raw_id, resource_id, kind, started_on, ended_on, absent_ms FROM leg_usage ORDER BY started_on');
  }

  async meteredMessages() {
    const [{ count }] = await this.rows('SELECT count(*) AS count FROM message_usage');
    return count;
  }

  /** One request to this server; see `requester`. */
  request(method, target, options) {
    return this.send(method, target, options);
  }
}
