// The peer for tokens: oidc-provider from npm with its store in memory, one client, signed access tokens (ES256) by client
// credentials, over https. `node tokens.mjs FOLDER PORT CERTIFICATE KEY`; FOLDER holds node_modules.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:https';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, port, certificate, key] = process.argv.slice(2);
const found = createRequire(`${resolve(folder)}/any.js`).resolve('oidc-provider');
const { default: Provider } = await import(pathToFileURL(found));
const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const resource = 'https://localhost/api';
const provider = new Provider(`https://localhost:${port}`, {
  clients: [{
    client_id: 'load', client_secret: 'load-load-load', grant_types: ['client_credentials'], redirect_uris: [],
    response_types: [], id_token_signed_response_alg: 'ES256',
  }],
  jwks: { keys: [{ ...signing, use: 'sig', alg: 'ES256' }] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      getResourceServerInfo: () => ({ scope: 'chat', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
    },
  },
});
const tls = { cert: readFileSync(certificate), key: readFileSync(key) };
createServer(tls, provider.callback()).listen(Number(port), '127.0.0.1');
