// A test reporter for people and machines: one line a test, what went wrong in full, `N passed, N failed` alone on the last line.
// With PARVIS_LEDGER set, the names and outcomes are written there as JSON.
import { writeFileSync } from 'node:fs';
import path from 'node:path';

export default async function* report(events) {
  const ledger = [];
  let failed = 0;
  for await (const { type, data } of events) {
    if (type === 'test:diagnostic' && /^measure:/.test(data.message)) yield `    ${data.message}\n`;
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    const ended = type === 'test:pass' || type === 'test:fail';
    if (!ended || data.details?.type === 'suite' || isFile(data)) {
      // A file that failed without a failing test of its own: it did not load, or its cleaning up failed.
      if (type === 'test:fail' && isFile(data) && !ledger.some((test) => test.file === data.name && !test.passed)) {
        failed += 1;
        yield `FAIL  ${path.basename(data.name)}\n${explain(data.details?.error)}\n`;
      }
      continue;
    }
    const passed = type === 'test:pass' && data.skip === undefined;
    if (!passed) failed += 1;
    ledger.push({ name: data.name, file: data.file ?? '', passed });
    yield `${passed ? 'ok  ' : 'FAIL'}  ${data.name}  (${Math.round(data.details.duration_ms)} ms)\n`;
    if (type === 'test:fail') yield `${explain(data.details.error)}\n`;
  }
  if (process.env.PARVIS_LEDGER) writeFileSync(process.env.PARVIS_LEDGER, JSON.stringify(ledger));
  yield `\n${ledger.filter((test) => test.passed).length} passed, ${failed} failed\n`;
}

/** Node reports each file as a test of its own. */
function isFile(data) {
  return data.name.endsWith('.mjs') && data.nesting === 0;
}

function explain(error) {
  const cause = error?.cause ?? error;
  return String(cause?.stack ?? cause ?? 'no reason given').replace(/^/gm, '      ');
}
