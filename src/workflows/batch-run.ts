/* Starts, steers and gathers the shards of one run of a batch's workflow. */

import {
  CancellationScope,
  ChildWorkflowCancellationType,
  type ChildWorkflowHandle,
  condition,
  isCancellation,
  startChild,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { shardWorkflowIdOf } from '../contract/ids.ts';
import type {
  BatchProgress,
  CarriedBatch,
  MigrateBatchInput,
  ShardReport,
  ShardSteering,
} from '../contract/workflows.ts';
import { definedOf } from '../domain/defined.ts';
import { rowsOf } from '../domain/shard-plan.ts';
import { proxyShardActivities } from './activity-proxies.ts';
import { AuditTrail } from './audit-trail.ts';
import { BatchPage } from './batch-page.ts';
import { BatchState } from './batch-state.ts';
import { holdReasonOf } from './hold-failure.ts';
import { steerSignal } from './messages.ts';
import { migrateShardWorkflow } from './migrate-shard.ts';
import { Notices } from './notices.ts';
import { followSendingHours } from './sending-hours.ts';

interface Child {
  readonly handle: ChildWorkflowHandle<typeof migrateShardWorkflow>;
  steering: ShardSteering;
  /** Of what it was told last; 0: of what it was started with. */
  version: number;
}

export class BatchRun {
  readonly state: BatchState;
  readonly audit: AuditTrail;
  readonly notices: Notices;
  readonly #input: MigrateBatchInput;
  readonly #children = new Map<number, Child>();
  readonly #page: BatchPage;
  #hasNews = false;

  constructor(input: MigrateBatchInput) {
    this.#input = input;
    this.state = new BatchState(input, Date.now());
    this.#page = new BatchPage(input);
    this.notices = new Notices(input);
    const { appendAudit } = proxyShardActivities(input);
    this.audit = new AuditTrail(input.batchId, appendAudit);
  }

  /** Something changed: the window, the shards' steering and the page are looked at again. */
  change(act: (state: BatchState) => void): void {
    const { hold } = this.state;
    act(this.state);
    if (this.state.hold !== undefined && this.state.hold !== hold) {
      this.audit.hold(this.state.hold);
      this.notices.post('hold', this.state.progress());
    }
    this.#hasNews = true;
    this.show();
  }

  takeReport(report: ShardReport): void {
    this.change((state) => state.takeReport(report));
    // A shard that stopped itself for a hold that is over must hear so.
    const child = this.#children.get(report.shard);
    if (
      report.kind === 'hold' &&
      child !== undefined &&
      report.holdGeneration !== this.state.holdGeneration
    ) {
      child.steering = { ...child.steering, go: 'stop' };
    }
  }

  /** Runs shards until all are closed, or this run of the workflow has had its share of them. */
  async sendShards(): Promise<'all_closed' | 'run_full'> {
    const following = new CancellationScope();
    // Ends by being cancelled; the activity that it asks is tried again for as long as it takes.
    following.run(() => followSendingHours(this.#input, (act) => this.change(act))).catch(() => undefined);
    try {
      for (;;) {
        this.#fillWindow();
        this.#steerChildren();
        if (this.state.isAllClosed) return 'all_closed';
        if (this.state.isRunFull) return 'run_full';
        await condition(() => this.#hasNews);
        this.#hasNews = false;
      }
    } finally {
      following.cancel();
      // Cancelled: the shards hear of it from Temporal, end their rows under way, and close.
      await CancellationScope.nonCancellable(() => condition(() => this.state.running.size === 0));
    }
  }

  /** What the next run of the workflow goes on with. */
  carried(): CarriedBatch {
    const { count } = this.notices;
    return { ...this.state.carried(), ...(count === 0 ? {} : { notices: count }) };
  }

  /** What the batch says of itself. */
  progress(): BatchProgress {
    const { count } = this.notices;
    return { ...this.state.progress(), ...(count === 0 ? {} : { notices: count }) };
  }

  /** Does something that may make the batch hold, again after each `resume`. */
  async acrossHolds<Result>(act: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        const reason = holdReasonOf(error, 'storage_failed');
        if (reason === undefined) throw error;
        this.change((state) => state.holdFor(reason));
        await condition(() => this.state.hold === undefined);
      }
    }
  }

  /** Shows the state on the batch's page and in the list. */
  show(): void {
    this.#page.show(this.state);
  }

  #fillWindow(): void {
    for (let shard = this.state.takeNextShard(); shard !== undefined; shard = this.state.takeNextShard()) {
      const next = shard;
      this.state.running.set(next, {
        isDrained: false,
        counts: {},
        answeredAsk: this.state.tolerance.ask,
      });
      this.#runShard(next).catch((error) => {
        this.change((state) => {
          state.running.delete(next);
          state.again.push(next);
          if (isCancellation(error)) return;
          state.holdFor({
            code: 'storage_failed',
            text: `The workflow of shard ${next} was ended from outside`,
            count: 1,
          });
        });
      });
    }
  }

  async #runShard(shard: number): Promise<void> {
    const { batchId, pass, activityQueue, gatewayTimeoutMs, heartbeatTimeoutMs } = this.#input;
    const { first, last } = rowsOf(shard, pass === 1 ? this.state.rows : Number.POSITIVE_INFINITY);
    const steering = this.state.steeringOf(shard);
    const handle = await startChild(migrateShardWorkflow, {
      workflowId: shardWorkflowIdOf(batchId, pass, shard),
      args: [
        {
          ...{ batchId, pass, shard, activityQueue, gatewayTimeoutMs, steering },
          ...definedOf({ heartbeatTimeoutMs }),
        },
      ],
      // A batch that was reset may find its shard running: it is ended and begun anew, which is safe since the storage
      // knows what was sent.
      workflowIdReusePolicy: WorkflowIdReusePolicy.TERMINATE_IF_RUNNING,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary:
        pass === 1 ? `Rows ${first} to ${last}` : `Rows to send again between ${first} and ${last}`,
    });
    this.#children.set(shard, { handle, steering, version: 0 });
    this.#hasNews = true;
    try {
      const { counts } = await handle.result();
      this.change((state) => state.closeShard(shard, counts));
    } finally {
      this.#children.delete(shard);
    }
  }

  #steerChildren(): void {
    for (const [shard, child] of this.#children) {
      const steering = this.state.steeringOf(shard);
      if (JSON.stringify(steering) === JSON.stringify(child.steering)) continue;
      child.steering = steering;
      child.version += 1;
      // A shard that ended meanwhile needs no steering.
      child.handle.signal(steerSignal, { ...steering, version: child.version }).catch(() => undefined);
    }
  }
}
