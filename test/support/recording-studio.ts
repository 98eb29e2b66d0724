/*
 * Records histories: with a Temporal server, a simulator and a worker in this process, and batches
 * that are steered through the branch that a replay test needs.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { createActivityDeps } from '../../src/app/activity-deps.ts';
import type { CliContext } from '../../src/cli/cli-context.ts';
import { activityQueueOf, workflowQueueOf } from '../../src/contract/ids.ts';
import { type MigrateBatchInput, migrateBatchWorkflowType } from '../../src/contract/workflows.ts';
import { definedOf } from '../../src/domain/defined.ts';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import type { FaultName } from '../../src/simulator/faults.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { startWorker } from '../../src/temporal/worker-assembly.ts';
import { createTestContext } from './app-context.ts';
import { eventually } from './condition.ts';
import { toHistoryJson } from './history-json.ts';
import { besideOthers, launchFile } from './launched-batch.ts';
import { startTemporalServer } from './temporal-server.ts';

export interface RecordingStudio {
  readonly client: Client;
  readonly simulator: Simulator;
  readonly storageFolder: string;
  /** The context in which an operator of its batches works. */
  readonly context: CliContext;
  /** Starts a batch with this name over a file of these rows; resolves to its id. */
  start(
    name: string,
    rows: readonly RecordedRow[],
    changes?: Partial<MigrateBatchInput>,
    notify?: string,
  ): Promise<string>;
  /** The path of a batch's file. */
  fileOf(name: string): string;
  /** Waits until the simulator has made this many more charges than at the last start. */
  reachCharges(charges: number): Promise<void>;
  /** The history of a workflow's run (the latest unless given), without details of this machine. */
  record(workflowId: string, runId?: string): Promise<RecordedHistory>;
  close(): Promise<void>;
}

export interface RecordedHistory {
  /** One event per line. */
  readonly json: string;
  /** The run that continued as new after this one. */
  readonly nextRunId?: string;
}

/** A row without a fault, with one, or without a card number. */
export type RecordedRow = 'good' | 'rejected' | FaultName;

const merchantId = 'demo';

/**
 * Opens a studio. `nowMs` is the clock of its worker's activities, and `wrap` wraps their storage.
 */
export async function openRecordingStudio(
  nowMs: () => number = Date.now,
  wrap: (storage: Storage) => Storage = (storage) => storage,
): Promise<RecordingStudio> {
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-studio-'));
  const temporal = await startTemporalServer();
  const simulator = createSimulator();
  const { baseUrl } = await simulator.listen(0);
  const context = createTestContext(folder, baseUrl);
  const bare = await createActivityDeps(context, false);
  const deps = { ...bare, storage: wrap(bare.storage), nowMs };
  const worker = await startWorker({
    connectionOptions: { address: temporal.address },
    namespace: 'default',
    deps,
    logger: context.logger,
    shutdownGraceMs: 5_000,
  });
  const fileOf = (name: string): string => join(folder, `${name}.csv`);
  let nextCard = 0;
  let chargesAtStart = 0;

  return {
    client: temporal.client,
    simulator,
    storageFolder: context.config.storageFolder,
    context,
    fileOf,
    async start(name, rows, changes = {}, notify) {
      const lines = rows.map((kind, index) => {
        nextCard += 1;
        const card =
          kind === 'rejected' ? '' : generatedCardNumber(nextCard, kind === 'good' ? undefined : kind);
        return `${name}-${index + 1},${card},12/2039,10.00,USD\n`;
      });
      await writeFile(fileOf(name), `merchant_ref,card_number,expiry,amount,currency\n${lines.join('')}`);
      chargesAtStart = simulator.ledger().charges.length;
      const options = {
        merchantId,
        batchName: name,
        concurrency: 2,
        ...definedOf({ notifyUrl: notify }),
      };
      const { record } = await launchFile(context, fileOf(name), options, besideOthers);
      const input: MigrateBatchInput = {
        batchId: record.batchId,
        pass: 1,
        activityQueue: activityQueueOf(record.targetFingerprint),
        ...definedOf({ concurrency: record.concurrency }),
        gatewayTimeoutMs: record.gatewayTimeoutMs,
        isLive: false,
        hasSearchAttributes: true,
        ...(record.notifyUrl === undefined ? {} : { hasNotices: true }),
        shardsPerRun: 100,
        ...changes,
      };
      await temporal.client.workflow.start(migrateBatchWorkflowType, {
        workflowId: record.batchId,
        taskQueue: workflowQueueOf(record.targetFingerprint),
        args: [input],
      });
      return record.batchId;
    },
    async reachCharges(charges) {
      await eventually(
        'charges',
        () => simulator.ledger().charges.length >= chargesAtStart + charges || undefined,
      );
    },
    async record(workflowId, runId) {
      const history = await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
      const nextRunId =
        history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
      return {
        json: writeEvents(history, folder),
        ...(typeof nextRunId === 'string' ? { nextRunId } : {}),
      };
    },
    async close() {
      await worker.stop();
      await simulator.close();
      await temporal.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A history's JSON with one event per line. Paths and names of this machine are replaced, in
 * payloads too.
 */
function writeEvents(history: History, folder: string): string {
  const parsed = JSON.parse(JSON.stringify(toHistoryJson(history)), (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    const text = key === 'data' ? Buffer.from(value, 'base64').toString('utf8') : value;
    const plain = text
      .replaceAll(folder, '/cardlift')
      .replace(new RegExp(`\\d+@${hostname()}`, 'g'), '1@host')
      .replaceAll(hostname(), 'host')
      .replaceAll(process.cwd(), '');
    return plain === text ? value : key === 'data' ? Buffer.from(plain).toString('base64') : plain;
  }) as { events: unknown[] };
  return `{"events":[\n${parsed.events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;
}
