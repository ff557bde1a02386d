// The JavaScript suites: the tests of this folder against the packages installed here, and against the older ones of ../js-older.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { finished } from '../process.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const reporter = path.join(here, '../../e2e/harness/reporter.mjs');

export const language = 'JavaScript';
export const suites = [
  { name: 'js', run: (context) => run(here, context) },
  { name: 'js-older', run: (context) => run(path.join(here, '../js-older'), context) },
];

/** Runs the test files whose names hold `match` against the packages of `folder`. */
async function run(folder, { demo, scratch, match }) {
  const calls = path.join(scratch, 'calls');
  await mkdir(calls);
  const { surfaceOf } = await import('./surface.mjs');
  const surface = await surfaceOf(folder);
  const files = { surface: path.join(scratch, 'surface.json'), tests: path.join(scratch, 'tests.json') };
  await writeFile(files.surface, JSON.stringify(surface));
  const names = (await readdir(path.join(here, 'tests'))).filter((name) => name.endsWith('.test.mjs') && name.includes(match)).sort();
  const args = [
    '--import', pathToFileURL(path.join(here, 'record/register.mjs')).href,
    '--test', '--test-concurrency=1', '--test-timeout=120000', `--test-reporter=${reporter}`, '--test-reporter-destination=stdout',
    ...names.map((name) => path.join(here, 'tests', name)),
  ];
  const { ok, output } = await finished(process.execPath, args, here, {
    PARVIS_DEMO_JSON: demo.jsonFile,
    NODE_EXTRA_CA_CERTS: demo.info.ca_certificate,
    PARVIS_LEDGER: files.tests,
    PARVIS_CALLS: calls,
    PARVIS_SURFACE: files.surface,
    PARVIS_PACKAGES: folder,
  });
  const tests = JSON.parse(await readFile(files.tests, 'utf8').catch(() => '[]'));
  return {
    ok,
    output,
    surface: Object.fromEntries(Object.entries(surface).map(([name, { version, methods }]) => [name, { version, methods: methods.map(({ key }) => key) }])),
    calls: await recorded(calls),
    tests: tests.map(({ name, file, passed }) => ({ name, file: path.basename(file), passed })),
  };
}

async function recorded(folder) {
  const files = await readdir(folder);
  const contents = await Promise.all(files.map(async (name) => JSON.parse(await readFile(path.join(folder, name), 'utf8'))));
  return contents.flatMap(({ file, calls }) => calls.map((call) => ({ ...call, file })));
}
