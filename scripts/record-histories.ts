/*
 * Records the histories of test/replay/histories from real runs against the simulator. Run it only
 * after a workflow change that is meant to change histories: a history that no longer replays means
 * that a worker upgrade breaks running batches.
 *
 *   node --import tsx scripts/record-histories.ts            all
 *   node --import tsx scripts/record-histories.ts redriven   only these scenes
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { batchIdOf, shardWorkflowIdOf } from '../src/contract/ids.ts';
import { noticeWorkflowIdOf } from '../src/contract/notice.ts';
import { type ShardProgress, type ShardSteering, steerSignalName } from '../src/contract/shard-messages.ts';
import {
  approveUpdateName,
  type MigrateBatchInput,
  pauseUpdateName,
  progressQueryName,
  resumeUpdateName,
  type SetConcurrencyInput,
  type SetRateInput,
  type SetToleranceInput,
  setConcurrencyUpdateName,
  setRateUpdateName,
  setToleranceUpdateName,
} from '../src/contract/workflows.ts';
import { shardSizeRows } from '../src/domain/shard-plan.ts';
import { readBatchRecord } from '../src/storage/batch-record.ts';
import { cancelBatch, controlBatch, readProgress } from '../src/temporal/batch-client.ts';
import { startBatch } from '../src/temporal/batch-start.ts';
import { eventually } from '../test/support/condition.ts';
import { createPassPlan } from '../test/support/decisions.ts';
import { createIntent } from '../test/support/intents.ts';
import { startNoticeReceiver } from '../test/support/notice-receiver.ts';
import { openRecordingStudio, type RecordedRow } from '../test/support/recording-studio.ts';
import { createWindowClock } from '../test/support/window-clock.ts';

const folder = fileURLToPath(new URL('../test/replay/histories', import.meta.url));
const recorded = new Map<string, string>();
/** The operator, as the commands name it. */
const operator = { who: 'operator@host', reason: 'to record a history' };
const clock = createWindowClock();
const studio = await openRecordingStudio(() => clock.nowMs());
const receiver = await startNoticeReceiver();
const { client, simulator } = studio;

const chosen = process.argv.slice(2);
const isWanted = (name: string): boolean => chosen.length === 0 || chosen.includes(name);

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
  notify?: string,
): Promise<void> {
  if (!isWanted(name)) return;
  const batchId = await studio.start(name, rows, changes, notify);
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

/**
 * Waits until the audit log has no unfinished line, so that the next update comes after the log
 * activity ends: one-piece.test.ts needs such places.
 */
async function untilAudited(batchId: string): Promise<void> {
  await eventually('the end of the audit lines', async () => {
    const { raw } = await client.workflow.getHandle(batchId).describe();
    const pending = raw.pendingActivities ?? [];
    return pending.every(({ activityType }) => activityType?.name !== 'appendAudit') || undefined;
  });
}

async function resume(batchId: string): Promise<void> {
  await untilAudited(batchId);
  await controlBatch(client, batchId, resumeUpdateName, operator);
}

try {
  await scene('plain', good(8));
  await scene('without-search-attributes', good(2), undefined, { hasSearchAttributes: false });
  await scene('rate-limited', good(6), undefined, { ratePerS: 5 });
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

  await scene(
    'canary',
    good(6),
    async (batchId) => {
      await untilHeld(batchId);
      await controlBatch(client, batchId, approveUpdateName, operator);
    },
    { canaryRows: 3 },
  );
  // Enough answers to judge the batch, and one row still to send when it holds.
  const half = Array.from({ length: 112 }, (_, at): RecordedRow => (at % 2 === 0 ? 'declined-hard' : 'good'));
  await scene('tolerance-passed', half, async (batchId) => {
    await untilHeld(batchId);
    const input: SetToleranceInput = { ...operator, percent: 60 };
    await controlBatch(client, batchId, setToleranceUpdateName, input);
    await resume(batchId);
  });

  const window = clock.openingIn(2_000);
  await scene(
    'window',
    good(3),
    async (batchId) => {
      await eventually(
        'the wait for the window',
        async () => (await readProgress(client, batchId)).phase === 'waiting_for_window' || undefined,
      );
      clock.reachBoundary();
    },
    { window },
  );
  await scene('notices', good(2), undefined, {}, receiver.url);
  if (isWanted('notices'))
    await keep('notices.notice', noticeWorkflowIdOf(batchIdOf('demo', 'notices'), 1, 1));

  simulator.change({ latencyMs: 150 });
  await scene('paused', good(10), async (batchId) => {
    await studio.reachCharges(3);
    await controlBatch(client, batchId, pauseUpdateName, operator);
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
  await scene('shard-cancelled', good(8), async (batchId) => {
    await studio.reachCharges(2);
    await client.workflow.getHandle(shardWorkflowIdOf(batchId, 1, 1)).cancel();
    await untilHeld(batchId);
    await keep('shard-cancelled-1.shard', shardWorkflowIdOf(batchId, 1, 1));
    await resume(batchId);
  });
  await scene('cancelled-refused', good(8), async (batchId) => {
    await untilRefused();
    await cancelBatch(client, batchId);
    simulator.change({ forcedFault: null });
  });
  await scene('paused-refused', good(8), async (batchId) => {
    await untilRefused();
    await controlBatch(client, batchId, pauseUpdateName, operator);
    simulator.change({ forcedFault: null });
    await resume(batchId);
  });
  await scene('limits-changed', good(14), async (batchId) => {
    await studio.reachCharges(2);
    const rate: SetRateInput = { ...operator, ratePerS: 20 };
    await controlBatch(client, batchId, setRateUpdateName, rate);
    const concurrency: SetConcurrencyInput = { ...operator, concurrency: 4 };
    await controlBatch(client, batchId, setConcurrencyUpdateName, concurrency);
  });
  await scene('overtaken-steering', good(8), async (batchId) => {
    await studio.reachCharges(2);
    await controlBatch(client, batchId, pauseUpdateName, operator);
    const shard = client.workflow.getHandle(shardWorkflowIdOf(batchId, 1, 1));
    await eventually('the pause', async () => {
      const { rowsInFlight } = await shard.query<ShardProgress>(progressQueryName);
      return rowsInFlight === 0 || undefined;
    });
    const older: ShardSteering = {
      go: 'all',
      concurrency: 2,
      holdGeneration: 0,
      tolerancePercent: 20,
      version: 0,
    };
    await shard.signal(steerSignalName, older);
    // Its workflow task is complete before the next signal arrives.
    await shard.query<ShardProgress>(progressQueryName);
    await resume(batchId);
  });
  simulator.change({ latencyMs: 0 });

  await recordReopened();
  const storageHeld = 'storage-held';
  const shardFolder = join(studio.storageFolder, 'batches', 'demo', storageHeld, 'pass-1', 'shard-1');
  await mkdir(shardFolder, { recursive: true });
  await writeFile(join(shardFolder, 'intents'), '');
  await scene(storageHeld, good(3), async (batchId) => {
    await untilHeld(batchId);
    await rm(join(shardFolder, 'intents'));
    await resume(batchId);
  });

  await recordStagingHold();
  await recordClosing();
  await recordChain();
  await recordRedrive();
  // Only a complete set replaces the old one.
  if (chosen.length === 0) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [file, json] of recorded) await writeFile(join(folder, file), json);
} finally {
  await receiver.close();
  await studio.close();
}

/** Two charges, then a gateway that refuses a request with 429 while another is in flight. */
async function untilRefused(): Promise<void> {
  await studio.reachCharges(2);
  simulator.change({ forcedFault: 'status-429' });
  const { requests } = simulator.stats();
  await eventually('a refusal', () => simulator.stats().requests > requests || undefined, 5);
}

/**
 * A row with an open intent. Its owner reports that it sent nothing only while the shard closes.
 */
async function recordReopened(): Promise<void> {
  const name = 'reopened';
  if (!isWanted(name)) return;
  const { intents } = await studio.context.storage();
  const shard = { batchId: batchIdOf('demo', name), pass: 1, shard: 1 };
  const createdAtMs = clock.nowMs();
  const head = {
    row: 3,
    intent: 1,
    merchantTxnRef: 'recorded-p1-r3-n1',
    owner: 'host:1:1',
    nonce: 'a nonce',
  };
  const own = await createIntent(intents, shard, { ...head, createdAtMs, deadlineMs: createdAtMs + 60_000 });
  await scene(name, good(4), async (batchId) => {
    const handle = client.workflow.getHandle(shardWorkflowIdOf(batchId, 1, 1));
    await eventually('the closing', async () => {
      const history = await handle.fetchHistory().catch(() => undefined);
      const scheduled = history?.events?.map((event) => event.activityTaskScheduledEventAttributes);
      return scheduled?.some((attributes) => attributes?.activityType?.name === 'closeShard') || undefined;
    });
    await own?.writeResult({ kind: 'not_processed', cause: 'not sent' });
  });
}

/**
 * A pass whose closing and publishing as cancelled have begun, as after the loss of Temporal. It
 * has no shard.
 */
async function recordClosing(): Promise<void> {
  const name = 'closes-only';
  if (!isWanted(name)) return;
  const batchId = await studio.start(name, good(2), { closesOnly: true });
  await client.workflow.getHandle(batchId).result();
  await keep(`${name}.batch`, batchId);
}

/**
 * A batch that cannot be staged, because a file is in the place of its staging folder, and is
 * cancelled there.
 */
async function recordStagingHold(): Promise<void> {
  const name = 'cancelled-in-staging';
  if (!isWanted(name)) return;
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

/**
 * Three shards, with one run of the batch's workflow for each. Most rows are rejected: they cost no
 * events.
 */
async function recordChain(): Promise<void> {
  const name = 'continued';
  if (!isWanted(name)) return;
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

/** A second pass over two rows of shards 1 and 3, with one run of the batch's workflow for each. */
async function recordRedrive(): Promise<void> {
  const name = 'redriven';
  if (!isWanted(name)) return;
  const lastRow = 2 * shardSizeRows + 1;
  const rows = Array.from(
    { length: lastRow },
    (_, index): RecordedRow => (index === 0 || index === lastRow - 1 ? 'status-400' : 'rejected'),
  );
  const batchId = await studio.start(name, rows);
  await client.workflow.getHandle(batchId).result();
  const storage = await studio.context.storage();
  const record = await readBatchRecord(storage, batchId);
  if (record === undefined) throw new Error('The batch has no record');
  await createPassPlan(storage, batchId, {
    pass: 2,
    createdAt: new Date().toISOString(),
    createdBy: 'a recording',
    includesSoftDeclines: false,
    rows: 2,
    amounts: { USD: '20.00' },
    runs: [
      [1, 1],
      [lastRow, lastRow],
    ],
  });
  await startBatch({ client, namespace: 'default' }, record, {
    pass: 2,
    shardsPerRun: 1,
    hasSearchAttributes: true,
  });
  await client.workflow.getHandle(batchId).result();
  for (let run: string | undefined = await firstRunOf(batchId), number = 1; run !== undefined; number += 1) {
    run = await keep(`${name}-${number}.batch`, batchId, run);
  }
  await keep(`${name}.shard`, shardWorkflowIdOf(batchId, 2, 1));
}

async function firstRunOf(workflowId: string): Promise<string> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.firstRunId ?? '';
}
