/*
 * The state of one shard's run: which rows wait, which are under way, and what the batch wants. Lanes take rows from the
 * waiting ones and send them; stopping cancels the lanes' scope, and rows that had no note come back to the waiting ones.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  OpenShardResult,
  TokenizeRowInput,
  TokenizeRowResult,
  UnwrittenEnd,
} from '../contract/activities.ts';
import type { HoldReason } from '../contract/hold.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import type { MigrateShardInput, ShardProgress, ShardReport, ShardSteering } from '../contract/workflows.ts';
import { countOutcome } from '../domain/tally.ts';
import { proxyRowActivity } from './activity-proxies.ts';
import { holdReasonOf } from './hold-failure.ts';
import { shardReportSignal } from './messages.ts';

/** At a slow pace a shard lasts for minutes; its batch hears of it this often. At full speed never: it is over before. */
const reportEveryMs = 60_000;

export class ShardRun {
  readonly unwritten: UnwrittenEnd[] = [];
  #steering: ShardSteering;
  #counts: OutcomeCounts = {};
  #waiting: number[] = [];
  #lanes = 0;
  #scope = new CancellationScope();
  #isDrainReported = false;
  /** An error that is no activity's: a fault of this program, which fails the workflow task until it is mended. */
  #fault: unknown;
  #reportedAtMs = Date.now();
  readonly #input: MigrateShardInput;
  readonly #tokenizeRow: ReturnType<typeof proxyRowActivity>;

  constructor(input: MigrateShardInput) {
    this.#input = input;
    this.#steering = input.steering;
    this.#tokenizeRow = proxyRowActivity(input.activityQueue, input.gatewayTimeoutMs);
  }

  get epoch(): number {
    return this.#steering.epoch;
  }

  progress(): ShardProgress {
    return { counts: this.#counts, rowsWaiting: this.#waiting.length, rowsInFlight: this.#lanes };
  }

  steer(steering: ShardSteering): void {
    this.#steering = steering;
    if (steering.go === 'stop') this.#scope.cancel();
  }

  load({ toSend, counts }: OpenShardResult): void {
    this.#counts = counts;
    this.#waiting = toSend.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    );
  }

  /** Sends every waiting row. Rejects when the workflow is cancelled, after the rows under way have ended. */
  async sendAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        await condition(() => this.#steering.go !== 'stop');
        await this.#sendUntilStopped();
      }
    } finally {
      await CancellationScope.nonCancellable(() => condition(() => this.#lanes === 0));
    }
  }

  /** Tells the batch, without waiting: a batch that is gone needs no answer. */
  report(kind: ShardReport['kind'], more: Partial<ShardReport> = {}): void {
    const { parent } = workflowInfo();
    if (parent === undefined) return;
    const report = { shard: this.#input.shard, kind, epoch: this.epoch, ...more };
    const sent = CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(parent.workflowId).signal(shardReportSignal, report),
    );
    sent.catch(() => undefined);
  }

  /** Stops this shard at once, before the batch can say so, and tells the batch why. */
  hold(reason: HoldReason): void {
    if (this.#steering.go === 'stop') return;
    this.steer({ ...this.#steering, go: 'stop' });
    this.report('hold', { hold: reason });
  }

  async #sendUntilStopped(): Promise<void> {
    const scope = new CancellationScope();
    this.#scope = scope;
    await scope.run(async () => {
      const mayStart = (): boolean => this.#waiting.length > 0 && this.#lanes < this.#wantedLanes();
      const isOver = (): boolean =>
        scope.consideredCancelled ||
        this.#fault !== undefined ||
        (this.#waiting.length === 0 && this.#lanes === 0);
      while (!isOver()) {
        while (mayStart()) {
          this.#lanes += 1;
          this.#lane().catch((error) => {
            if (!isCancellation(error)) this.#fault ??= error;
          });
        }
        await CancellationScope.nonCancellable(() => condition(() => isOver() || mayStart()));
      }
      await CancellationScope.nonCancellable(() => condition(() => this.#lanes === 0));
    });
    if (this.#fault !== undefined) throw this.#fault;
    // A cancelled workflow leaves here; a shard that was only told to stop goes on.
    await condition(() => true);
  }

  #wantedLanes(): number {
    const { go, lanes } = this.#steering;
    return go === 'all' ? lanes : go === 'alone' ? 1 : 0;
  }

  async #lane(): Promise<void> {
    try {
      while (this.#lanes <= this.#wantedLanes()) {
        const row = this.#waiting.shift();
        if (row === undefined) return;
        if (this.#waiting.length <= this.#steering.lanes / 2) this.#reportDrained();
        await this.#send(row);
      }
    } finally {
      this.#lanes -= 1;
    }
  }

  async #send(row: number): Promise<void> {
    try {
      this.#take(await this.#tokenizeRow.executeWithOptions({ summary: `row ${row}` }, [this.#inputOf(row)]));
    } catch (error) {
      if (isSealed(error)) return;
      this.#waiting.push(row);
      this.#waiting.sort((a, b) => a - b);
      if (isCancellation(error)) throw error;
      const reason = holdReasonOf(error, 'storage_failed');
      if (reason === undefined) throw error;
      this.hold(reason);
    }
  }

  #inputOf(row: number): TokenizeRowInput {
    const { ratePerS, epoch, go } = this.#steering;
    return {
      batchId: this.#input.batchId,
      pass: this.#input.pass,
      row,
      ...(ratePerS === undefined ? {} : { ratePerS }),
      ...(epoch === 0 ? {} : { epoch }),
      ...(go === 'alone' ? { isAlone: true } : {}),
    };
  }

  #take({ outcome, isRead, hold, unwritten }: TokenizeRowResult): void {
    this.#counts = countOutcome(this.#counts, outcome);
    if (unwritten !== undefined) this.unwritten.push(unwritten);
    if (hold !== undefined) {
      this.hold(hold);
    } else if (isRead === true) {
      this.report('probed');
    }
    if (Date.now() - this.#reportedAtMs >= reportEveryMs) {
      this.#reportedAtMs = Date.now();
      this.report('counts', { counts: this.#counts });
    }
  }

  #reportDrained(): void {
    if (this.#isDrainReported) return;
    this.#isDrainReported = true;
    this.report('drained');
  }
}

/** Another run of this shard has closed it: the row's outcome is in the outcome file, or will be. */
function isSealed(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'ShardSealed'
  );
}
