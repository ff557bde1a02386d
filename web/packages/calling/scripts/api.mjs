// The API report: the rolled-up declarations, committed. `--check` fails when the built ones differ.
import { readFileSync, writeFileSync } from 'node:fs';

const REPORT = 'api/calling.api.d.ts';
const built = readFileSync('dist/index.d.ts', 'utf8');
if (!process.argv.includes('--check')) {
  writeFileSync(REPORT, built);
  console.log(`wrote ${REPORT}`);
} else if (readFileSync(REPORT, 'utf8') !== built) {
  console.error(`the public API differs from ${REPORT}; run "npm run api:update", look at the difference and commit it`);
  process.exit(1);
} else {
  console.log('the public API is the committed one');
}
