// The ledger's own rules, on small made-up runs: what counts as shown, what fails a run, and that a page is read as it was written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { committedRows, pageOf, problemsOf, rowsOf, sectionOf, sectionsOf } from './ledger.mjs';

const CALL = { package: 'shop', key: 'Shop.buy', ok: true, file: 'a.mjs', test: 'buys', asserted: true };

/** A run of one package with one method, one call and one test, each changed as asked. */
function suite({ methods = ['Shop.buy'], calls = [{}], passed = true } = {}) {
  return {
    surface: { shop: { version: '2.0', methods } },
    calls: calls.map((change) => ({ ...CALL, ...change })),
    tests: [{ file: 'a.mjs', name: 'buys', passed }],
  };
}
const states = (changes, notOffered = []) => rowsOf([suite(changes)], notOffered).map((row) => row.states.join());
const listed = [{ package: 'shop', methods: ['Shop.*'], reason: 'No shop.' }];
/** The rows as a page that was committed with them. */
const committed = (...suites) => committedRows(pageOf(new Map([['Tongue', sectionOf('Tongue', suites, rowsOf(suites, []))]])));

test('a row passes by an answered call with an assertion after it, in a test that passed', () => {
  assert.deepEqual(states(), ['pass']);
  assert.deepEqual(states({ calls: [{ ok: false, status: 403 }] }), ['untested']);
  assert.deepEqual(states({ calls: [{ asserted: false }] }), ['untested']);
  assert.deepEqual(states({ calls: [{ test: undefined }] }), ['untested']);
  assert.deepEqual(states({ calls: [] }), ['untested']);
  assert.deepEqual(states({ passed: false }), ['fail']);
});

test('one test of many is enough, and refusals are kept beside', () => {
  const [row] = rowsOf([suite({ calls: [{ ok: false, status: 403 }, {}, { ok: false, status: 401 }] })], []);
  assert.deepEqual([row.states, row.refusals, row.files], [['pass'], [401, 403], ['a.mjs']]);
});

test('what is listed as not offered says why, and is contradicted by a pass', () => {
  assert.deepEqual(states({ calls: [] }, listed), ['not offered']);
  const rows = rowsOf([suite()], listed);
  assert.match(problemsOf('Tongue', rows, committed(suite())).join(), /take it off the list/);
  assert.match(sectionOf('Tongue', [suite({ calls: [] })], rowsOf([suite({ calls: [] })], listed)), /- No shop\./);
});

test('a method that a version lacks is a dash, and no problem', () => {
  const suites = [suite({ methods: ['Shop.buy', 'Shop.sell'], calls: [{}, { key: 'Shop.sell' }] }), suite()];
  const rows = rowsOf(suites, []);
  assert.deepEqual(rows.map((row) => row.states), [['pass', 'pass'], ['pass', '—']]);
  assert.deepEqual(problemsOf('Tongue', rows, committed(...suites)), []);
});

test('a run fails by a method that is shown nowhere, passed before, is new or is gone', () => {
  const before = committed(suite());
  const problems = (changes) => problemsOf('Tongue', rowsOf([suite(changes)], []), before);
  assert.deepEqual(problems(), []);
  assert.equal(problems({ passed: false }).length, 2, 'fails, and passed before');
  assert.equal(problems({ calls: [] }).length, 2, 'neither shown nor listed, and passed before');
  assert.match(problems({ methods: ['Shop.buy', 'Shop.sell'], calls: [{}, { key: 'Shop.sell' }] }).join(), /Shop\.sell has no row/);
  assert.match(problems({ methods: [], calls: [] }).join(), /Shop\.buy has a row in LEDGER\.md and is gone/);
  const hidden = rowsOf([suite({ calls: [] })], listed);
  assert.match(problemsOf('Tongue', hidden, before).join(), /was "pass" and is "not offered"/);
});

test('a page is read as it was written, other languages left as they are', () => {
  const strange = suite({ methods: ["Shop.on('a | b')"], calls: [{ key: "Shop.on('a | b')" }] });
  const sections = new Map([['Tongue', sectionOf('Tongue', [strange], rowsOf([strange], []))], ['Speech', '## Speech\n\nkept\n']]);
  const page = pageOf(sections);
  assert.deepEqual([...committedRows(page)], [["Tongue: shop Shop.on('a | b')", ['pass']]]);
  assert.equal(pageOf(sectionsOf(page)), page);
});
