#!/usr/bin/env node
// Starts Parvis and runs the official SDKs against it: JavaScript with node's own runner, Python with pytest.
// Usage: node conformance/run.mjs [--binary PATH] [--only js|python] [--write]   (--write renews ledger.md)
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Demo } from '../e2e/harness/demo.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values: wanted } = parseArgs({
  options: { binary: { type: 'string', default: 'target/debug/parvis' }, only: { type: 'string' }, write: { type: 'boolean', default: false } },
});

async function run(command, args, cwd, env) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code === 0;
}

async function javascript(demo, scratch) {
  const ledger = path.join(scratch, 'js.json');
  const tests = (await readdir(path.join(here, 'js/tests'))).map((name) => path.join(here, 'js/tests', name));
  const reporter = path.join(here, '../e2e/harness/reporter.mjs');
  const args = ['--test', '--test-concurrency=1', `--test-reporter=${reporter}`, '--test-reporter-destination=stdout', ...tests];
  await run(process.execPath, args, path.join(here, 'js'), {
    PARVIS_DEMO_JSON: demo.jsonFile,
    NODE_EXTRA_CA_CERTS: demo.info.ca_certificate,
    PARVIS_LEDGER: ledger,
  });
  const lines = JSON.parse(await readFile(ledger, 'utf8').catch(() => '[]'));
  return lines.map(({ name, file, passed }) => ({ name, file: path.basename(file), passed }));
}

async function python(demo, scratch) {
  const report = path.join(scratch, 'python.xml');
  const interpreter = path.join(here, 'python/.venv/bin/python');
  await run(interpreter, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', `--junitxml=${report}`], path.join(here, 'python'), {
    PARVIS_DEMO_JSON: demo.jsonFile,
    REQUESTS_CA_BUNDLE: demo.info.ca_certificate,
    PYTHONDONTWRITEBYTECODE: '1',
  });
  const xml = await readFile(report, 'utf8').catch(() => '');
  const cases = [...xml.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"[^>]*?(\/>|>([\s\S]*?)<\/testcase>)/g)];
  return cases.map(([, file, name, , inside = '']) => ({ name, file: `${file}.py`, passed: !/<(failure|error|skipped)/.test(inside) }));
}

async function versions() {
  const { dependencies } = JSON.parse(await readFile(path.join(here, 'js/package.json'), 'utf8'));
  const pinned = (await readFile(path.join(here, 'python/requirements.txt'), 'utf8')).trim().split('\n');
  return [...Object.entries(dependencies).map(([name, version]) => `- npm \`${name}\` ${version}`),
    ...pinned.map((line) => `- PyPI \`${line.split('==')[0]}\` ${line.split('==')[1]}`)].join('\n');
}

async function writeLedger(results) {
  const rows = results.map(({ name, file, passed }) => `| ${file} | ${name.replaceAll('|', '\\|')} | ${passed ? 'passed' : 'failed'} |`);
  const page = `# Conformance ledger\n\nWritten by \`node conformance/run.mjs --write\`. The packages, unmodified:\n\n${await versions()}\n
| File | Test | Outcome |\n|---|---|---|\n${rows.sort().join('\n')}\n`;
  await writeFile(path.join(here, 'ledger.md'), page);
}

const demo = await Demo.start(wanted.binary);
const scratch = await mkdtemp(path.join(tmpdir(), 'parvis-conformance-'));
const results = [];
try {
  if (wanted.only !== 'python') results.push(...(await javascript(demo, scratch)));
  if (wanted.only !== 'js') results.push(...(await python(demo, scratch)));
} finally {
  await demo.stop();
  await rm(scratch, { recursive: true, force: true });
}
if (wanted.write) await writeLedger(results);
const suites = [['js', '.mjs'], ['python', '.py']].filter(([suite]) => !wanted.only || wanted.only === suite);
const failed = results.filter((test) => !test.passed).length;
// A suite that ran nothing has failed as a whole.
const silent = suites.filter(([, ending]) => !results.some((test) => test.file.endsWith(ending))).length;
console.log(`\nconformance: ${results.length - failed} passed, ${failed + silent} failed`);
process.exitCode = failed + silent === 0 ? 0 : 1;
