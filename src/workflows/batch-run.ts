/* Starts, steers and gathers the shards of one run of a batch's workflow. */
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  type ChildWorkflowHandle,
  condition,
  isCancellation,
  setCurrentDetails,
  startChild,
  upsertSearchAttributes,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { shardWorkflowIdOf } from '../contract/ids.ts';
import type { MigrateBatchInput, ShardReport, ShardSteering } from '../contract/workflows.ts';
import { rowsOf } from '../domain/shard-plan.ts';
import { failuresOf, totalOf } from '../domain/tally.ts';
import { describeBatch } from './batch-details.ts';
import { BatchState } from './batch-state.ts';
import { holdReasonOf } from './hold-failure.ts';
import { steerSignal } from './messages.ts';
import { migrateShardWorkflow } from './migrate-shard.ts';
import { searchAttributeKeys } from './search-attribute-keys.ts';

interface Child {
  readonly handle: ChildWorkflowHandle<typeof migrateShardWorkflow>;
  steering: ShardSteering;
}

export class BatchRun {
  readonly state: BatchState;
  readonly #input: MigrateBatchInput;
  readonly #children = new Map<number, Child>();
  #hasNews = false;
  #shownAttributes = '';

  constructor(input: MigrateBatchInput) {
    this.#input = input;
    this.state = new BatchState(input, Date.now());
  }

  /** Something changed: the window, the shards' steering and the page are looked at again. */
  change(act: (state: BatchState) => void): void {
    act(this.state);
    this.#hasNews = true;
    this.show();
  }

  takeReport(report: ShardReport): void {
    this.change((state) => state.takeReport(report));
    // A shard that stopped itself for a hold that is over must hear so.
    const child = this.#children.get(report.shard);
    if (report.kind === 'hold' && child !== undefined && report.epoch !== this.state.epoch) {
      child.steering = { ...child.steering, go: 'stop' };
    }
  }

  /** Runs shards until all are closed, or this run of the workflow has had its share of them. */
  async sendShards(): Promise<'all_closed' | 'run_full'> {
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
      // Cancelled: the shards hear of it from Temporal, end their rows under way, and close.
      await CancellationScope.nonCancellable(() => condition(() => this.state.running.size === 0));
    }
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

  /** Shows the state on the batch's page and in the list. An attribute's change is an event, so only phases and shards make one. */
  show(): void {
    const { state } = this;
    const progress = state.progress();
    setCurrentDetails(describeBatch(this.#input.batchId, progress, Date.now()));
    if (!this.#input.hasSearchAttributes) return;
    const { phase } = state;
    const percent = state.rows === 0 ? 0 : Math.floor((totalOf(state.closedCounts) * 100) / state.rows);
    const failures = failuresOf(state.closedCounts);
    const shown = `${phase} ${percent} ${failures}`;
    if (shown === this.#shownAttributes) return;
    this.#shownAttributes = shown;
    upsertSearchAttributes([
      { key: searchAttributeKeys.phase, value: phase },
      { key: searchAttributeKeys.percent, value: percent },
      { key: searchAttributeKeys.failures, value: failures },
    ]);
  }

  #fillWindow(): void {
    for (let shard = this.state.takeNextShard(); shard !== undefined; shard = this.state.takeNextShard()) {
      const next = shard;
      this.state.running.set(next, { isDrained: false, counts: {} });
      this.#runShard(next).catch((error) => {
        this.change((state) => {
          state.running.delete(next);
          state.again.push(next);
          if (isCancellation(error)) return;
          state.holdFor({ code: 'storage_failed', text: `The run of shard ${next} was ended`, count: 1 });
        });
      });
    }
  }

  async #runShard(shard: number): Promise<void> {
    const { batchId, pass, activityQueue, gatewayTimeoutMs } = this.#input;
    const { first, last } = rowsOf(shard, this.state.rows);
    const steering = this.state.steeringOf(shard);
    const handle = await startChild(migrateShardWorkflow, {
      workflowId: shardWorkflowIdOf(batchId, pass, shard),
      args: [{ batchId, pass, shard, activityQueue, gatewayTimeoutMs, steering }],
      // A batch that was reset may find its shard running: it is ended and begun anew, which is safe since the storage
      // knows what was sent.
      workflowIdReusePolicy: WorkflowIdReusePolicy.TERMINATE_IF_RUNNING,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary: `Rows ${first} to ${last}`,
    });
    this.#children.set(shard, { handle, steering });
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
      // A shard that ended meanwhile needs no steering.
      child.handle.signal(steerSignal, steering).catch(() => undefined);
    }
  }
}
