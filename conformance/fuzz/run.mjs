#!/usr/bin/env node
// Requests made up from the public interface descriptions (../specs), with the right credentials, against a running server: no
// 5xx, no undocumented status, answers in the described shape and type. Seeded, and bounded in number or in time.
// Usage: node conformance/fuzz/run.mjs [--binary PATH] [--only NAME] [--examples N | --seconds N] [--seed N]
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Demo } from '../../e2e/harness/demo.mjs';
import { credentials, directoryToken, signed } from '../../e2e/harness/wire.mjs';
import { finished } from '../process.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const SPECS = path.join(here, '../specs');
const CHECKS = ['status_code_conformance', 'bodies_have_the_documented_type', 'response_headers_conformance', 'response_schema_conformance',
  'refusals_have_the_documented_shape'];
const { values: wanted } = parseArgs({
  options: {
    binary: { type: 'string', default: 'target/debug/parvis' }, only: { type: 'string', default: '' },
    examples: { type: 'string', default: '10' }, seconds: { type: 'string' }, seed: { type: 'string', default: '20280930' },
  },
});

const statuses = JSON.parse(await readFile(path.join(here, 'statuses.json'), 'utf8'));
const operations = JSON.parse(await readFile(path.join(here, '../refusals/operations.json'), 'utf8'));

/** The description with the dialect's own statuses added, and without what the server does not offer. */
async function description(file, dialect) {
  const spec = JSON.parse(await readFile(path.join(SPECS, file), 'utf8'));
  const absent = new Set(operations.filter(({ rightly }) => rightly === 501).map(({ method, path: address }) => `${method} ${address}`));
  for (const [address, item] of Object.entries(spec.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (absent.has(`${method.toUpperCase()} ${address}`)) delete item[method];
      else if (!operation.responses.default) {
        for (const status of Object.keys(statuses[dialect])) {
          operation.responses[status] ??= { description: '', schema: { $ref: '#/definitions/CommunicationErrorResponse' } };
        }
      }
    }
    if (Object.keys(item).length === 0) delete spec.paths[address];
  }
  return spec;
}

/** Calls with one person in each, for Call Automation: the tool steers them, and ends some. */
async function calls(demo, callbacks) {
  const { Hand } = await import('../js/hand.mjs');
  const { key } = credentials(demo.info.connection_string);
  const [hands, ids, people] = [[], [], []];
  const ask = async (target, body) => {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', ...signed(key, 'POST', target, new URL(demo.origin).host, text) };
    return (await demo.request('POST', target, { headers, body: text })).json();
  };
  for (let count = 0; count < 24; count += 1) {
    const { identity, accessToken } = await ask('/identities?api-version=2023-10-01', { createTokenWithScopes: ['voip'] });
    const hand = await Hand.open(demo.origin, demo.ca, accessToken.token);
    hands.push(hand);
    people.push(identity.id);
    const target = { rawId: identity.id, communicationUser: { id: identity.id } };
    ids.push((await ask('/calling/callConnections?api-version=2026-03-12', { targets: [target], callbackUri: callbacks })).callConnectionId);
    await hand.accept('Bob');
  }
  return { ids, person: people[0], close: () => hands.forEach((hand) => hand.close()) };
}

/** Operations that were asked and never once succeeded: the made-up requests did not get past the door. */
function shallow(text, spec) {
  const best = new Map();
  for (const line of text.split('\n').filter(Boolean)) {
    const [operation, status] = line.split('\t');
    best.set(operation, Math.min(best.get(operation) ?? 999, Number(status)));
  }
  // Call Automation's bodies are rarely right by chance: its SDK's tests show that side.
  const known = ([operation]) => { const [method, address] = operation.split(' '); return spec.paths[address]?.[method.toLowerCase()]; };
  return [...best].filter(known).filter(([operation]) => !/^POST \/calling/.test(operation)).filter(([, status]) => status >= 300).map(([operation, status]) => `${operation}: nothing better than ${status}`);
}

async function fuzz(demo, scratch, file) {
  const [, dialect, version] = /^(\w+)-(.*)\.json$/.exec(file);
  const spec = await description(file, dialect);
  if (Object.keys(spec.paths).length === 0) return { name: file, ok: true, output: 'nothing of it is offered', failures: [], cases: 0 };
  const [location, seen] = [path.join(scratch, file), path.join(scratch, `${file}.seen`)];
  await writeFile(location, JSON.stringify(spec));
  const bin = path.join(here, '.venv/bin/st');
  const { endpoint, key } = credentials(demo.info.connection_string);
  const [member] = demo.info.members;
  const { audience, client_id, tenant_id } = demo.info;
  const token = await directoryToken(demo, member, `${audience}/Teams.ManageCalls ${audience}/Teams.ManageChats`);
  const extension = await directoryToken(demo, member, 'https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls');
  const info = { extension, tenant_id, oid: member.oid, exchange: { token, appId: client_id, userId: member.oid } };
  const running = dialect === 'automation' ? await calls(demo, callbacks) : undefined;
  Object.assign(info, { callbacks, calls: running?.ids, person: running?.person });
  // By number, a seed gives the same requests on a slow machine too.
  const extent = wanted.seconds ? ['--max-time', wanted.seconds] : ['--max-examples', wanted.examples];
  const arguments_ = ['run', location, '--url', demo.origin, '--checks', CHECKS.join(','), '--phases', 'coverage,fuzzing', ...extent,
    '--seed', wanted.seed, '--tls-verify', demo.info.ca_certificate, '--workers', '1', '--no-color', '--warnings', 'off', '--no-shrink',
    '--suppress-health-check', 'all', '--request-timeout', '20', '--output-sanitize', 'true',
    // The tool first tries a malformed head, after which the server closes; the next request may still go to that connection.
    '--request-retries', '1'];
  const { ok, output } = await finished(bin, arguments_, scratch, {
    SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: here, PYTHONDONTWRITEBYTECODE: '1', REQUESTS_CA_BUNDLE: demo.info.ca_certificate,
    PARVIS_ENDPOINT: endpoint, PARVIS_KEY: key, PARVIS_DIALECT: dialect, PARVIS_VERSION: version, PARVIS_SEED: wanted.seed, PARVIS_SEEN: seen,
    PARVIS_INFO: JSON.stringify(info),
  });
  running?.close();
  const lines = await readFile(seen, 'utf8').catch(() => '');
  if (process.env.PARVIS_KEEP_SEEN) await writeFile(process.env.PARVIS_KEEP_SEEN, lines);
  return { name: file, ok, output, shallow: shallow(lines, spec), cases: lines.split('\n').length - 1 };
}

const scratch = await mkdtemp(path.join(tmpdir(), 'parvis-fuzz-'));
// Dialects that are not there yet have no folder.
const there = await readdir(path.join(here, '../../crates/edge/src/rest'));
const receiver = createServer((request, answer) => request.resume().on('end', () => answer.end())).listen(0, '127.0.0.1');
await once(receiver, 'listening');
const callbacks = `http://127.0.0.1:${receiver.address().port}/`;
if (there.includes('automation')) process.env.PARVIS_CONFIG = path.join(here, '../refusals/server.toml');
const demo = await Demo.start(wanted.binary);
let [passed, failed] = [0, 0];
try {
  const files = (await readdir(SPECS)).filter((name) => name.endsWith('.json') && name.includes(wanted.only) && there.includes(name.split('-')[0])).sort();
  for (const file of files) {
    const { ok, output, shallow: refused = [], cases } = await fuzz(demo, scratch, file);
    const alive = (await demo.request('GET', '/readyz')).status === 200;
    const panics = demo.output.split('\n').filter((line) => line.includes('panicked')).length;
    const bad = (ok ? 0 : 1) + refused.length + (alive ? 0 : 1) + panics;
    passed += cases;
    failed += bad;
    if (bad > 0) console.log(`\n== ${file}\n${output.trim()}\n${refused.map((line) => `FAIL  ${line}`).join('\n')}`);
    if (panics > 0) console.log(demo.output.slice(-4_000));
    console.log(`${file}: ${cases} requests, ${bad === 0 ? 'nothing found' : `${bad} failed`}`);
  }
} finally {
  await demo.stop();
  receiver.closeAllConnections();
  receiver.close();
  await rm(scratch, { recursive: true, force: true });
}
console.log(`fuzz rest: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
