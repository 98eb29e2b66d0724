/*
 * Records the histories of test/replay/histories anew, from real runs against the simulator. Run it after a change of the
 * workflows that was meant to change histories, and only then: a history that no longer replays is a batch that breaks in
 * mid-flight when the worker is upgraded.
 *
 *   node --import tsx scripts/record-histories.ts
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shardWorkflowIdOf } from '../src/contract/ids.ts';
import { type MigrateBatchInput, pauseUpdateName, resumeUpdateName } from '../src/contract/workflows.ts';
import { shardSizeRows } from '../src/domain/shard-plan.ts';
import { cancelBatch, controlBatch, readProgress } from '../src/temporal/batch-client.ts';
import { eventually } from '../test/support/condition.ts';
import { openRecordingStudio, type RecordedRow } from '../test/support/recording-studio.ts';

const folder = fileURLToPath(new URL('../test/replay/histories', import.meta.url));
const recorded = new Map<string, string>();
const studio = await openRecordingStudio();
const { client, simulator } = studio;

const good = (count: number): RecordedRow[] => Array.from({ length: count }, () => 'good');

async function keep(name: string, workflowId: string, runId?: string): Promise<string | undefined> {
  const { json, nextRunId } = await studio.record(workflowId, runId);
  recorded.set(`${name}.json`, json);
  process.stdout.write(`${name}.json, ${json.length} bytes\n`);
  return nextRunId;
}

/** Records a batch and its one shard, while `act` steers it. */
async function scene(
  name: string,
  rows: readonly RecordedRow[],
  act: (batchId: string) => Promise<void> = async () => undefined,
  changes: Partial<MigrateBatchInput> = {},
): Promise<void> {
  const batchId = await studio.start(name, rows, changes);
  await act(batchId);
  await client.workflow
    .getHandle(batchId)
    .result()
    .catch(() => undefined);
  await keep(`${name}.batch`, batchId);
  await keep(`${name}.shard`, shardWorkflowIdOf(batchId, 1, 1));
}

async function untilHeld(batchId: string): Promise<void> {
  await eventually('the hold', async () => (await readProgress(client, batchId)).hold);
}

async function resume(batchId: string): Promise<void> {
  await controlBatch(client, batchId, resumeUpdateName);
}

try {
  await scene('plain', good(8));
  await scene('without-search-attributes', good(2), undefined, { hasSearchAttributes: false });
  await scene('paced', good(6), undefined, { ratePerS: 5 });
  await scene('failed-rows', [
    ...good(2),
    'declined-hard',
    'rejected',
    'status-429',
    'error-after',
    'status-400',
    'without-token',
    'good',
  ]);

  simulator.change({ latencyMs: 150 });
  await scene('paused', good(10), async (batchId) => {
    await studio.reachCharges(3);
    await controlBatch(client, batchId, pauseUpdateName);
    await resume(batchId);
  });
  await scene('held', good(10), async (batchId) => {
    await studio.reachCharges(3);
    simulator.change({ isAuthorizationValid: false });
    await untilHeld(batchId);
    simulator.change({ isAuthorizationValid: true });
    await resume(batchId);
  });
  await scene('cancelled', good(10), async (batchId) => {
    await studio.reachCharges(3);
    await cancelBatch(client, batchId);
  });
  await scene('cancelled-on-hold', good(6), async (batchId) => {
    await studio.reachCharges(2);
    simulator.change({ isAuthorizationValid: false });
    await untilHeld(batchId);
    await cancelBatch(client, batchId);
    simulator.change({ isAuthorizationValid: true });
  });
  await scene('shard-ended-from-outside', good(8), async (batchId) => {
    await studio.reachCharges(2);
    await client.workflow.getHandle(shardWorkflowIdOf(batchId, 1, 1)).terminate('by a person');
    await untilHeld(batchId);
    await resume(batchId);
  });
  simulator.change({ latencyMs: 0 });

  const storageHeld = 'storage-held';
  const shardFolder = join(studio.storageFolder, 'batches', 'demo', storageHeld, 'pass-1', 'shard-1');
  await mkdir(shardFolder, { recursive: true });
  await writeFile(join(shardFolder, 'notes'), '');
  await scene(storageHeld, good(3), async (batchId) => {
    await untilHeld(batchId);
    await rm(join(shardFolder, 'notes'));
    await resume(batchId);
  });

  await recordStagingHold();
  await recordChain();
  // Only a whole set takes the place of the old one.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const [file, json] of recorded) await writeFile(join(folder, file), json);
} finally {
  await studio.close();
}

/** A batch that cannot be staged (a file stands where its staging belongs), and is cancelled there. */
async function recordStagingHold(): Promise<void> {
  const name = 'cancelled-in-staging';
  const stagedKey = join(studio.storageFolder, 'batches', 'demo', name, 'staging');
  await mkdir(join(stagedKey, '..'), { recursive: true });
  await writeFile(stagedKey, '');
  const batchId = await studio.start(name, good(2));
  await untilHeld(batchId);
  await cancelBatch(client, batchId);
  await client.workflow
    .getHandle(batchId)
    .result()
    .catch(() => undefined);
  await keep(`${name}.batch`, batchId);
}

/** Three shards, a run of the batch's workflow for each. Most rows are rejected: they cost no events. */
async function recordChain(): Promise<void> {
  const name = 'continued';
  const rows = Array.from(
    { length: 2 * shardSizeRows + 2 },
    (_, index): RecordedRow => (index % shardSizeRows < 2 ? 'good' : 'rejected'),
  );
  const batchId = await studio.start(name, rows, { shardsPerRun: 1 });
  await client.workflow.getHandle(batchId).result();
  for (let run: string | undefined = await firstRunOf(batchId), number = 1; run !== undefined; number += 1) {
    run = await keep(`${name}-${number}.batch`, batchId, run);
  }
}

async function firstRunOf(workflowId: string): Promise<string> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.firstRunId ?? '';
}
