// Fails unless every `@azure/communication-calling` and `-effects` that anything here could import is our own package.
// The vendor's packages of these names are proprietary and must never be installed.
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WEB = fileURLToPath(new URL('..', import.meta.url));
const NAMES = ['communication-calling', 'communication-calling-effects'];
const OURS = { 'communication-calling': 'packages/calling', 'communication-calling-effects': 'packages/calling-effects' };
const faults = [];
let found = 0;

/** Every node_modules folder below, links not followed. */
function* moduleFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === 'dist' || entry.name === 'src') continue;
    const path = join(folder, entry.name);
    if (entry.name === 'node_modules') yield path;
    yield* moduleFolders(path);
  }
}

for (const modules of moduleFolders(WEB)) {
  for (const name of NAMES) {
    const path = join(modules, '@azure', name);
    if (!existsSync(path)) continue;
    found += 1;
    if (realpathSync(path) !== realpathSync(join(WEB, OURS[name]))) faults.push(`${path} is not our package`);
  }
}
if (found < NAMES.length) faults.push('our packages are not installed: run npm ci in web/');

const lock = JSON.parse(readFileSync(join(WEB, 'package-lock.json'), 'utf8'));
for (const [path, entry] of Object.entries(lock.packages)) {
  const name = NAMES.find((known) => path.endsWith(`node_modules/@azure/${known}`));
  if (name && !(entry.link && entry.resolved === OURS[name])) faults.push(`package-lock.json: ${path} is not a link to ${OURS[name]}`);
}

for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
console.log(`calling packages: ${found} found, all our own`);
