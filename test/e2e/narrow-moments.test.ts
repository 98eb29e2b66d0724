/*
 * Moments between two steps of the workflows in which an operator's signal, or a fault, was once
 * lost.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  WorkflowFailedError,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { batchHold, shardSealed } from '../../src/activities/failures.ts';
import type { CardliftActivities } from '../../src/contract/activities.ts';
import { shardWorkflowIdOf } from '../../src/contract/ids.ts';
import type { ShardSteering } from '../../src/contract/shard-messages.ts';
import {
  type BatchPhase,
  type BatchProgress,
  type MigrateBatchInput,
  migrateBatchWorkflowType,
  pauseUpdateName,
  progressQueryName,
  resumeUpdateName,
} from '../../src/contract/workflows.ts';
import { createLogger } from '../../src/logger.ts';
import { bundleWorkflows } from '../../src/temporal/workflow-bundle.ts';
import { eventually } from '../support/condition.ts';
import { startTemporalServer } from '../support/temporal-server.ts';

const temporal = await startTemporalServer();
const connection = await NativeConnection.connect({ address: temporal.address });
const workflowBundle = await bundleWorkflows(createLogger('silent'));
after(async () => {
  await connection.close();
  await temporal.stop();
});

const operator = { who: 'operator@host' };

/** Runs a batch of one-row shards with such activities, and `act` beside it. */
async function runBatch(
  name: string,
  shards: number,
  changes: Partial<CardliftActivities>,
  settings: Partial<MigrateBatchInput>,
  act: (handle: WorkflowHandleWithFirstExecutionRunId) => Promise<void>,
): Promise<void> {
  const activities: Partial<CardliftActivities> = {
    stageBatch: async () => ({ rows: shards, sendableRows: shards, shards }),
    openShard: async ({ shard }) => ({ toSend: [[shard, shard]], counts: {} }),
    tokenizeRow: async () => ({ outcome: 'tokenized', isRead: true }),
    closeShard: async () => ({ counts: { tokenized: 1 } }),
    closeUnsentShards: async () => ({ counts: {} }),
    publishResults: async () => ({ counts: { tokenized: shards }, rows: shards, location: '' }),
    appendAudit: async () => undefined,
    ...changes,
  };
  const worker = await Worker.create({ connection, taskQueue: name, activities, workflowBundle });
  await worker.runUntil(async () => {
    const input: MigrateBatchInput = {
      batchId: `cardlift/shop/${name}`,
      pass: 1,
      activityQueue: name,
      concurrency: 600,
      gatewayTimeoutMs: 1_000,
      isLive: false,
      hasSearchAttributes: false,
      shardsPerRun: 100,
      ...settings,
    };
    const options = { workflowId: input.batchId, taskQueue: name, args: [input] };
    const handle = await temporal.client.workflow.start(migrateBatchWorkflowType, options);
    try {
      await act(handle);
    } finally {
      // The worker ends after its activities, so a failing test must not wait at a gate.
      for (const open of gates.splice(0)) open();
      await handle.terminate().catch(() => undefined);
    }
  });
}

const reachPhase = (handle: WorkflowHandle, phase: BatchPhase) =>
  eventually(`the batch is ${phase}`, async () => {
    const found = await handle.query<BatchProgress>(progressQueryName);
    return found.phase === phase ? found : undefined;
  });

/** The end of a batch that is never seen on hold. */
const endWithoutHold = (handle: WorkflowHandle): Promise<BatchProgress> =>
  eventually('the end of the batch', async () => {
    const found = await handle.query<BatchProgress>(progressQueryName);
    assert.equal(found.hold, undefined);
    return found.phase === 'finished' ? found : undefined;
  });

/** Resolves when the shard's workflow has handled the steering with this number of resumes. */
async function untilSteered(batchId: string, shard: number, holdGeneration: number): Promise<void> {
  const handle = temporal.client.workflow.getHandle(shardWorkflowIdOf(batchId, 1, shard));
  await eventually(`shard ${shard} is steered`, async () => {
    const { events } = await handle.fetchHistory();
    const signal = (events ?? []).findIndex(({ workflowExecutionSignaledEventAttributes: signaled }) => {
      const [payload] = signaled?.input?.payloads ?? [];
      if (payload === undefined) return false;
      const steering = JSON.parse(Buffer.from(payload.data ?? []).toString('utf8')) as ShardSteering;
      return steering.holdGeneration === holdGeneration;
    });
    if (signal < 0) return undefined;
    const isHandled = (events ?? [])
      .slice(signal)
      .some((event) => event.workflowTaskCompletedEventAttributes != null);
    return isHandled || undefined;
  });
}

/** Opens the gates of the running test. */
const gates: (() => void)[] = [];

/** A gate that is closed until it is opened or the test is over. */
function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  gates.push(() => open());
  return { opened, open: () => open() };
}

test('a shard that cannot be opened holds the batch again after an early resume; fixed and resumed, the batch completes', async () => {
  let isFixed = false;
  const probingShard = createGate();
  const opened = new Map<number, number>();
  const changes: Partial<CardliftActivities> = {
    async openShard({ shard }) {
      opened.set(shard, (opened.get(shard) ?? 0) + 1);
      if (shard === 2 && !isFixed) {
        throw batchHold({ code: 'storage_failed', text: 'The intents cannot be read', count: 1 });
      }
      return { toSend: [[shard * 10, shard * 10 + (shard === 1 ? 1 : 0)]], counts: {} };
    },
    async tokenizeRow({ row }) {
      // The shard that runs ahead has a row to send when the batch is resumed.
      if (row === 10) return { outcome: 'tokenized', isRead: true };
      await probingShard.opened;
      return { outcome: 'tokenized', isRead: true };
    },
  };
  await runBatch('opened-while-stopped', 3, changes, {}, async (handle) => {
    await reachPhase(handle, 'on_hold');
    await handle.executeUpdate(resumeUpdateName, { args: [operator] });
    await eventually('shard 2 is tried again', () => (opened.get(2) === 2 ? true : undefined));
    const { hold } = await reachPhase(handle, 'on_hold');
    assert.equal(hold?.code, 'storage_failed');
    isFixed = true;
    probingShard.open();
    await handle.executeUpdate(resumeUpdateName, { args: [operator] });
    await handle.result();
    assert.deepEqual([opened.get(1), opened.get(2)], [1, 3]);
  });
});

for (const [word, say] of [
  ['cancelled', (handle: WorkflowHandle) => handle.cancel()],
  [
    'cancelled and paused',
    async (handle: WorkflowHandle) => {
      await handle.executeUpdate(pauseUpdateName, { args: [operator] });
      await handle.cancel();
    },
  ],
] as const) {
  test(`a batch that is ${word} while its last lines are written, before it continues in another run, sends nothing more`, async () => {
    const lines = createGate();
    const sent: number[] = [];
    const closings: string[] = [];
    const row = createGate();
    const changes: Partial<CardliftActivities> = {
      async tokenizeRow({ row: number }) {
        sent.push(number);
        await row.opened;
        return { outcome: 'tokenized', isRead: true };
      },
      appendAudit: () => lines.opened,
      async closeUnsentShards() {
        closings.push('closeUnsentShards');
        return { counts: {} };
      },
      async publishResults({ isCancelled }) {
        closings.push(isCancelled ? 'published as cancelled' : 'published');
        return { counts: { tokenized: 1 }, rows: 2, location: '' };
      },
    };
    const settings = { shardsPerRun: 1 };
    await runBatch(word.replaceAll(' ', '-'), 2, changes, settings, async (handle) => {
      await eventually('the first row', () => (sent.length === 1 ? true : undefined));
      // Lines of the audit log that the storage does not accept yet.
      await handle.executeUpdate(pauseUpdateName, { args: [operator] });
      await handle.executeUpdate(resumeUpdateName, { args: [operator] });
      row.open();
      await eventually('the first shard is closed', async () => {
        const { counts } = await handle.query<BatchProgress>(progressQueryName);
        return counts.tokenized === 1 || undefined;
      });
      const { runId } = await handle.describe();
      assert.equal(runId, handle.firstExecutionRunId, 'the run waits for its lines');
      await say(handle);
      lines.open();
      await assert.rejects(
        handle.result(),
        (error) => error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure,
      );
      assert.deepEqual([sent, closings], [[1], ['closeUnsentShards', 'published as cancelled']]);
    });
  });
}

/**
 * An audit log that refuses its lines until it is fixed, and a first row whose answer the test
 * releases.
 */
function createRefusingLog() {
  const row = createGate();
  const order: string[] = [];
  let isFixed = false;
  const changes: Partial<CardliftActivities> = {
    async tokenizeRow() {
      order.push('sent');
      await row.opened;
      return { outcome: 'tokenized', isRead: true };
    },
    async appendAudit({ news }) {
      if (!isFixed) throw new Error('The log cannot be written');
      order.push(news.act);
    },
    async publishResults() {
      order.push('published');
      return { counts: { tokenized: 2 }, rows: 2, location: '' };
    },
  };
  return {
    order,
    changes,
    fix: () => {
      isFixed = true;
    },
    /**
     * Pauses and resumes the batch while its first row is in flight, then lets the row be answered.
     */
    async pauseAndResume(handle: WorkflowHandle): Promise<void> {
      await eventually('the first row', () => order.includes('sent') || undefined);
      await handle.executeUpdate(pauseUpdateName, { args: [operator] });
      await handle.executeUpdate(resumeUpdateName, { args: [operator] });
      row.open();
    },
  };
}

test('a line of the audit log that cannot be written before a batch continues in another run is not lost: the run waits for it', async () => {
  const log = createRefusingLog();
  await runBatch('lines-before-next-run', 2, log.changes, { shardsPerRun: 1 }, async (handle) => {
    await log.pauseAndResume(handle);
    await eventually('the first shard is closed', async () => {
      const { counts } = await handle.query<BatchProgress>(progressQueryName);
      return counts.tokenized === 1 || undefined;
    });
    log.fix();
    await endWithoutHold(handle);
    const { runId } = await handle.describe();
    assert.notEqual(runId, handle.firstExecutionRunId, 'it went on in another run');
    assert.deepEqual(log.order.toSorted(), ['pause', 'published', 'resume', 'sent', 'sent']);
  });
});

test('results are published only when every line of the audit log is written: the manifest has the log’s digest', async () => {
  const log = createRefusingLog();
  await runBatch('lines-before-publishing', 1, log.changes, {}, async (handle) => {
    await log.pauseAndResume(handle);
    await reachPhase(handle, 'publishing');
    assert.ok(!log.order.includes('published'));
    log.fix();
    await endWithoutHold(handle);
    assert.deepEqual(log.order.toSorted(), ['pause', 'published', 'resume', 'sent']);
    assert.equal(log.order.at(-1), 'published');
  });
});

test('a row whose shard another run has sealed is not sent again and does not hold the batch', async () => {
  const sent: number[] = [];
  const changes: Partial<CardliftActivities> = {
    openShard: async () => ({ toSend: [[1, 3]], counts: {} }),
    async tokenizeRow({ row }) {
      sent.push(row);
      if (row === 2) throw shardSealed(1);
      return { outcome: 'tokenized', isRead: true };
    },
    closeShard: async () => ({ counts: { tokenized: 3 } }),
  };
  await runBatch('sealed-by-another-run', 1, changes, {}, async (handle) => {
    await endWithoutHold(handle);
    assert.deepEqual(sent.toSorted(), [1, 2, 3]);
  });
});

for (const [what, late] of [
  ['is answered', { outcome: 'unknown', hold: { code: 'ambiguous_answers', text: 'unclear', count: 6 } }],
  ['fails', batchHold({ code: 'set_up_wrong', text: 'HTTP 401', count: 1 })],
] as const) {
  test(`a row that was sent before a hold and ${what} with a reason to hold after the resume does not hold the batch again`, async () => {
    const row = createGate();
    const sent: number[] = [];
    const changes: Partial<CardliftActivities> = {
      openShard: async () => ({ toSend: [[1, 3]], counts: {} }),
      async tokenizeRow({ row: number }) {
        sent.push(number);
        if (number === 1) return { outcome: 'tokenized', isRead: true };
        // Both are in flight before one of them gives the reason.
        await eventually('the other row', () => (sent.length >= 3 ? true : undefined));
        if (number === 2)
          return { outcome: 'unknown', hold: { code: 'ambiguous_answers', text: 'unclear', count: 5 } };
        if (sent.length > 3) return { outcome: 'tokenized', isRead: true };
        await row.opened;
        if (late instanceof Error) throw late;
        return late;
      },
    };
    const name = `late-${what.replaceAll(' ', '-')}`;
    await runBatch(name, 1, changes, {}, async (handle) => {
      await reachPhase(handle, 'on_hold');
      await handle.executeUpdate(resumeUpdateName, { args: [operator] });
      await untilSteered(handle.workflowId, 1, 1);
      row.open();
      await endWithoutHold(handle);
      assert.deepEqual(sent.toSorted(), late instanceof Error ? [1, 2, 3, 3] : [1, 2, 3]);
    });
  });
}
