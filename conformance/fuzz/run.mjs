#!/usr/bin/env node
// Requests made up from the public interface descriptions (../specs), with the right credentials, against a running server: no
// 5xx, no undocumented status, answers in the described shape and type. Seeded, and bounded in number or in time.
// Usage: node conformance/fuzz/run.mjs [--binary PATH] [--only NAME] [--examples N | --seconds N] [--seed N]
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Demo } from '../../e2e/harness/demo.mjs';
import { credentials, directoryToken } from '../../e2e/harness/wire.mjs';
import { finished } from '../process.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const SPECS = path.join(here, '../specs');
const CHECKS = ['not_a_server_error', 'status_code_conformance', 'bodies_have_the_documented_type', 'response_headers_conformance', 'response_schema_conformance',
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

/** Operations that were asked and never once succeeded: the made-up requests did not get past the door. */
function shallow(text, spec) {
  const best = new Map();
  for (const line of text.split('\n').filter(Boolean)) {
    const [operation, status] = line.split('\t');
    best.set(operation, Math.min(best.get(operation) ?? 999, Number(status)));
  }
  const known = ([operation]) => { const [method, address] = operation.split(' '); return spec.paths[address]?.[method.toLowerCase()]; };
  return [...best].filter(known).filter(([, status]) => status >= 300).map(([operation, status]) => `${operation}: nothing better than ${status}`);
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
  const lines = await readFile(seen, 'utf8').catch(() => '');
  if (process.env.PARVIS_KEEP_SEEN) await writeFile(process.env.PARVIS_KEEP_SEEN, lines);
  return { name: file, ok, output, shallow: shallow(lines, spec), cases: lines.split('\n').length - 1 };
}

const scratch = await mkdtemp(path.join(tmpdir(), 'parvis-fuzz-'));
const demo = await Demo.start(wanted.binary);
let [passed, failed] = [0, 0];
try {
  // Dialects that are not there yet have no folder.
  const there = await readdir(path.join(here, '../../crates/edge/src/rest'));
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
  await rm(scratch, { recursive: true, force: true });
}
console.log(`fuzz rest: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
