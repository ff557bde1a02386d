// The ledger: every public method of the packages, and what a run showed of it. Pure: what was listed, called and tested goes
// in, rows, problems and the page come out.

/** What a method's cell says. `pass`: a test that passed called it, got an answer and asserted afterwards. */
const PASS = 'pass';
const NOT_OFFERED = 'not offered';
const LACKING = '—';
const FAIL = 'fail';
const UNTESTED = 'untested';

/**
 * The rows of one language. `suites` are the runs of it, current version first, each
 * `{ surface: { package: { version, methods: [key] } }, calls: [{ package, key, ok, status, file, test, asserted, build? }],
 * tests: [{ file, name, passed }] }`; `notOffered` are the entries of not-offered.json for that language.
 */
export function rowsOf(suites, notOffered) {
  const packages = [...new Set(suites.flatMap(({ surface }) => Object.keys(surface)))];
  const observed = suites.map(observations);
  return packages.flatMap((name) => {
    const methods = new Set(suites.flatMap(({ surface }) => surface[name]?.methods ?? []));
    return [...methods].sort().map((key) => {
      const seen = observed.map((calls) => calls.get(`${name} ${key}`) ?? []);
      const reason = notOffered.find((entry) => entry.package === name && entry.methods.some((pattern) => matches(pattern, key)))?.reason;
      const states = suites.map(({ surface }, index) => (surface[name]?.methods.includes(key) ? stateOf(seen[index], reason) : LACKING));
      const all = seen.flat().filter(({ passed }) => passed);
      const refusals = all.filter((call) => !call.ok && call.status).map((call) => call.status);
      const files = all.filter(answered).map((call) => (call.build ? `${call.file} (${call.build})` : call.file));
      return { package: name, key, states, reason, contradicted: Boolean(reason) && seen.flat().some(answered), refusals: unique(refusals), files: unique(files) };
    });
  });
}

const unique = (values) => [...new Set(values)].sort();
const answered = (call) => call.passed && call.ok && call.asserted;

/** Calls by package and method, each with the outcome of the test that made it. */
function observations({ calls, tests }) {
  const failed = new Set(tests.filter(({ passed }) => !passed).map(({ file, name }) => `${file} ${name}`));
  const known = new Set(tests.map(({ file, name }) => `${file} ${name}`));
  const byMethod = new Map();
  for (const call of calls) {
    const test = `${call.file} ${call.test}`;
    if (!known.has(test)) continue;
    const method = `${call.package} ${call.key}`;
    if (!byMethod.has(method)) byMethod.set(method, []);
    byMethod.get(method).push({ ...call, passed: !failed.has(test) });
  }
  return byMethod;
}

function stateOf(calls, reason) {
  if (calls.some(answered)) return PASS;
  if (reason) return NOT_OFFERED;
  return calls.some(({ passed }) => !passed) ? FAIL : UNTESTED;
}

/** `*` stands for any characters. */
function matches(pattern, key) {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(key);
}

/** What is wrong with the rows by themselves, and against those of the committed page. */
export function problemsOf(language, rows, committed) {
  const problems = [];
  for (const row of rows) {
    const name = `${language}: ${row.package} ${row.key}`;
    if (row.contradicted) problems.push(`${name} is listed in not-offered.json, yet a test passed with it: take it off the list`);
    for (const state of row.states) {
      if (state === FAIL) problems.push(`${name} fails`);
      if (state === UNTESTED) problems.push(`${name} is neither called by a passing test that asserts afterwards nor listed in not-offered.json`);
    }
    const before = committed.get(name);
    if (!before) problems.push(`${name} has no row in LEDGER.md`);
    else if (before.some((state, index) => state === PASS && row.states[index] !== PASS)) problems.push(`${name} was "${before.join(', ')}" and is "${row.states.join(', ')}"`);
  }
  const present = new Set(rows.map((row) => `${language}: ${row.package} ${row.key}`));
  for (const name of committed.keys()) {
    if (name.startsWith(`${language}: `) && !present.has(name)) problems.push(`${name} has a row in LEDGER.md and is gone`);
  }
  return [...new Set(problems)];
}

const cell = (text) => text.replaceAll('|', '\\|');

/** One language's part of the page. */
export function sectionOf(language, suites, rows) {
  const lines = [`## ${language}`, ''];
  for (const name of [...new Set(rows.map((row) => row.package))]) {
    const own = rows.filter((row) => row.package === name);
    const versions = suites.map(({ surface }) => surface[name]?.version ?? LACKING);
    lines.push(`### \`${name}\``, '', ...totals(versions, own), '');
    lines.push(`| Method | ${versions.join(' | ')} | Refused with | Tests |`, `|---|${'---|'.repeat(versions.length + 2)}`);
    for (const row of own) {
      lines.push(`| \`${cell(row.key)}\` | ${row.states.join(' | ')} | ${row.refusals.join(', ')} | ${row.files.join(', ')} |`);
    }
    lines.push('', ...reasons(own));
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function totals(versions, rows) {
  return versions.map((version, index) => {
    const states = rows.map((row) => row.states[index]).filter((state) => state !== LACKING);
    const counts = [...new Set(states)].sort().map((state) => `${states.filter((one) => one === state).length} ${state}`);
    return `- ${version}: ${states.length} methods, ${counts.join(', ')}`;
  });
}

function reasons(rows) {
  const listed = [...new Set(rows.filter((row) => row.states.includes(NOT_OFFERED)).map((row) => row.reason))];
  if (listed.length === 0) return [];
  const of = (reason) => rows.filter((row) => row.reason === reason && row.states.includes(NOT_OFFERED)).map((row) => `\`${row.key}\``);
  const lines = listed.map((reason) => (listed.length === 1 ? `- ${reason}` : `- ${of(reason).join(', ')}: ${reason}`));
  return ['Not offered:', ...lines, ''];
}

const HEAD = `# Conformance ledger

Written by \`node conformance/run.mjs --write\`: every public method of the official packages, unmodified, as listed from the
installed packages themselves. *pass*: a test that passed called it, got its answer and asserted afterwards. *not offered*: listed with its
reason in \`not-offered.json\`. ${LACKING}: that version does not have it. *(browser)*: the package's browser build, in Chromium.
`;

/** The page, its languages in order of name. `sections` is `Map(language, text)`. */
export function pageOf(sections) {
  return [HEAD, ...[...sections.keys()].sort().map((language) => sections.get(language))].join('\n');
}

/** `Map(language, text)` of a page that was written before. */
export function sectionsOf(page) {
  const parts = page.split(/^(?=## )/m).slice(1);
  return new Map(parts.map((part) => [/^## (.*)$/m.exec(part)[1], `${part.trimEnd()}\n`]));
}

/** `Map('language: package method', states)` of a page that was written before. */
export function committedRows(page) {
  const rows = new Map();
  for (const [language, text] of sectionsOf(page)) {
    let name;
    for (const line of text.split('\n')) {
      name = /^### `(.*)`$/.exec(line)?.[1] ?? name;
      const key = /^\| `(.*?)` \|/.exec(line)?.[1];
      if (!key) continue;
      const cells = line.split(/(?<!\\)\|/).map((part) => part.trim()).slice(2, -3);
      rows.set(`${language}: ${name} ${key.replaceAll('\\|', '|')}`, cells);
    }
  }
  return rows;
}
