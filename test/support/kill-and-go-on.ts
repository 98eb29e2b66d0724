import assert from 'node:assert/strict';
import type { CardliftSite } from './cardlift-process.ts';
import { eventually } from './condition.ts';
import { type Comparison, compareWithLedger } from './ledger-comparison.ts';
import type { SampleFile } from './sample-file.ts';
import type { SimulatorProcess } from './simulator-process.ts';

const concurrency = 8;
/**
 * Slow enough that rows are always in flight, and that a test can interrupt a batch in the middle.
 */
export const midBatchLatencyMs = 200;
/**
 * The rows of an interrupted batch, and the charges that mark its middle. At 40 rows a second it
 * stays there for ten seconds.
 */
export const midBatchRows = 440;
const midBatchCharges = 30;
export const midBatchFlags = ['--concurrency', String(concurrency)];

/** Waits until the batch is in the middle: after this many charges. */
export async function reachMidBatch(
  simulator: SimulatorProcess,
  charges: number = midBatchCharges,
): Promise<void> {
  await eventually(`${charges} charges`, async () =>
    (await simulator.stats()).charges >= charges ? true : undefined,
  );
}

/** Makes the rest of an interrupted batch fast. */
export async function speedUp(simulator: SimulatorProcess): Promise<void> {
  await simulator.settings({ latencyMs: 10 });
}

/** Compares a whole sample's results with the ledger. */
export function compareSample(
  simulator: SimulatorProcess,
  site: CardliftSite,
  file: SampleFile,
): Promise<Comparison> {
  return compareWithLedger({
    simulator,
    folder: site.outFolder,
    merchantRefs: file.rows.map(({ merchantRef }) => merchantRef),
  });
}

/** Kills a run in the middle, repeats the command, and compares the results with the ledger. */
export async function killAndGoOn(
  simulator: SimulatorProcess,
  site: CardliftSite,
  file: SampleFile,
): Promise<void> {
  const first = site.startRun(file.path, midBatchFlags);
  await reachMidBatch(simulator);
  const killed = await first.kill();
  assert.equal(killed.signal, 'SIGKILL', 'the first run was alive when it was killed');
  assert.ok((await simulator.stats()).charges < file.rows.length, 'it was killed in mid-batch');

  await speedUp(simulator);
  const second = await site.startRun(file.path, midBatchFlags).exited;
  assert.match(second.stderr, /Continuing the open batch/);
  const { counts, unknownRows, charges, results } = await compareSample(simulator, site, file);
  assert.ok(unknownRows.length <= concurrency, `at most the rows in flight are unknown: ${unknownRows}`);
  assert.equal(counts.tokenized, file.rows.length - unknownRows.length);
  assert.equal(second.code, unknownRows.length === 0 ? 0 : 1, second.stderr);
  for (const row of unknownRows) assert.equal(results[row - 1]?.error_code, 'unknown_process_stopped');
  const { requests } = await simulator.stats();
  assert.equal(requests, charges.length, 'nothing was sent again');
}
