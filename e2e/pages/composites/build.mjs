// Bundles the composites' page as a builder's tool would, with the UI library that `folder` has installed, and serves it from an
// origin that is not the server's.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
/** Of each of these there must be one copy: tokens, stores and contexts of one are strangers to another. */
const ONE_COPY = /^(react|react-dom|@azure\/communication-[a-z-]+|@fluentui\/react|@fluentui\/react-icons)(\/|$)/;

/** The UI library of our own visit page, and one of 2025 in a folder of its own. */
export const CURRENT = path('../../../web/apps/visit');
export const OLDER = path('../composites-older');

const oneCopy = (folder) => ({
  name: 'one-copy',
  setup({ onResolve, resolve }) {
    onResolve({ filter: ONE_COPY }, ({ path: wanted, kind, pluginData }) =>
      pluginData === 'again' ? undefined : resolve(wanted, { kind, resolveDir: folder, pluginData: 'again' }));
  },
});

export async function serveComposites(folder = CURRENT) {
  const { outputFiles, metafile } = await build({
    entryPoints: [path('main.jsx')],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    jsx: 'automatic',
    loader: { '.svg': 'dataurl' },
    nodePaths: [path('../../../web/node_modules')],
    plugins: [oneCopy(folder)],
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    logLevel: 'error',
  });
  // Links are followed: what is still below node_modules was installed, and must never be.
  const strangers = Object.keys(metafile.inputs).filter((input) => /node_modules\/@azure\/communication-calling/.test(input));
  if (strangers.length > 0) throw new Error(`not our calling package: ${strangers}`);
  const html = await readFile(path('index.html'));
  const server = createServer((request, answer) => {
    const isScript = new URL(request.url, 'http://localhost').pathname === '/composites.js';
    answer.setHeader('content-type', isScript ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8');
    answer.end(isScript ? outputFiles[0].contents : html);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://localhost:${server.address().port}`, close: () => server.close() };
}
