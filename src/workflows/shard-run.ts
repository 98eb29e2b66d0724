/*
 * One run of a shard: which rows wait, what the batch wants, and what the rows' answers mean for
 * the batch.
 */
import { condition } from '@temporalio/workflow';
import type { OpenShardResult, RowRuns, TokenizeRowResult } from '../contract/activities.ts';
import type { HoldReason } from '../contract/hold.ts';
import type {
  MigrateShardInput,
  MigrateShardResult,
  ShardMemory,
  ShardNews,
  ShardProgress,
  ShardSteering,
} from '../contract/shard-messages.ts';
import { definedOf } from '../domain/defined.ts';
import { isSameGeneration } from './hold-generation.ts';
import { rejectIfCancelled } from './reject-if-cancelled.ts';
import { RowProgress } from './row-progress.ts';
import { RowSender } from './row-sender.ts';
import { SenderPool } from './sender-pool.ts';
import { ShardReporter } from './shard-reporter.ts';

export class ShardRun {
  #steering: ShardSteering;
  #isDrainReported = false;
  readonly #shard: number;
  readonly #rows: RowProgress;
  readonly #senders: SenderPool;
  readonly #reporter: ShardReporter;
  readonly #rowSender: RowSender;

  constructor(input: MigrateShardInput) {
    this.#shard = input.shard;
    this.#steering = input.steering;
    this.#rows = new RowProgress(input.before);
    this.#reporter = new ShardReporter(input);
    this.#rowSender = new RowSender(input);
    this.#senders = new SenderPool({
      hasRows: () => this.#rows.waiting > 0,
      mayRun: (senders) => senders <= this.#wantedSenders() && this.#mayHave(senders),
      isBlocked: () => this.#waitsForOpen(),
      sendNext: () => this.#sendNext(),
      // Every row that the batch allows is answered, and the batch does not know it yet.
      isReportDue: () => !this.#mayHave(1) && !this.#reporter.hasReported(this.#rows.counts),
      report: () => this.#reportCounts(),
    });
  }

  /** What `closeShard` must know, or must get. */
  get memory(): ShardMemory {
    return this.#rows.memory;
  }

  progress(): ShardProgress {
    const { counts, waiting, open } = this.#rows;
    return { counts, rowsWaiting: waiting, rowsInFlight: this.#senders.size + open };
  }

  /** Follows the batch's steering, unless a later one came first. */
  steer(steering: ShardSteering): void {
    const before = this.#steering;
    if ((steering.version ?? 0) < (before.version ?? 0)) return;
    // The batch may have sent it before it knew of this shard's hold.
    this.#steering = this.#reporter.holdsIn(steering) ? { ...steering, go: 'stop' } : steering;
    if (this.#steering.go === 'stop') this.#senders.stop();
    // After a hold the tolerance counts from the rows answered so far.
    if (!isSameGeneration(steering, before)) this.#reporter.beginAnew(this.#rows.counts);
    if ((steering.ask ?? 0) > (before.ask ?? 0)) this.#reportCounts();
  }

  /** The shard was opened, or not closed after all: these rows are left to send. */
  load({ opening, ...rows }: OpenShardResult): void {
    // The storage need not have recorded an opening that no row follows.
    if (rows.toSend.length > 0) this.#reporter.opening ??= opening;
    this.#rows.load(rows);
  }

  /** The reason to hold if the storage wants rows sent whose outcome this run knows. */
  forgottenIn(toSend: RowRuns): HoldReason | undefined {
    const count = this.#rows.forgottenIn(toSend);
    const text = `The storage has no trace of ${count} answered rows of shard ${this.#shard}`;
    return count === 0 ? undefined : { code: 'storage_forgot', text, count };
  }

  /**
   * Sends every waiting row, or as many as may be sent before the closing decides the open ones.
   * Rejects if the workflow is cancelled, after the rows in flight have ended.
   */
  async sendAll(): Promise<void> {
    try {
      while (this.#rows.waiting > 0 && !this.#waitsForOpen()) {
        await condition(() => this.#steering.go !== 'stop');
        await this.#senders.run();
        const isStopped = this.#rows.waiting > 0;
        if (isStopped && !this.#reporter.hasReported(this.#rows.counts)) this.#reportCounts();
        await rejectIfCancelled();
      }
    } finally {
      await this.#senders.ended();
    }
  }

  /** Holds the batch. Resolves after the next `resume`. Rejects if the workflow is cancelled. */
  async holdUntilResumed(reason: HoldReason): Promise<void> {
    const held = this.#steering;
    this.#hold(reason);
    await condition(() => !isSameGeneration(this.#steering, held));
  }

  /** The workflow's result, once the batch has every report. */
  async ended(result: Partial<MigrateShardResult>): Promise<MigrateShardResult> {
    await this.#reporter.arrived();
    return { counts: this.#rows.counts, ...definedOf({ opening: this.#reporter.opening }), ...result };
  }

  /**
   * Stops this shard at once, before the batch can say so, and reports why. A shard that is stopped
   * already may find a reason, too. It reports one in each generation, and another one only if that
   * outranks it.
   */
  #hold(reason: HoldReason): void {
    if (this.#reporter.hasReportedHold(reason, this.#steering)) return;
    this.#reporter.reportHold(reason, this.#steering);
    this.steer(this.#steering);
  }

  #wantedSenders(): number {
    const { go, concurrency } = this.#steering;
    return go === 'all' ? concurrency : go === 'probe' ? 1 : 0;
  }

  #mayHave(inFlight: number): boolean {
    return this.#rows.mayHave(inFlight, this.#steering.rowsAllowed);
  }

  #waitsForOpen(): boolean {
    return this.#rows.waitsForOpen(this.#steering.rowsAllowed);
  }

  async #sendNext(): Promise<void> {
    const row = this.#rows.take();
    if (row === undefined) return;
    if (this.#rows.waiting <= this.#steering.concurrency / 2) this.#reportDrained();
    const sentUnder = this.#steering;
    const end = await this.#rowSender.send(row, sentUnder);
    switch (end.kind) {
      case 'answered':
        this.#take(row, end.result, sentUnder);
        break;
      case 'sealed':
        break;
      case 'given_back':
        this.#rows.putBack(row);
        break;
      case 'cancelled':
        this.#rows.putBack(row);
        throw end.error;
      case 'hold':
        this.#rows.putBack(row);
        this.#holdIn(sentUnder, end.reason);
        break;
    }
  }

  #take(row: number, result: TokenizeRowResult, sentUnder: ShardSteering): void {
    const { concurrency, hold, isRead } = result;
    if (concurrency !== undefined) this.#report({ kind: 'concurrency', concurrency });
    if (!this.#rows.answer(row, result)) return;
    if (hold !== undefined) {
      this.#holdIn(sentUnder, hold);
    } else if (isRead === true && isSameGeneration(sentUnder, this.#steering)) {
      this.#report({ kind: 'probe_answered' });
    }
    const { counts } = this.#rows;
    if (this.#reporter.isWorthReporting(counts, this.#steering.tolerancePercent)) this.#reportCounts();
  }

  /**
   * A row that was sent before the last resume, and is answered after it, says nothing about the
   * time since.
   */
  #holdIn(sentUnder: ShardSteering, reason: HoldReason): void {
    if (isSameGeneration(sentUnder, this.#steering)) this.#hold(reason);
  }

  #report(news: ShardNews): void {
    this.#reporter.report(news, this.#steering.holdGeneration);
  }

  #reportCounts(): void {
    this.#reporter.reportCounts(this.#rows.counts, this.#steering);
  }

  #reportDrained(): void {
    if (this.#isDrainReported) return;
    this.#isDrainReported = true;
    this.#report({ kind: 'drained' });
  }
}
