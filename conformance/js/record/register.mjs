// Loaded before each test file of the conformance run: the packages under test come through the recorder, and what was called,
// in which test, with what outcome, and whether the test asserted anything afterwards is written down when the file has ended.
// PARVIS_CALLS is the folder for that, PARVIS_SURFACE the packages' methods, PARVIS_PACKAGES the folder that they are taken from.
import { AsyncLocalStorage } from 'node:async_hooks';
import assert from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { register, syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { beforeEach } from 'node:test';
import { Recorder } from './recorder.mjs';

const storage = new AsyncLocalStorage();
const inside = { run: (action) => storage.run(true, action), active: () => storage.getStore() === true };
const surface = JSON.parse(readFileSync(process.env.PARVIS_SURFACE, 'utf8'));
const calls = [];
let current;

/** Also told by browser tests, of what happened in their pages. */
function tell(call) {
  calls.push({ ...call, test: current, asserted: false });
}

function markAsserted() {
  for (const call of calls) if (call.test === current) call.asserted = true;
}

/** An assertion that held says that the test looked at what the calls before it brought. */
function listenTo(assertions) {
  for (const [name, original] of Object.entries(assertions)) {
    if (typeof original !== 'function' || /^[A-Z]|^strict$|^fail$/.test(name)) continue;
    assertions[name] = function asserting(...values) {
      const held = asItself(name, original, () => original.apply(this, values));
      if (typeof held?.then === 'function') return held.then((value) => (markAsserted(), value));
      markAsserted();
      return held;
    };
  }
}

/** `match` compares itself with the module's property to tell whether it is `doesNotMatch`. */
function asItself(name, original, action) {
  const ours = assert[name];
  assert[name] = original;
  try {
    return action();
  } finally {
    assert[name] = ours;
  }
}

const recorder = new Recorder(tell, inside);
globalThis.parvisRecorder = {
  tell,
  surface,
  exportsOf: (name, real) => recorder.exportsOf(name, real, surface[name]),
};
if (process.env.NODE_TEST_CONTEXT) {
  listenTo(assert);
  listenTo(assert.strict);
  syncBuiltinESMExports();
  beforeEach(({ name }) => {
    current = name;
  });
  process.on('exit', () => {
    const file = path.join(process.env.PARVIS_CALLS, `${process.pid}.json`);
    if (calls.length > 0) writeFileSync(file, JSON.stringify({ file: path.basename(process.argv[1]), calls }));
  });
  register('./hooks.mjs', import.meta.url, { data: { packages: process.env.PARVIS_PACKAGES, surface } });
}
