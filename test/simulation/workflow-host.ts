/* Loads the real workflow of a shard with the shim, and runs it on the activity server. */
import { register } from 'node:module';
import { ApplicationFailure, CancelledFailure, RetryState } from '@temporalio/common';
import type {
  MigrateShardInput,
  MigrateShardResult,
  ShardReport,
  ShardSteering,
} from '../../src/contract/shard-messages.ts';
import { steerSignalName } from '../../src/contract/shard-messages.ts';
import {
  ActivityCancelled,
  type ActivityServer,
  createCancellation,
  requestCancellation,
} from './activity-server.ts';
import type { ActivityName } from './worker-process.ts';
import { activityFailure, CancellationScope, runInWorkflow, type WorkflowContext } from './workflow-shim.ts';
import type { World } from './world.ts';

const shim = new URL('./workflow-shim.ts', import.meta.url).href;
register(
  `data:text/javascript,${encodeURIComponent(`
    export const resolve = (specifier, context, next) =>
      specifier === '@temporalio/workflow' && context.parentURL?.includes('/src/workflows/')
        ? next(${JSON.stringify(shim)}, context)
        : next(specifier, context);
  `)}`,
);
const { migrateShardWorkflow } = await import('../../src/workflows/migrate-shard.ts');

export interface ShardHostOptions {
  readonly world: World;
  readonly server: ActivityServer;
  readonly input: MigrateShardInput;
  readonly onReport: (report: ShardReport) => void;
  /** A row's answer has reached the workflow. */
  readonly onAnswer: (row: number, result: unknown) => void;
}

/** A running workflow of a shard. */
export class ShardHost {
  readonly #context: WorkflowContext;
  readonly #world: World;
  readonly result: Promise<MigrateShardResult>;

  constructor(options: ShardHostOptions) {
    const { world, input, onReport } = options;
    this.#world = world;
    const context: WorkflowContext = {
      root: new CancellationScope({ parent: null }),
      isRunning: true,
      handlers: new Map(),
      runActivity: (name, given, scope) => runActivity(options, context, { name, given, scope }),
      async signalParent(message) {
        await world.scheduler.park(world.temporal, `report ${(message as ShardReport).kind}`);
        if (context.isRunning) onReport(message as ShardReport);
      },
    };
    this.#context = context;
    this.result = runInWorkflow(context, () => migrateShardWorkflow(input));
  }

  /** Signals arrive late, and may overtake each other. */
  async steer(steering: ShardSteering): Promise<void> {
    await this.#world.scheduler.park(this.#world.temporal, `steer ${steering.go}`);
    if (!this.#context.isRunning) return;
    const handle = this.#context.handlers.get(steerSignalName);
    await runInWorkflow(this.#context, async () => handle?.(steering));
  }

  cancel(): void {
    this.#context.root.cancel();
  }

  /** Nothing of this run goes on; its activities do. */
  terminate(): void {
    this.#context.isRunning = false;
  }
}

interface GivenActivity {
  readonly name: string;
  readonly given: object;
  readonly scope: CancellationScope;
}

async function runActivity(
  { server, onAnswer }: ShardHostOptions,
  context: WorkflowContext,
  { name, given, scope }: GivenActivity,
): Promise<unknown> {
  if (scope.consideredCancelled) throw new CancelledFailure('Cancelled before it was scheduled');
  const cancellation = createCancellation();
  const forget = scope.consideredCancelled
    ? undefined
    : scope.onCancel(() => requestCancellation(cancellation));
  try {
    const result = await server.execute(name as ActivityName, given, {
      cancellation,
      isWanted: () => context.isRunning,
    });
    // A terminated run learns of nothing.
    if (!context.isRunning) return await new Promise(() => undefined);
    if ('row' in given) onAnswer(given.row as number, result);
    return result;
  } catch (error) {
    if (!context.isRunning) return await new Promise(() => undefined);
    const isCancelled = error instanceof ActivityCancelled;
    const cause = isCancelled ? (error.lastFailure ?? new CancelledFailure('Cancelled')) : error;
    if (!(cause instanceof ApplicationFailure || cause instanceof CancelledFailure)) throw error;
    throw activityFailure(
      name,
      cause,
      isCancelled ? RetryState.CANCEL_REQUESTED : RetryState.NON_RETRYABLE_FAILURE,
    );
  } finally {
    forget?.();
  }
}
