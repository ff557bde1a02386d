// Builds the packages, then the pages, and lays everything out in web/dist as the server embeds it:
//   brand/  start/  join/  host/  visit/  sdk/ (the packed packages and index.json), each text file with a .br beside it.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const WEB = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(WEB, 'dist');
const PACKAGES = ['calling', 'calling-effects'];
const PAGES = ['start', 'join', 'host', 'visit'];
const COMPRESSED = /\.(js|css|html|svg|wav|json)$/;

const npm = (...args) => execFileSync('npm', args, { cwd: WEB, stdio: ['ignore', 'inherit', 'inherit'] });

for (const name of PACKAGES) npm('run', 'build', '--workspace', `packages/${name}`);
execFileSync(process.execPath, [join(WEB, 'scripts/check-calling.mjs')], { stdio: 'inherit' });
for (const name of PAGES) npm('run', 'build', '--workspace', `apps/${name}`);

rmSync(DIST, { recursive: true, force: true });
mkdirSync(join(DIST, 'brand'), { recursive: true });
cpSync(join(WEB, 'packages/react/src/brand'), join(DIST, 'brand'), { recursive: true });
for (const name of PAGES) cpSync(join(WEB, 'apps', name, 'dist'), join(DIST, name), { recursive: true });
pack();
compress(DIST);

function pack() {
  const to = join(DIST, 'sdk');
  mkdirSync(to);
  for (const name of PACKAGES) npm('pack', '--workspace', `packages/${name}`, '--pack-destination', to, '--ignore-scripts', '--silent');
  writeFileSync(join(to, 'index.json'), JSON.stringify(readdirSync(to).sort()));
}

function compress(folder) {
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) compress(path);
    else if (COMPRESSED.test(entry) && statSync(path).size > 1_024) {
      const text = readFileSync(path);
      const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
      writeFileSync(`${path}.br`, brotliCompressSync(text, { params }));
    }
  }
}
