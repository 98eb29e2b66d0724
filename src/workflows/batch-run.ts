/* Starts and steers the shards of one run of a batch's workflow, and handles their reports. */
import { CancellationScope, condition } from '@temporalio/workflow';
import type { RowRuns } from '../contract/activities.ts';
import type { HoldReason } from '../contract/hold.ts';
import type { ShardReport } from '../contract/shard-messages.ts';
import type { BatchProgress, CarriedBatch, MigrateBatchInput } from '../contract/workflows.ts';
import { acrossHolds } from './across-holds.ts';
import { proxyShardActivities } from './activity-proxies.ts';
import { AuditTrail } from './audit-trail.ts';
import { BatchLog } from './batch-log.ts';
import { BatchPage } from './batch-page.ts';
import { BatchState } from './batch-state.ts';
import { Notices } from './notices.ts';
import { followSendingHours } from './sending-hours.ts';
import { ShardChild } from './shard-child.ts';
import { shardEndOf } from './shard-end.ts';
import { ShardStarts } from './shard-starts.ts';

export class BatchRun {
  readonly state: BatchState;
  readonly audit: AuditTrail;
  readonly notices: Notices;
  readonly log: BatchLog;
  readonly #input: MigrateBatchInput;
  readonly #children = new Map<number, ShardChild>();
  readonly #starts: ShardStarts;
  /** The scope of the whole workflow. */
  readonly #scope = CancellationScope.current();
  readonly #page: BatchPage;
  #hasChanged = false;

  constructor(input: MigrateBatchInput) {
    this.#input = input;
    this.state = new BatchState(input, Date.now());
    this.#starts = new ShardStarts(input.carried);
    this.log = new BatchLog(input);
    this.#page = new BatchPage(input);
    this.notices = new Notices(input);
    const { appendAudit } = proxyShardActivities(input);
    this.audit = new AuditTrail(input.batchId, appendAudit);
  }

  /** Changes the state. The window, the shards' steering and the page follow. */
  change(act: (state: BatchState) => void): void {
    const { holdReason } = this.state;
    act(this.state);
    if (this.state.holdReason !== undefined && this.state.holdReason !== holdReason) {
      this.audit.hold(this.state.holdReason);
      this.notices.post('hold', this.state.progress());
    }
    this.#hasChanged = true;
    this.show();
  }

  takeReport(report: ShardReport): void {
    if (!this.#starts.knows(report)) return;
    this.#starts.heard(report.shard, report);
    this.change((state) => state.shardReported(report));
    if (report.kind === 'hold' && report.holdGeneration !== this.state.holdGeneration) {
      // It stopped for a hold that is over, and needs its steering again.
      this.#children.get(report.shard)?.stoppedItself();
    }
  }

  /** Runs shards until all are closed, or this run of the workflow has had its share of them. */
  async sendShards(): Promise<'all_closed' | 'run_full'> {
    const following = new CancellationScope();
    // Only a cancellation ends it: its activity is retried without a limit.
    following.run(() => followSendingHours(this.#input, (act) => this.change(act))).catch(() => undefined);
    try {
      for (;;) {
        this.#startShards();
        this.#steerShards();
        if (this.state.isAllClosed) return 'all_closed';
        if (this.state.isRunFull) return 'run_full';
        await condition(() => this.#hasChanged);
        this.#hasChanged = false;
      }
    } finally {
      following.cancel();
      // The batch was cancelled, if any shard still runs.
      for (const child of this.#children.values()) child.cancel();
      await CancellationScope.nonCancellable(() => condition(() => !this.state.isAnyShardRunning));
    }
  }

  /** What the next run of the workflow starts with. */
  carried(): CarriedBatch {
    return { ...this.state.carried(), ...this.#starts.carried(), ...this.notices.carried() };
  }

  progress(): BatchProgress {
    return { ...this.state.progress(), ...this.notices.carried() };
  }

  /**
   * The shards that gave their rows back and did not run again, with what they knew. Their closing
   * needs it.
   */
  get givenBack(): ShardStarts['givenBack'] {
    return this.#starts.givenBack;
  }

  /** The shards that were closed, as runs of their numbers. */
  get closedShards(): RowRuns {
    return this.#starts.closed;
  }

  /** Runs an activity that may make the batch hold, again after each `resume`. */
  async acrossHolds<Result>(act: () => Promise<Result>): Promise<Result> {
    return await acrossHolds(act, (reason) => this.#holdUntilResumed(reason));
  }

  /** Shows the state on the batch's page, in the list and in the log. */
  show(): void {
    this.#page.show(this.state);
    this.log.show(this.state);
  }

  async #holdUntilResumed(reason: HoldReason): Promise<void> {
    this.change((state) => state.hold(reason));
    await condition(() => this.state.holdReason === undefined);
  }

  #startShards(): void {
    for (let shard = this.state.startNextShard(); shard !== undefined; shard = this.state.startNextShard()) {
      const started = shard;
      this.#runShard(started).catch((error) => this.#loseShard(started, error));
    }
  }

  async #runShard(shard: number): Promise<void> {
    const child = await ShardChild.start(this.#input, this.state.rows, {
      ...{ shard, steering: this.state.steeringOf(shard) },
      ...this.#starts.begin(shard),
    });
    this.#children.set(shard, child);
    this.#hasChanged = true;
    if (this.#scope.consideredCancelled) child.cancel();
    try {
      const result = await child.ended();
      if (this.#starts.ended(shard, result)) this.change((state) => state.shardClosed(shard, result.counts));
      else this.#loseShard(shard);
    } finally {
      this.#children.delete(shard);
    }
  }

  /**
   * A shard's run ended, and did not close the shard: it runs again. Unless the batch is cancelled,
   * a person did it, and must look.
   */
  #loseShard(shard: number, error?: unknown): void {
    this.change((state) => {
      state.shardLost(shard);
      if (this.#scope.consideredCancelled) return;
      const reason = shardEndOf(shard, error);
      this.log.shardLost(shard, reason);
      state.hold(reason);
    });
  }

  #steerShards(): void {
    for (const [shard, child] of this.#children) child.steer(this.state.steeringOf(shard));
  }
}
