#!/usr/bin/env node
// Installs the calling packages from a running Parvis with each package manager, and takes them by alias with each bundler,
// as docs/guides/move-your-app.md says it: what the guide shows is read from there. The vendor's packages of these names are
// never fetched: their scope leads nowhere here, so a recipe that does not hold fails.
// Usage: node conformance/install/run.mjs [--binary PATH]
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { Demo } from '../../e2e/harness/demo.mjs';

const run = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));
const { values: wanted } = parseArgs({ options: { binary: { type: 'string', default: 'target/debug/parvis' } } });
const guide = await readFile(path.join(here, '../../docs/guides/move-your-app.md'), 'utf8');
const tool = (...names) => path.join(here, 'node_modules', ...names);
const CALLING = '@azure/communication-calling';
const EFFECTS = `${CALLING}-effects`;

/** The code block of the guide below the heading that names this tool, with the server's address put in. */
function recipe(name, origin) {
  const [, block] = new RegExp(`^#+ .*\\b${name}\\b.*$[\\s\\S]*?^\`\`\`\\w+\\n([\\s\\S]*?)^\`\`\``, 'm').exec(guide) ?? [];
  if (!block) throw new Error(`the guide has no recipe for ${name}`);
  return block.replaceAll('https://meet.example.org', origin);
}

/** An app as it was: one library that wants the vendor's package as a peer, one that depends on the effects package. */
async function app(folder, manifest) {
  await mkdir(path.join(folder, 'library'), { recursive: true });
  const library = { name: 'library', version: '1.0.0', main: 'index.js', peerDependencies: { [CALLING]: '^1.40.1' }, dependencies: { [EFFECTS]: '^1.1.4' } };
  await writeFile(path.join(folder, 'library/package.json'), JSON.stringify(library));
  await writeFile(path.join(folder, 'library/index.js'), `exports.Features = require('${CALLING}').Features; exports.Effect = require('${EFFECTS}').BackgroundBlurEffect;`);
  const { dependencies, ...rest } = manifest;
  const own = { name: 'app', version: '1.0.0', private: true, ...rest, dependencies: { ...dependencies, library: 'file:./library' } };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(own, null, 2));
  await mkdir(path.join(folder, 'common'), { recursive: true });
}

/** The app and its library have one calling package, and it is ours. */
async function check(folder, node = [process.execPath]) {
  const script = `
    const { Features, CallClient } = require('${CALLING}');
    const library = require('library');
    if (library.Features !== Features) throw new Error('the library has another copy');
    if (typeof library.Effect !== 'function' || typeof CallClient !== 'function') throw new Error('an export is missing');
    console.log(require('${CALLING}/package.json').name, require('${EFFECTS}/package.json').name);`;
  await writeFile(path.join(folder, 'check.cjs'), script);
  const { stdout } = await run(node[0], [...node.slice(1), 'check.cjs'], { cwd: folder });
  if (stdout.trim() !== '@parvis/calling @parvis/calling-effects') throw new Error(`installed were ${stdout.trim()}`);
}

const MANAGERS = {
  npm: { command: ['npm', 'install'] },
  pnpm: { command: [process.execPath, tool('pnpm/bin/pnpm.cjs'), 'install'] },
  'Yarn 1': { command: [process.execPath, tool('yarn/bin/yarn.js'), 'install', '--ignore-optional'] },
  'Yarn 4': { command: [process.execPath, tool('@yarnpkg/cli-dist/bin/yarn.js'), 'install'], yarnrc: true },
};

/** What the manager trusts: the server's CA, beside whatever the machine was told to trust for its registry. */
async function trust(folder, demo) {
  const { stdout } = await run('npm', ['config', 'get', 'cafile'], { cwd: tmpdir() });
  const others = [stdout.trim(), process.env.NODE_EXTRA_CA_CERTS].filter((file) => file && file !== 'null');
  const file = path.join(folder, 'trusted.pem');
  await mkdir(folder, { recursive: true });
  const certificates = await Promise.all([demo.info.ca_certificate, ...others].map((one) => readFile(one, 'utf8').catch(() => '')));
  await writeFile(file, certificates.join('\n'));
  return { ...process.env, NODE_EXTRA_CA_CERTS: file, ...(others.length > 0 ? { npm_config_cafile: file } : {}), npm_config_cache: path.join(folder, '.cache') };
}

async function manager(name, { command, yarnrc }, folder, demo) {
  await app(folder, JSON.parse(recipe(name, demo.origin)));
  // The scope of the vendor's names is a dead end; what our package asks of it comes from this checkout.
  await writeFile(path.join(folder, '.npmrc'), 'fund=false\naudit=false\nlegacy-peer-deps=true\nauto-install-peers=false\nstrict-peer-dependencies=false\n@azure:registry=http://127.0.0.1:9/\n');
  if (yarnrc) {
    const lines = ['nodeLinker: node-modules', 'enableGlobalCache: false', 'enableTelemetry: false', 'enableImmutableInstalls: false', `npmScopes: { azure: { npmRegistryServer: "https://127.0.0.1:9" } }`, `httpsCaFilePath: ${JSON.stringify(demo.info.ca_certificate)}`];
    await writeFile(path.join(folder, '.yarnrc.yml'), `${lines.join('\n')}\n`);
    await writeFile(path.join(folder, 'yarn.lock'), '');
  }
  const env = { ...(await trust(folder, demo)), YARN_CACHE_FOLDER: path.join(folder, '.cache') };
  await run(command[0], command.slice(1), { cwd: folder, env, timeout: 120_000 });
  await lendCommon(folder);
  await check(folder);
}

/** Our package's one peer is public and free; it is taken from the other suite, not fetched again for each manager. */
async function lendCommon(folder) {
  const from = path.join(here, '../js/node_modules');
  for (const name of ['@azure', 'tslib', 'jwt-decode', 'events', '@typespec', 'https-proxy-agent', 'http-proxy-agent', 'agent-base', 'debug', 'ms']) {
    await cp(path.join(from, name), path.join(folder, 'node_modules', name), { recursive: true, force: false, errorOnExist: false, filter: (file) => !/communication-(calling|chat|rooms|identity|phone)/.test(file) }).catch(() => undefined);
  }
}

const BUNDLERS = {
  // The pages' own one: its optional parts for other systems do not survive a second lock file.
  Vite: { config: 'vite.config.mjs', command: [process.execPath, path.join(here, '../../web/node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], out: 'dist' },
  webpack: { config: 'webpack.config.cjs', command: [process.execPath, path.join(here, 'webpack.mjs')], out: 'dist' },
};

async function bundler(name, { config, command, out }, folder, demo) {
  const dependencies = { '@parvis/calling': `${demo.origin}/sdk/${tarballs[0]}`, '@parvis/calling-effects': `${demo.origin}/sdk/${tarballs[1]}` };
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true, dependencies }));
  await writeFile(path.join(folder, '.npmrc'), 'fund=false\naudit=false\nlegacy-peer-deps=true\n');
  const env = await trust(folder, demo);
  await run('npm', ['install'], { cwd: folder, env, timeout: 120_000 });
  await lendCommon(folder);
  await mkdir(path.join(folder, 'src'));
  await writeFile(path.join(folder, 'index.html'), '<script type="module" src="/src/index.js"></script>');
  await writeFile(path.join(folder, 'src/index.js'), `import { CallClient } from '${CALLING}'; import { BackgroundBlurEffect } from '${EFFECTS}'; console.log(CallClient, BackgroundBlurEffect, import('${CALLING}'));`);
  await writeFile(path.join(folder, config), recipe(name, demo.origin));
  await run(command[0], command.slice(1), { cwd: folder, env: { ...env, NODE_PATH: tool() }, timeout: 120_000 });
  const { stdout } = await run('grep', ['-rl', '/calling/v1/socket', out], { cwd: folder });
  if (!stdout.trim()) throw new Error('the bundle does not hold our package');
}

const demo = await Demo.start(wanted.binary);
const tarballs = JSON.parse((await demo.request('GET', '/sdk/index.json')).text ?? '[]').sort();
const scratch = await mkdtemp(path.join(tmpdir(), 'parvis-install-'));
const outcomes = [];
try {
  for (const [table, work] of [[MANAGERS, manager], [BUNDLERS, bundler]]) {
    for (const [name, how] of Object.entries(table)) {
      const begun = performance.now();
      try {
        await work(name, how, path.join(scratch, name.replace(/\W/g, '')), demo);
        console.log(`ok    ${name} takes the calling packages from the server  (${Math.round(performance.now() - begun)} ms)`);
        outcomes.push(true);
      } catch (error) {
        console.log(`FAIL  ${name}: ${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`);
        outcomes.push(false);
      }
    }
  }
} finally {
  await demo.stop();
  await rm(scratch, { recursive: true, force: true });
}
const passed = outcomes.filter(Boolean).length;
console.log(`\ninstall: ${passed} passed, ${outcomes.length - passed} failed`);
process.exitCode = passed === outcomes.length ? 0 : 1;
