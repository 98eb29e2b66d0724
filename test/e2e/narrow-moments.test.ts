/* Moments between two steps of the workflows in which an operator's word, or a fault, once was lost. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { batchHold } from '../../src/activities/failures.ts';
import type { CardliftActivities } from '../../src/contract/activities.ts';
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

/** Runs a batch of shards of one row each over such activities, and `act` beside it. */
async function runBatch(
  name: string,
  shards: number,
  changes: Partial<CardliftActivities>,
  settings: Partial<MigrateBatchInput>,
  act: (handle: WorkflowHandle) => Promise<void>,
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
      await handle.terminate().catch(() => undefined);
    }
  });
}

const reachPhase = (handle: WorkflowHandle, phase: BatchPhase) =>
  eventually(`the batch is ${phase}`, async () => {
    const found = await handle.query<BatchProgress>(progressQueryName);
    return found.phase === phase ? found : undefined;
  });

/** A gate that is shut until it is opened. */
function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

test('a shard that cannot be opened makes the batch hold again after a resume that came too soon; mended and resumed, it ends', async () => {
  let isMended = false;
  const prober = createGate();
  const opened = new Map<number, number>();
  const changes: Partial<CardliftActivities> = {
    async openShard({ shard }) {
      opened.set(shard, (opened.get(shard) ?? 0) + 1);
      if (shard === 2 && !isMended) {
        throw batchHold({ code: 'storage_failed', text: 'The notes cannot be read', count: 1 });
      }
      return { toSend: [[shard * 10, shard * 10 + (shard === 1 ? 1 : 0)]], counts: {} };
    },
    async tokenizeRow({ row }) {
      // The shard that goes ahead has a row to send when the batch is resumed.
      if (row === 10) return { outcome: 'tokenized', isRead: true };
      await prober.opened;
      return { outcome: 'tokenized', isRead: true };
    },
  };
  await runBatch('opened-while-stopped', 3, changes, {}, async (handle) => {
    await reachPhase(handle, 'on_hold');
    await handle.executeUpdate(resumeUpdateName, { args: [operator] });
    await eventually('shard 2 is tried again', () => (opened.get(2) === 2 ? true : undefined));
    const { hold } = await reachPhase(handle, 'on_hold');
    assert.equal(hold?.code, 'storage_failed');
    isMended = true;
    prober.open();
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
  test(`a batch that is ${word} while its last lines are written, before it goes on in another run, sends nothing more`, async () => {
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
      // Lines of the audit log that the storage does not take yet.
      await handle.executeUpdate(pauseUpdateName, { args: [operator] });
      await handle.executeUpdate(resumeUpdateName, { args: [operator] });
      row.open();
      await eventually('the first shard is closed', async () => {
        const { counts } = await handle.query<BatchProgress>(progressQueryName);
        return counts.tokenized === 1 || undefined;
      });
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
