#!/usr/bin/env node
// Runs the browser scenarios one file after the other: two cores carry a server and two browsers, not more.
// Usage: node e2e/run.mjs [--binary PATH] [--only NAME,NAME] [--image]     (--image renews the picture in the README)
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildOwnPage } from './pages/build.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values: wanted } = parseArgs({ options: { binary: { type: 'string', default: 'target/debug/parvis' }, only: { type: 'string' }, image: { type: 'boolean', default: false } } });
const binary = path.resolve(wanted.binary);
if (!existsSync(binary)) {
  console.error(`${wanted.binary} is not there: build it first`);
  process.exit(2);
}
await buildOwnPage();
const names = (await readdir(path.join(here, 'scenarios'))).filter((name) => name.endsWith('.test.mjs')).sort();
const files = names.filter((name) => !wanted.only || wanted.only.split(',').some((part) => name.includes(part))).map((name) => path.join(here, 'scenarios', name));
if (files.length === 0) {
  console.error(`no scenario is called ${wanted.only}`);
  process.exit(2);
}
const reporter = path.join(here, 'harness/reporter.mjs');
// No scenario takes minutes: past that something hangs, and the run has to say so.
const args = ['--test', '--test-concurrency=1', '--test-timeout=300000', `--test-reporter=${reporter}`, '--test-reporter-destination=stdout', ...files];
const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, PARVIS_BINARY: binary } });
const [code] = await once(child, 'exit');
if (wanted.image && code === 0) {
  await mkdir(path.join(here, '../docs/images'), { recursive: true });
  await copyFile(path.join(here, 'artifacts/call.png'), path.join(here, '../docs/images/call.png'));
}
process.exitCode = code ?? 1;
