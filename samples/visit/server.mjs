// The clinic's back end: makes an identity and a token for each patient with the official Identity SDK. The connection
// string stays here; the browser gets a token that lasts one visit.
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { accessCheck, tryLimit } from './access.mjs';
import { pagesFrom } from './pages.mjs';

const BODY_BYTES_MAX = 4_096;
const TOKEN_MINUTES = 120;

const { CONNECTION_STRING, ACCESS_CODE = '', PORT = '3000', PAGES = fileURLToPath(new URL('../../web/dist/visit', import.meta.url)) } = process.env;
// Without a slash at the end: the chat package puts one in front of its paths.
const endpoint = /endpoint=([^;]+)/i.exec(CONNECTION_STRING ?? '')?.[1].replace(/\/$/, '');
if (!endpoint) {
  console.error('Set CONNECTION_STRING to the connection string of your resource.');
  process.exit(1);
}

const identities = new CommunicationIdentityClient(CONNECTION_STRING);
const mayEnter = accessCheck(ACCESS_CODE);
const mayTry = tryLimit(60);
const servePage = pagesFrom(PAGES, endpoint);

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  try {
    if (request.method === 'POST' && pathname === '/visit/token') return await giveToken(request, response);
    if (request.method === 'GET' && pathname.startsWith('/visit/') && (await servePage(pathname, response))) return;
    if (request.method === 'GET' && pathname === '/') return void response.writeHead(302, { location: '/visit/' }).end();
    answer(response, 404, {});
  } catch (error) {
    console.error('request failed:', error.name, error.statusCode ?? '');
    answer(response, error instanceof SyntaxError ? 400 : 502, {});
  }
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://localhost:${server.address().port}/visit/`));

async function giveToken(request, response) {
  if (!isOwnPage(request)) return answer(response, 403, {});
  if (!mayTry(request.socket.remoteAddress)) return answer(response, 429, {});
  const { code } = await jsonOf(request);
  // The check comes first: whoever fails it leaves no trace in the calling service.
  if (!mayEnter(code)) return answer(response, 401, {});
  const { user, token, expiresOn } = await identities.createUserAndToken(['chat', 'voip'], { tokenExpiresInMinutes: TOKEN_MINUTES });
  answer(response, 200, { userId: user, token, expiresOn, endpoint });
}

function isOwnPage({ headers: { origin, host } }) {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

async function jsonOf(request) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > BODY_BYTES_MAX) throw new SyntaxError('body too long');
  }
  const body = JSON.parse(text || '{}');
  if (typeof body !== 'object' || body === null) throw new SyntaxError('not an object');
  return body;
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}
