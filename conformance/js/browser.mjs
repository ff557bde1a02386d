// A builder's page in a real Chromium, with the browser build of the packages under test, listened to like the Node build:
// bundled here as a builder's tool would, served from an origin that is not the server's.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import path from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { origin } from './parvis.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const NAMES = { chat: '@azure/communication-chat', common: '@azure/communication-common' };
const PAGE = '<!doctype html><meta charset="utf-8"><title>A builder\'s page</title><script type="module" src="/page.js"></script>';

/** What the page has: `window.sdk.chat` and `window.sdk.common`, the packages' exports. */
function entry(surface) {
  const imports = Object.entries(NAMES).map(([short, name]) => `import * as ${short} from ${JSON.stringify(name)};`);
  const exports = Object.entries(NAMES).map(([short, name]) => `${short}: recorder.exportsOf(${JSON.stringify(name)}, ${short}, ${JSON.stringify(surface[name])})`);
  return `${imports.join('\n')}
import { Recorder } from ${JSON.stringify(path.join(here, 'record/recorder.mjs'))};
let deep = 0;
const inside = {
  active: () => deep > 0,
  run(action) { deep += 1; try { return action(); } finally { deep -= 1; } },
};
const recorder = new Recorder((call) => window.parvisTell(call), inside);
window.sdk = { ${exports.join(', ')} };`;
}

async function bundled() {
  const { outputFiles } = await build({
    stdin: { contents: entry(globalThis.parvisRecorder.surface), resolveDir: process.env.PARVIS_PACKAGES, sourcefile: 'page.js' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    logLevel: 'error',
  });
  return outputFiles[0].contents;
}

/** The fingerprint of the server's key: the one certificate that the browser is told to trust. */
function keyOfServer() {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: hostname, port, rejectUnauthorized: false }, () => {
      const key = socket.getPeerX509Certificate().publicKey.export({ type: 'spki', format: 'der' });
      socket.destroy();
      resolve(createHash('sha256').update(key).digest('base64'));
    });
    socket.on('error', reject);
  });
}

/** One browser, and the builder's site; `open()` gives a page whose `sdk` is there, `close()` ends everything. */
export class Browser {
  static async start() {
    const script = await bundled();
    const site = createServer((request, answer) => {
      const isScript = request.url === '/page.js';
      answer.setHeader('content-type', isScript ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8');
      answer.end(isScript ? script : PAGE);
    });
    await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM || execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim(),
      headless: true,
      args: ['--no-sandbox', '--disable-background-networking', `--ignore-certificate-errors-spki-list=${await keyOfServer()}`],
    });
    return new Browser(browser, site);
  }

  constructor(browser, site) {
    this.browser = browser;
    this.site = site;
    this.console = [];
  }

  async open() {
    const context = await this.browser.newContext();
    await context.exposeFunction('parvisTell', (call) => globalThis.parvisRecorder.tell({ ...call, build: 'browser' }));
    context.on('console', (message) => this.console.push(`${message.type()}: ${message.text()}`));
    context.on('weberror', (error) => this.console.push(`uncaught: ${error.error().stack}`));
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`http://localhost:${this.site.address().port}/`);
    await page.waitForFunction(() => window.sdk !== undefined);
    return page;
  }

  async close() {
    await this.browser.close();
    this.site.close();
  }
}
