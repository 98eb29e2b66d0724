/*
 * Where workflow tests run: the time-skipping test server, and a worker with the workflows and
 * mocked activities.
 */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { CardliftActivities } from '../../src/contract/activities.ts';
import {
  type BatchPhase,
  type BatchProgress,
  type ControlName,
  type MigrateBatchInput,
  type MigrateBatchResult,
  migrateBatchWorkflowType,
  progressQueryName,
} from '../../src/contract/workflows.ts';
import { createLogger } from '../../src/logger.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { bundleWorkflows } from '../../src/temporal/workflow-bundle.ts';
import { eventually } from '../support/condition.ts';
import { temporalTestServerBinary } from '../support/temporal-test-server.ts';

type BatchHandle = WorkflowHandle<(input: MigrateBatchInput) => Promise<MigrateBatchResult>>;

/** A batch that runs on the stage. */
export interface StagedRun {
  readonly batchId: string;
  readonly handle: BatchHandle;
  progress(): Promise<BatchProgress>;
  /** Waits for a phase. Time passes as usual. */
  reach(phase: BatchPhase): Promise<BatchProgress>;
  control(name: ControlName, input?: object): Promise<BatchPhase>;
  /** Waits for the end. Time skips to the next timer whenever no activity runs. */
  result(): Promise<MigrateBatchResult>;
}

export interface WorkflowStage {
  readonly environment: TestWorkflowEnvironment;
  /**
   * Runs a batch over activities while `act` steers it. Afterwards the batch is terminated if it
   * still runs.
   */
  run(
    activities: CardliftActivities,
    changes: Partial<MigrateBatchInput>,
    act: (run: StagedRun) => Promise<void>,
  ): Promise<void>;
  stop(): Promise<void>;
}

async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const path = await temporalTestServerBinary();
  return await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
}

/**
 * Opens a stage for the tests of one file. They run one after the other, since time skips for all.
 */
export async function openWorkflowStage(
  start: () => Promise<TestWorkflowEnvironment> = startTimeSkipping,
): Promise<WorkflowStage> {
  const logger = createLogger('silent');
  installRuntime(logger);
  const workflowBundle = await bundleWorkflows(logger);
  const environment = await start();
  const { client, nativeConnection } = environment;
  return {
    environment,
    async run(activities, changes, act) {
      const queue = `test-${randomUUID()}`;
      const batchId = `cardlift/merchant/${queue}`;
      const worker = await Worker.create({
        connection: nativeConnection,
        taskQueue: queue,
        workflowBundle,
        activities: { ...activities },
        maxHeartbeatThrottleInterval: '50ms',
        // A failing test leaves activities waiting at its gates, but the worker must still end.
        shutdownForceTime: '5s',
      });
      await worker.runUntil(async () => {
        const input: MigrateBatchInput = {
          ...{ batchId, pass: 1, activityQueue: queue },
          ...{ concurrency: 2, gatewayTimeoutMs: 1_000, isLive: false },
          // The test server knows no search attributes.
          ...{ hasSearchAttributes: false, shardsPerRun: 100 },
          ...changes,
        };
        const handle: BatchHandle = await client.workflow.start(migrateBatchWorkflowType, {
          ...{ workflowId: batchId, taskQueue: queue },
          args: [input],
        });
        const progress = (): Promise<BatchProgress> => handle.query<BatchProgress>(progressQueryName);
        try {
          await act({
            ...{ batchId, handle, progress },
            reach: (phase) =>
              eventually(`the phase ${phase}`, async () => {
                const now = await progress();
                return now.phase === phase ? now : undefined;
              }),
            control: (name, input = {}) =>
              handle.executeUpdate<BatchPhase, [object]>(name, {
                args: [{ who: 'operator@host', ...input }],
              }),
            result: () => handle.result(),
          });
        } finally {
          await handle.terminate('the test is over').catch(() => undefined);
        }
      });
    },
    stop: () => environment.teardown(),
  };
}
