// Serves the built clinic page under /visit/, with rules that let it talk to the calling service and to nobody else.
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };

/** Answers a GET below /visit/ from `folder`; false when there is no such file. */
export function pagesFrom(folder, endpoint) {
  const https = new URL(endpoint).origin;
  const policy = [
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:",
    `media-src 'self' blob: mediastream:; worker-src 'self' blob:; connect-src 'self' ${https} ${https.replace('https:', 'wss:')}`,
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
  ].join('; ');
  return async (path, response) => {
    const name = normalize(path === '/visit/' ? '/index.html' : path.slice('/visit'.length));
    const type = TYPES[extname(name)];
    const file = type && (await readFile(join(folder, name)).catch(() => undefined));
    if (!file) return false;
    const headers = { 'content-type': type, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
    if (name === '/index.html') Object.assign(headers, { 'content-security-policy': policy, 'cache-control': 'no-store' });
    response.writeHead(200, headers).end(file);
    return true;
  };
}
