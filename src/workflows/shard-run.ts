/*
 * The state of one shard's run: which rows wait, which are under way, and what the batch wants. Lanes take rows from the
 * waiting ones and send them; stopping cancels the concurrency' scope, and rows that had no intent come back to the waiting ones.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
} from '@temporalio/workflow';
import type {
  OpenShardResult,
  TokenizeRowInput,
  TokenizeRowResult,
  UnwrittenResult,
} from '../contract/activities.ts';
import type { HoldCode, HoldReason } from '../contract/hold.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import type { MigrateShardInput, ShardProgress, ShardReport, ShardSteering } from '../contract/workflows.ts';
import { outranks } from '../domain/hold-advice.ts';
import { countOutcome } from '../domain/tally.ts';
import { answeredOf } from '../domain/tolerance.ts';
import { proxyRowActivity } from './activity-proxies.ts';
import { holdReasonOf, isGivenBack } from './hold-failure.ts';
import { ShardReporter } from './shard-reporter.ts';

export class ShardRun {
  readonly unwritten: UnwrittenResult[] = [];
  #steering: ShardSteering;
  #counts: OutcomeCounts = {};
  #waiting: number[] = [];
  #concurrency = 0;
  #scope = new CancellationScope();
  #isDrainReported = false;
  /** The hold generation in which a hold was told last. */
  #heldGeneration: number | undefined;
  #heldCode: HoldCode | undefined;
  /** An error that is no activity's: a fault of this program, which fails the workflow task until it is fixed. */
  #fault: unknown;
  readonly #input: MigrateShardInput;
  readonly #reporter: ShardReporter;
  readonly #tokenizeRow: ReturnType<typeof proxyRowActivity>;

  constructor(input: MigrateShardInput) {
    this.#input = input;
    this.#steering = input.steering;
    this.#reporter = new ShardReporter(input.shard);
    this.#tokenizeRow = proxyRowActivity(input);
  }

  get holdGeneration(): number {
    return this.#steering.holdGeneration;
  }

  progress(): ShardProgress {
    return { counts: this.#counts, rowsWaiting: this.#waiting.length, rowsInFlight: this.#concurrency };
  }

  steer(steering: ShardSteering): void {
    const before = this.#steering;
    if ((steering.version ?? 0) < (before.version ?? 0)) return;
    this.#steering = steering;
    if (steering.go === 'stop') this.#scope.cancel();
    // After a hold the tolerance counts anew.
    if (steering.holdGeneration > before.holdGeneration) this.#reporter.beginAnew(this.#counts);
    if ((steering.ask ?? 0) > (before.ask ?? 0)) this.#reportCounts();
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
      await CancellationScope.nonCancellable(() => condition(() => this.#concurrency === 0));
    }
  }

  /** Tells the batch; see ShardReporter. */
  report(kind: ShardReport['kind'], more: Partial<ShardReport> = {}): void {
    this.#reporter.report(kind, this.holdGeneration, more);
  }

  /**
   * Stops this shard at once, before the batch can say so, and tells the batch why. A shard that is told to stop may find
   * a reason too, which the batch need not know: it is told, but once until the next resume, and again if it is a graver one.
   */
  hold(reason: HoldReason): void {
    const { go, holdGeneration } = this.#steering;
    const isReported = this.#heldGeneration === holdGeneration && !outranks(reason.code, this.#heldCode);
    if (go === 'stop' && isReported) return;
    this.#heldGeneration = holdGeneration;
    this.#heldCode = reason.code;
    if (go !== 'stop') this.steer({ ...this.#steering, go: 'stop' });
    this.report('hold', { hold: reason });
  }

  async #sendUntilStopped(): Promise<void> {
    const scope = new CancellationScope();
    this.#scope = scope;
    await scope.run(async () => {
      const mayStart = (): boolean =>
        this.#waiting.length > 0 &&
        this.#concurrency < this.#wantedConcurrency() &&
        this.#mayTake(this.#concurrency + 1);
      // All that may go has gone, and has its answers: the batch is to know.
      const isUsedUp = (): boolean =>
        this.#concurrency === 0 && !this.#mayTake(1) && !this.#reporter.hasReported(this.#counts);
      const isOver = (): boolean =>
        scope.consideredCancelled ||
        this.#fault !== undefined ||
        (this.#waiting.length === 0 && this.#concurrency === 0);
      while (!isOver()) {
        while (mayStart()) {
          this.#concurrency += 1;
          this.#sender().catch((error) => {
            if (!isCancellation(error)) this.#fault ??= error;
          });
        }
        await CancellationScope.nonCancellable(() => condition(() => isOver() || mayStart() || isUsedUp()));
        if (isUsedUp()) this.#reportCounts();
      }
      await CancellationScope.nonCancellable(() => condition(() => this.#concurrency === 0));
    });
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#waiting.length > 0 && !this.#reporter.hasReported(this.#counts)) this.#reportCounts();
    // A cancelled workflow leaves here; a shard that was only told to stop goes on.
    await condition(() => true);
  }

  #wantedConcurrency(): number {
    const { go, concurrency } = this.#steering;
    return go === 'all' ? concurrency : go === 'probe' ? 1 : 0;
  }

  /** True where so many concurrency may have a row under way: with what is answered, no more rows than are allowed. */
  #mayTake(concurrency: number): boolean {
    const { rowsAllowed } = this.#steering;
    return rowsAllowed === undefined || answeredOf(this.#counts) + concurrency <= rowsAllowed;
  }

  async #sender(): Promise<void> {
    try {
      while (this.#concurrency <= this.#wantedConcurrency() && this.#mayTake(this.#concurrency)) {
        const row = this.#waiting.shift();
        if (row === undefined) return;
        if (this.#waiting.length <= this.#steering.concurrency / 2) this.#reportDrained();
        await this.#send(row);
      }
    } finally {
      this.#concurrency -= 1;
    }
  }

  async #send(row: number): Promise<void> {
    const { holdGeneration } = this;
    try {
      this.#take(
        holdGeneration,
        await this.#tokenizeRow.executeWithOptions({ summary: `row ${row}` }, [this.#inputOf(row)]),
      );
    } catch (error) {
      if (isSealed(error)) return;
      this.#waiting.push(row);
      this.#waiting.sort((a, b) => a - b);
      if (isCancellation(error)) throw error;
      if (isGivenBack(error)) return;
      const reason = holdReasonOf(error, 'storage_failed');
      if (reason === undefined) throw error;
      this.#holdFor(holdGeneration, reason);
    }
  }

  #inputOf(row: number): TokenizeRowInput {
    const { holdGeneration, go } = this.#steering;
    return {
      batchId: this.#input.batchId,
      pass: this.#input.pass,
      row,
      ...(holdGeneration === 0 ? {} : { holdGeneration }),
      ...(go === 'probe' ? { isProbe: true } : {}),
    };
  }

  /** A row that was sent before the last resume, and is answered after it, says nothing about the time since. */
  #holdFor(holdGeneration: number, reason: HoldReason): void {
    if (holdGeneration === this.holdGeneration) this.hold(reason);
  }

  #take(holdGeneration: number, { outcome, isRead, concurrency, hold, unwritten }: TokenizeRowResult): void {
    if (concurrency !== undefined) this.report('concurrency', { concurrency });
    this.#counts = countOutcome(this.#counts, outcome);
    if (unwritten !== undefined) this.unwritten.push(unwritten);
    if (hold !== undefined) {
      this.#holdFor(holdGeneration, hold);
    } else if (isRead === true && holdGeneration === this.holdGeneration) {
      this.report('probe_answered');
    }
    if (this.#reporter.isWorthReporting(this.#counts, this.#steering.tolerancePercent)) this.#reportCounts();
  }

  #reportCounts(): void {
    this.#reporter.reportCounts(this.#counts, this.#steering);
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
