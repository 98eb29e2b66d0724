/* The short form of `npm run crash`: every kind of fault once, at random moments of one batch. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaintsOf } from '../../crash/checker.ts';
import { describeCrashRuns } from '../../crash/faults/crash-report.ts';
import { runCrashes } from '../../crash/faults/crash-run.ts';

const seed = 1;

test('a batch through every kind of fault at random moments: no row is charged twice, no token is lost, no row is missing, and every unknown row is explained', async (t) => {
  const end = await runCrashes({
    seed,
    rows: 900,
    faults: 10,
    workers: 3,
    timeoutMs: 300_000,
    report: (line) => t.diagnostic(line),
  });
  process.stdout.write(describeCrashRuns([{ name: 'batch 1', end }], seed));
  assert.deepEqual(complaintsOf(end.findings), []);
  const kinds = Object.keys(end.injected).length + end.leftOut.length;
  assert.equal(kinds, 10, 'every kind of fault came, or is said to be left out');
});
