// Bundles the chat page as a builder's tool would and serves it from an origin that is not the server's.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const HTML = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Chat</title><script type="module" src="/chat.js"></script>';

export async function serveChatPage() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('main.js', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    logLevel: 'error',
  });
  const server = createServer((request, answer) => {
    const isScript = request.url === '/chat.js';
    answer.setHeader('content-type', isScript ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8');
    answer.end(isScript ? outputFiles[0].contents : HTML);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://localhost:${server.address().port}/`, close: () => server.close() };
}
