import {
  CancellationScope,
  type ChildWorkflowHandle,
  type ExternalWorkflowHandle,
  getExternalWorkflowHandle,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { shardWorkflowIdOf } from '../contract/ids.ts';
import type { MigrateShardInput, MigrateShardResult, ShardSteering } from '../contract/shard-messages.ts';
import type { MigrateBatchInput } from '../contract/workflows.ts';
import { definedOf } from '../domain/defined.ts';
import { rowsOf } from '../domain/shard-plan.ts';
import { steerSignal } from './messages.ts';
import { migrateShardWorkflow } from './migrate-shard.ts';

/** What a batch gives to a shard, besides what its own input says. */
type ShardStart = Pick<
  MigrateShardInput,
  'shard' | 'steering' | 'startId' | 'lastOpening' | 'wasOpened' | 'before'
>;

/** The workflow of a running shard, as its batch sees it. */
export class ShardChild {
  /** What the shard follows, as far as the batch knows. */
  #followed: ShardSteering;
  /** The version of the last signal, at least the time when it was sent; 0: none was sent yet. */
  #version = 0;
  readonly #handle: ChildWorkflowHandle<typeof migrateShardWorkflow>;

  private constructor(handle: ChildWorkflowHandle<typeof migrateShardWorkflow>, steering: ShardSteering) {
    this.#handle = handle;
    this.#followed = steering;
  }

  /** Starts a shard's workflow. `rows` is how many rows the batch has. */
  static async start(
    { batchId, pass, activityQueue, gatewayTimeoutMs, heartbeatTimeoutMs }: MigrateBatchInput,
    rows: number,
    start: ShardStart,
  ): Promise<ShardChild> {
    const { shard } = start;
    const steering = inThisRun(start.steering);
    const { first, last } = rowsOf(shard, pass === 1 ? rows : Number.POSITIVE_INFINITY);
    const workflowId = shardWorkflowIdOf(batchId, pass, shard);
    const options = {
      workflowId,
      args: [
        {
          ...{ batchId, pass, activityQueue, gatewayTimeoutMs, ...start, steering },
          ...definedOf({ heartbeatTimeoutMs }),
        },
      ] as [MigrateShardInput],
      // A batch that was reset may find its shard running. The shard ends and starts again, which
      // is safe since the storage knows what was sent.
      workflowIdReusePolicy: WorkflowIdReusePolicy.TERMINATE_IF_RUNNING,
      staticSummary:
        pass === 1 ? `Rows ${first} to ${last}` : `Rows to send again between ${first} and ${last}`,
    } as const;
    // `cancel` cancels it.
    const handle = await CancellationScope.nonCancellable(() => startChild(migrateShardWorkflow, options));
    return new ShardChild(handle, steering);
  }

  /** Sends the steering, if the shard does not follow it already. */
  steer(wanted: ShardSteering): void {
    const steering = inThisRun(wanted);
    if (JSON.stringify(steering) === JSON.stringify(this.#followed)) return;
    this.#followed = steering;
    // A batch that was reset may steer a shard that its run before steered further.
    this.#version = Math.max(this.#version + 1, Date.now());
    // A shard that has ended meanwhile needs no steering.
    this.#anyParents.signal(steerSignal, { ...steering, version: this.#version }).catch(() => undefined);
  }

  /** Cancels the shard: it ends its rows in flight, and gives the others back. */
  cancel(): void {
    const cancelled = CancellationScope.nonCancellable(() => this.#anyParents.cancel());
    // A shard that has ended meanwhile needs none.
    cancelled.catch(() => undefined);
  }

  /** The shard stopped itself, so it needs its steering again, even if that is unchanged. */
  stoppedItself(): void {
    this.#followed = { ...this.#followed, go: 'stop' };
  }

  /**
   * The same workflow, not addressed as a child. If a batch is reset, Temporal reports the end of a
   * running shard to the new run, but refuses the new run's signals and cancellation: the shard is
   * a child of the old run.
   */
  get #anyParents(): ExternalWorkflowHandle {
    return getExternalWorkflowHandle(this.#handle.workflowId);
  }

  /** Resolves when the shard is closed or gave its rows back. Rejects if it ended otherwise. */
  async ended(): Promise<MigrateShardResult> {
    return await this.#handle.result();
  }
}

/** The first digits of a run's id are a time, which runs of the same minute have in common. */
function inThisRun(steering: ShardSteering): ShardSteering {
  return { ...steering, run: workflowInfo().runId.slice(-8) };
}
