import {
  ChildWorkflowCancellationType,
  type ChildWorkflowHandle,
  startChild,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { shardWorkflowIdOf } from '../contract/ids.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import type { ShardSteering } from '../contract/shard-messages.ts';
import type { MigrateBatchInput } from '../contract/workflows.ts';
import { definedOf } from '../domain/defined.ts';
import { rowsOf } from '../domain/shard-plan.ts';
import { steerSignal } from './messages.ts';
import { migrateShardWorkflow } from './migrate-shard.ts';

/** The workflow of a running shard, as its batch sees it. */
export class ShardChild {
  /** What the shard follows, as far as the batch knows. */
  #followed: ShardSteering;
  /** The version of the last signal; 0: none was sent yet. */
  #version = 0;
  readonly #handle: ChildWorkflowHandle<typeof migrateShardWorkflow>;

  private constructor(handle: ChildWorkflowHandle<typeof migrateShardWorkflow>, steering: ShardSteering) {
    this.#handle = handle;
    this.#followed = steering;
  }

  /** Starts a shard's workflow. `rows` is how many rows the batch has. */
  static async start(
    { batchId, pass, activityQueue, gatewayTimeoutMs, heartbeatTimeoutMs }: MigrateBatchInput,
    { shard, rows, steering }: { shard: number; rows: number; steering: ShardSteering },
  ): Promise<ShardChild> {
    const { first, last } = rowsOf(shard, pass === 1 ? rows : Number.POSITIVE_INFINITY);
    const handle = await startChild(migrateShardWorkflow, {
      workflowId: shardWorkflowIdOf(batchId, pass, shard),
      args: [
        {
          ...{ batchId, pass, shard, activityQueue, gatewayTimeoutMs, steering },
          ...definedOf({ heartbeatTimeoutMs }),
        },
      ],
      // A batch that was reset may find its shard running. The shard ends and starts again, which
      // is safe since the storage knows what was sent.
      workflowIdReusePolicy: WorkflowIdReusePolicy.TERMINATE_IF_RUNNING,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary:
        pass === 1 ? `Rows ${first} to ${last}` : `Rows to send again between ${first} and ${last}`,
    });
    return new ShardChild(handle, steering);
  }

  /** Sends the steering, if the shard does not follow it already. */
  steer(steering: ShardSteering): void {
    if (JSON.stringify(steering) === JSON.stringify(this.#followed)) return;
    this.#followed = steering;
    this.#version += 1;
    // A shard that has ended meanwhile needs no steering.
    this.#handle.signal(steerSignal, { ...steering, version: this.#version }).catch(() => undefined);
  }

  /** The shard stopped itself, so it needs its steering again, even if that is unchanged. */
  stoppedItself(): void {
    this.#followed = { ...this.#followed, go: 'stop' };
  }

  /** Resolves when the shard is closed. Rejects if its run ended in another way. */
  async closed(): Promise<OutcomeCounts> {
    const { counts } = await this.#handle.result();
    return counts;
  }
}
