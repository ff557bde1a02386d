// The Python suites: the tests of this folder with the packages of requirements.lock, and with those of requirements-older.lock.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { finished } from '../process.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

export const language = 'Python';
export const suites = [
  { name: 'python', run: (context) => run('.venv', context) },
  { name: 'python-older', run: (context) => run('.venv-older', context) },
];

/** Runs the test modules whose names hold `match` with the packages of one environment. */
async function run(environment, { demo, scratch, match }) {
  const files = { surface: path.join(scratch, 'surface.json'), calls: path.join(scratch, 'calls.json'), report: path.join(scratch, 'report.xml') };
  const interpreter = path.join(here, environment, 'bin/python');
  const listed = await finished(interpreter, ['surface.py', files.surface], here, { PYTHONDONTWRITEBYTECODE: '1' });
  if (!listed.ok) return { ok: false, output: listed.output, surface: {}, calls: [], tests: [] };
  const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-k', match || 'test', `--junitxml=${files.report}`];
  const { ok, output } = await finished(interpreter, args, here, {
    PARVIS_DEMO_JSON: demo.jsonFile,
    PARVIS_CALLS: files.calls,
    // The synchronous clients read the one, the asynchronous ones the other.
    REQUESTS_CA_BUNDLE: demo.info.ca_certificate,
    SSL_CERT_FILE: demo.info.ca_certificate,
    PYTHONDONTWRITEBYTECODE: '1',
  });
  return {
    ok,
    output,
    surface: JSON.parse(await readFile(files.surface, 'utf8')),
    calls: JSON.parse(await readFile(files.calls, 'utf8').catch(() => '[]')),
    tests: casesOf(await readFile(files.report, 'utf8').catch(() => '')),
  };
}

function casesOf(xml) {
  const cases = [...xml.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"[^>]*?(\/>|>([\s\S]*?)<\/testcase>)/g)];
  return cases.map(([, module, name, , inside = '']) => ({ name, file: `${module}.py`, passed: !/<(failure|error|skipped)/.test(inside) }));
}
