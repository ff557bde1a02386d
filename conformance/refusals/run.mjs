#!/usr/bin/env node
// The refusal matrix: every operation, asked with every flaw of its credentials, is refused with the documented status, code
// and shape and changes nothing; then, asked rightly, it succeeds. Compares what it saw with REFUSALS.md.
// Usage: node conformance/refusals/run.mjs [--binary PATH] [--only PART] [--write]
import { readFile, readdir, writeFile } from 'node:fs/promises';
import https from 'node:https';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fixture } from './fixtures.mjs';
import { FLAWS, attempts, exchangeAttempts, rightly } from './flaws.mjs';
import { pageOf } from './page.mjs';
import { missing } from './routes.mjs';
import { Stage } from './stage.mjs';
import { Witness } from './witness.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const PAGE = path.join(here, '../REFUSALS.md');
const REST = path.join(here, '../../crates/edge/src/rest');
const { values: wanted } = parseArgs({
  options: { binary: { type: 'string', default: 'target/debug/parvis' }, only: { type: 'string', default: '' }, write: { type: 'boolean', default: false } },
});

/** What is wrong with an answer that should be a refusal, or with one that should show nothing. */
function flawOf(answer, { status, code, without, nothing }) {
  if (answer.status !== status) return `${answer.status} ${answer.text.slice(0, 120)}`;
  if (nothing) return undefined;
  if (without !== undefined) return answer.text.includes(without) ? 'shows what is not theirs' : undefined;
  if (answer.headers['www-authenticate']) return 'starts a challenge';
  if (!/^application\/json/.test(answer.headers['content-type'] ?? '')) return `content type ${answer.headers['content-type']}`;
  const { error } = parsed(answer.text) ?? {};
  if (error?.code !== code) return `code ${error?.code}`;
  return typeof error.message === 'string' && error.message ? undefined : 'no message';
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const identityOf = (text) => {
  const body = parsed(text) ?? {};
  return body.identity?.id ?? body.chatThread?.id ?? body.id;
};

/** Sends one attempt; gives what went wrong, if anything did. */
async function tried(stage, witness, { request, wanted: expected }) {
  if (expected.once) {
    const first = await stage.send(request);
    // What a call brings about by itself, such as its events, is no change by the repetition.
    if (request.target.startsWith('/calling')) await witness.settled();
    const before = await witness.mark();
    const second = await stage.send(request);
    if (first.status !== expected.status || second.status !== expected.status) return `${first.status}, then ${second.status}`;
    if (identityOf(first.text) !== identityOf(second.text)) return 'made a second one';
    const changed = Witness.between(before, await witness.mark());
    return changed.length === 0 ? undefined : `a change of ${changed.join(', ')} by the repetition`;
  }
  const before = await witness.mark();
  const answer = await stage.send(request);
  const flaw = flawOf(answer, expected);
  const changed = Witness.between(before, await witness.mark());
  return flaw ?? (changed.length === 0 ? undefined : `a change of ${changed.join(', ')}`);
}

function shown({ status, code, once, without, nothing }) {
  if (once) return 'same answer';
  if (nothing) return 'does nothing';
  return without === undefined ? `${status} ${code}` : 'sees nothing';
}

/** Tries the attempts of some flaws; what was seen and what went wrong is added to the row. */
async function tryFlaws(stage, witness, row, flaws) {
  const { made } = row;
  for (const flaw of flaws) {
    const all = [...attempts(flaw, made), ...exchangeAttempts(flaw, made)];
    row.cells[flaw] = [...new Set(all.map(({ wanted: expected }) => shown(expected)))].join(', ') || '—';
    row.attempts += all.length;
    for (const one of all) {
      const problem = await tried(stage, witness, one);
      if (problem) row.problems.push(`${row.method} ${row.path}: ${flaw}${one.note ? ` (${one.note})` : ''}: expected ${shown(one.wanted)}, got ${problem}`);
    }
  }
}

async function askRightly(stage, row) {
  row.status = await succeeded(stage, row.made);
  const fine = row.rightly === undefined ? row.status === 101 || (row.status >= 200 && row.status < 300) : row.status === row.rightly;
  if (!fine) row.problems.push(`${row.method} ${row.path}: asked rightly, got ${row.status}`);
}

/** All refusals first, while nothing else is written; then what succeeds. */
async function rowsOf(stage, witness, some, prepared) {
  const rows = [];
  for (const operation of some) rows.push({ ...operation, made: await fixture(stage, operation), cells: {}, problems: [], attempts: 0 });
  await prepared();
  await witness.settled();
  for (const row of rows) await tryFlaws(stage, witness, row, FLAWS.filter((flaw) => flaw !== 'replay'));
  for (const row of rows) await tryFlaws(stage, witness, row, ['replay']);
  const ends = ({ method }) => (method === 'DELETE' ? 1 : 0);
  for (const row of rows.toSorted((one, other) => ends(one) - ends(other))) await askRightly(stage, row);
  return rows;
}

/** The status of the request asked rightly; a socket's opening has no answer but the switch. */
async function succeeded(stage, made) {
  const request = rightly(made);
  if (!request.headers.upgrade) return (await stage.send(request)).status;
  const { promise, resolve, reject } = Promise.withResolvers?.() ?? withResolvers();
  const asked = https.request(new URL(request.target, stage.demo.origin), { method: 'GET', headers: request.headers, ca: stage.demo.ca });
  asked.on('upgrade', (answer, socket) => { socket.destroy(); resolve(answer.statusCode); });
  asked.on('response', (answer) => { answer.resume(); resolve(answer.statusCode); });
  asked.on('error', reject);
  asked.end();
  return promise;
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

const operations = JSON.parse(await readFile(path.join(here, 'operations.json'), 'utf8'));
// Dialects that are not there yet have no folder.
const there = await readdir(REST);
const chosen = operations.filter(({ dialect }) => there.includes(dialect)).filter(({ method, path: address }) => `${method} ${address}`.includes(wanted.only));
const problems = (await missing(REST, operations)).map((route) => `the server has ${route}, operations.json has not`);
const rows = [];
const begun = performance.now();
const stage = await Stage.open(wanted.binary);
const witness = new Witness(stage.database);
try {
  // Calls end by themselves and are told about: they are made when everything else is done.
  const [calls, others] = [chosen.filter(({ dialect }) => dialect === 'automation'), chosen.filter(({ dialect }) => dialect !== 'automation')];
  rows.push(...(await rowsOf(stage, witness, others, () => stage.rotate())));
  rows.push(...(await rowsOf(stage, witness, calls, async () => {})));
} finally {
  witness.stop();
  await stage.close();
}
problems.push(...rows.flatMap((row) => row.problems));
if (!wanted.only) {
  const page = pageOf(FLAWS, rows);
  if (wanted.write) await writeFile(PAGE, page);
  else if ((await readFile(PAGE, 'utf8').catch(() => '')) !== page) problems.push('REFUSALS.md is out of date: --write renews it');
}
for (const problem of problems) console.log(`FAIL  ${problem}`);
const passed = rows.reduce((sum, row) => sum + row.attempts, 0) - rows.reduce((sum, row) => sum + row.problems.length, 0);
console.log(`(${Math.round((performance.now() - begun) / 1000)} s)`);
console.log(`refusals: ${passed} passed, ${problems.length} failed`);
process.exitCode = problems.length === 0 ? 0 : 1;
