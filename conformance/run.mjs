#!/usr/bin/env node
// Starts Parvis and runs the official SDKs against it, each language with its current and with an older version of each package,
// a server of its own for each; then compares what was shown, method by method, with LEDGER.md.
// Usage: node conformance/run.mjs [--binary PATH] [--only js,python-older,...] [--match PART] [--write]
//   --write renews LEDGER.md (the languages that ran); --match runs the test files whose names hold PART, without the ledger.
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Demo } from '../e2e/harness/demo.mjs';
import { committedRows, pageOf, problemsOf, rowsOf, sectionOf, sectionsOf } from './ledger.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const ledgerFile = path.join(here, 'LEDGER.md');
/** A folder with `suite.mjs` is a language. What `make test` leaves to a target of its own runs by `--only` alone. */
const FOLDERS = ['js', 'python'];
const { values: wanted } = parseArgs({
  options: {
    binary: { type: 'string', default: 'target/debug/parvis' },
    only: { type: 'string' },
    match: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
  },
});

// A test that needs a server of its own configuration starts one.
process.env.PARVIS_BINARY = path.resolve(wanted.binary);

async function languages() {
  const only = wanted.only?.split(',');
  const folders = only ? [...new Set(only.map((name) => name.replace(/-older$/, '')))] : FOLDERS;
  const found = [];
  for (const folder of folders) {
    await access(path.join(here, folder, 'suite.mjs'));
    const { language, suites } = await import(`./${folder}/suite.mjs`);
    // Named without its version, a language runs whole.
    const chosen = !only || only.includes(folder) ? suites : suites.filter(({ name }) => only.includes(name));
    found.push({ language, suites: chosen, whole: chosen.length === suites.length });
  }
  return found;
}

async function run(suite) {
  const begun = performance.now();
  const scratch = await mkdtemp(path.join(tmpdir(), 'parvis-conformance-'));
  const demo = await Demo.start(wanted.binary);
  try {
    const result = await suite.run({ demo, scratch, match: wanted.match });
    const passed = result.tests.filter((test) => test.passed).length;
    // A suite that ended badly without a failing test has failed as a whole, as has one that ran nothing.
    const failed = Math.max(result.tests.length - passed, result.ok && passed > 0 ? 0 : 1);
    console.log(`\n== ${suite.name}\n${result.output.trimEnd()}`);
    console.log(`${suite.name}: ${passed} passed, ${failed} failed (${Math.round((performance.now() - begun) / 1000)} s)`);
    return { ...result, passed, failed };
  } finally {
    await demo.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** One version after the other; the languages run side by side. */
async function runInOrder(suites) {
  const results = [];
  for (const suite of suites) results.push(await run(suite));
  return results;
}

const page = await readFile(ledgerFile, 'utf8').catch(() => '');
const notOffered = JSON.parse(await readFile(path.join(here, 'not-offered.json'), 'utf8'));
const ran = await Promise.all((await languages()).map(async (one) => ({ ...one, results: await runInOrder(one.suites) })));
const sections = sectionsOf(page);
const problems = [];
for (const { language, whole, results } of ran) {
  if (wanted.match || !whole) continue;
  const rows = rowsOf(results, notOffered.filter((entry) => entry.language === language));
  sections.set(language, sectionOf(language, results, rows));
  problems.push(...problemsOf(language, rows, wanted.write ? committedRows(pageOf(sections)) : committedRows(page)));
}
if (wanted.write) await writeFile(ledgerFile, pageOf(sections));
else if (problems.length === 0 && pageOf(sections) !== page) console.log('\nLEDGER.md: its last columns are out of date; --write renews them');
for (const problem of problems) console.log(`ledger: ${problem}`);
const results = ran.flatMap((one) => one.results);
const sum = (field) => results.reduce((total, result) => total + result[field], 0);
const failed = sum('failed') + problems.length;
console.log(`\nconformance: ${sum('passed')} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
