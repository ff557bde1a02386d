// Bundles the page of our own making (pages/own) with the SDK as it was built, the way a builder's tool would.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const SDK = path('../../web/packages/calling');
const BUNDLE = path('../artifacts/own.js');

/** Writes the bundle; says what to build first when the SDK is not there. */
export async function buildOwnPage() {
  if (!existsSync(`${SDK}/dist`)) throw new Error('web/packages/calling has no dist: run `make web` first');
  await build({
    entryPoints: [path('own/main.js')],
    bundle: true,
    format: 'esm',
    outfile: BUNDLE,
    alias: { '@parvis/calling': SDK },
    nodePaths: [path('../../web/node_modules')],
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    logLevel: 'error',
  });
}

/** Serves the page from an origin that is not the server's, as a builder's site would. */
export async function serveOwnPage() {
  const html = await readFile(path('own/index.html'));
  const script = await readFile(BUNDLE);
  const server = createServer((request, answer) => {
    const isScript = new URL(request.url, 'http://localhost').pathname === '/own.js';
    answer.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
    answer.end(isScript ? script : html);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://localhost:${server.address().port}`, close: () => server.close() };
}
