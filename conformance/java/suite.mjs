// The Java suites: Maven runs the tests against the current packages and against one older version of each. A listener in the
// tests' process lists the packages' methods by reflection and reads from the compiled tests which of them each test calls.
import { mkdtemp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { directoryToken } from '../../e2e/harness/wire.mjs';
import { finished } from '../process.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

export const language = 'Java';
export const suites = [
  { name: 'java', run: (stage) => run(stage, []) },
  { name: 'java-older', run: (stage) => run(stage, ['-Polder']) },
];

async function run({ demo, scratch, match }, options) {
  const listed = path.join(scratch, 'ledger.tsv');
  const folder = await mkdtemp(path.join(scratch, 'build-'));
  const chosen = match ? [`-Dtest=*${match}*`, '-Dsurefire.failIfNoSpecifiedTests=false'] : [];
  const env = { ...(await environment(demo, scratch)), PARVIS_LEDGER: listed };
  const { ok, output } = await finished('mvn', ['-B', '-ntp', '-q', `-DbuildDirectory=${folder}`, ...options, ...chosen, 'test'], here, env);
  return { ok, output, ...read(await readFile(listed, 'utf8').catch(() => '')) };
}

/** What Server.java asks for. */
async function environment(demo, scratch) {
  const [member] = demo.info.members;
  const { audience, client_id } = demo.info;
  return {
    PARVIS_CONNECTION_STRING: demo.info.connection_string,
    PARVIS_TRUST_STORE: await trustStore(demo.info.ca_certificate, scratch),
    PARVIS_MEMBER_TOKEN: await directoryToken(demo, member, `${audience}/Teams.ManageCalls ${audience}/Teams.ManageChats`),
    PARVIS_MEMBER: member.oid,
    PARVIS_APP: client_id,
  };
}

/** A trust store that holds the server's own authority and nothing else. */
async function trustStore(certificate, scratch) {
  const file = path.join(scratch, 'trust.p12');
  const store = ['-storetype', 'PKCS12', '-keystore', file, '-storepass', 'changeit'];
  const { ok, output } = await finished('keytool', ['-importcert', '-noprompt', '-alias', 'parvis', '-file', certificate, ...store], scratch, {});
  if (!ok) throw new Error(`keytool: ${output}`);
  return file;
}

/** The listener's lines, in the form that the ledger takes; LedgerListener.java says what they hold. */
export function read(text) {
  const [surface, calls, tests] = [{}, [], []];
  for (const line of text.split('\n').filter(Boolean)) {
    const [kind, ...fields] = line.split('\t');
    if (kind === 'method') {
      const [name, version, key] = fields;
      (surface[`com.azure:${name}`] ??= { version, methods: [] }).methods.push(key);
    } else if (kind === 'call') {
      const [name, key, file, test] = fields;
      calls.push({ package: `com.azure:${name}`, key, ok: true, status: undefined, file, test, asserted: true });
    } else {
      const [file, name, outcome] = fields;
      tests.push({ file, name, passed: outcome === 'passed' });
    }
  }
  return { surface, calls, tests };
}
