// Figures of the server alone: how soon it is ready, how much memory it holds when idle.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { measure, Stage } from '../harness/stage.mjs';

const READY_MS_MAX = 300;
const IDLE_MIB_MAX = 60;
const stage = new Stage('measures');

stage.scenario('ready soon after the start, and small when idle', async (t) => {
  measure(t, 'first start to ready, seeding included', stage.demo.readyMs, 'ms');
  const starts = [];
  for (let round = 0; round < 3; round += 1) {
    await stage.demo.kill();
    await stage.demo.restart();
    starts.push(stage.demo.readyMs);
  }
  const best = Math.min(...starts);
  measure(t, 'start to ready, best of three', best, 'ms');
  await pause(5_000);
  const resident = await stage.demo.residentMib();
  measure(t, 'idle resident memory', resident, 'MiB');
  assert.ok(best <= READY_MS_MAX, `${best} ms`);
  assert.ok(resident <= IDLE_MIB_MAX, `${resident} MiB`);
});
