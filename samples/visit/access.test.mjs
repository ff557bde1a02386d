// The clinic’s own check, case by case.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessCheck, tryLimit } from './access.mjs';

test('[B1] without a code everybody may come in', () => {
  assert.equal(accessCheck('')(undefined), true);
});

test('[B1] with a code only those who know it', () => {
  const may = accessCheck('ward 7');
  for (const [given, answer] of [['ward 7', true], ['ward 8', false], ['', false], [undefined, false], [7, false], [{}, false]]) {
    assert.equal(may(given), answer, String(given));
  }
});

test('tries are bounded in a minute and free again after it', () => {
  let now = 0;
  const may = tryLimit(2, () => now);
  assert.deepEqual([may('a'), may('a'), may('a'), may('b')], [true, true, false, true]);
  now = 60_001;
  assert.equal(may('a'), true);
});
