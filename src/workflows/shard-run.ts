/*
 * One run of a shard: which rows wait, what the batch wants, and what the rows' answers mean for
 * the batch.
 */
import type { Duration } from '@temporalio/common';
import { condition } from '@temporalio/workflow';
import {
  inFlight,
  type OpenShardResult,
  type TokenizeRowResult,
  type UnwrittenResult,
} from '../contract/activities.ts';
import type { HoldReason } from '../contract/hold.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import type {
  MigrateShardInput,
  ShardNews,
  ShardProgress,
  ShardSteering,
} from '../contract/shard-messages.ts';
import { countOutcome } from '../domain/tally.ts';
import { answeredOf } from '../domain/tolerance.ts';
import { rejectIfCancelled } from './reject-if-cancelled.ts';
import { RowSender } from './row-sender.ts';
import { SenderPool } from './sender-pool.ts';
import { ShardReporter } from './shard-reporter.ts';
import { WaitingRows } from './waiting-rows.ts';

export class ShardRun {
  #steering: ShardSteering;
  #counts: OutcomeCounts = {};
  #isDrainReported = false;
  readonly #unwritten: UnwrittenResult[] = [];
  readonly #waiting = new WaitingRows();
  readonly #senders: SenderPool;
  readonly #reporter: ShardReporter;
  readonly #rowSender: RowSender;

  constructor(input: MigrateShardInput) {
    this.#steering = input.steering;
    this.#reporter = new ShardReporter(input.shard);
    this.#rowSender = new RowSender(input);
    this.#senders = new SenderPool({
      hasRows: () => this.#waiting.count > 0,
      mayRun: (senders) => senders <= this.#wantedSenders() && this.#mayHave(senders),
      sendNext: () => this.#sendNext(),
      // Every row that the batch allows is answered, and the batch does not know it yet.
      isReportDue: () => !this.#mayHave(1) && !this.#reporter.hasReported(this.#counts),
      report: () => this.#reportCounts(),
    });
  }

  /** The results that their owner could not write: `closeShard` gets them. */
  get unwritten(): readonly UnwrittenResult[] {
    return this.#unwritten;
  }

  progress(): ShardProgress {
    return { counts: this.#counts, rowsWaiting: this.#waiting.count, rowsInFlight: this.#senders.size };
  }

  /** Follows the batch's steering, unless a later one came first. */
  steer(steering: ShardSteering): void {
    const before = this.#steering;
    if ((steering.version ?? 0) < (before.version ?? 0)) return;
    this.#steering = steering;
    if (steering.go === 'stop') this.#senders.stop();
    // After a hold the tolerance counts from the rows answered so far.
    if (steering.holdGeneration > before.holdGeneration) this.#reporter.beginAnew(this.#counts);
    if ((steering.ask ?? 0) > (before.ask ?? 0)) this.#reportCounts();
  }

  load({ toSend, counts }: OpenShardResult): void {
    this.#counts = counts;
    this.#waiting.load(toSend);
  }

  /**
   * Sends every waiting row. Rejects if the workflow is cancelled, after the rows in flight have
   * ended.
   */
  async sendAll(): Promise<void> {
    try {
      while (this.#waiting.count > 0) {
        await condition(() => this.#steering.go !== 'stop');
        await this.#senders.run();
        const isStopped = this.#waiting.count > 0;
        if (isStopped && !this.#reporter.hasReported(this.#counts)) this.#reportCounts();
        await rejectIfCancelled();
      }
    } finally {
      await this.#senders.ended();
    }
  }

  /** Holds the batch. Resolves after the next `resume`, or after `longest` if it is given. */
  async holdUntilResumed(reason: HoldReason, longest?: Duration): Promise<void> {
    const { holdGeneration } = this.#steering;
    this.#hold(reason);
    const isResumed = (): boolean => this.#steering.holdGeneration > holdGeneration;
    await (longest === undefined ? condition(isResumed) : condition(isResumed, longest));
  }

  /**
   * Stops this shard at once, before the batch can say so, and reports why. A shard that is stopped
   * already may find a reason, too. It reports one in each generation, and another one only if that
   * outranks it.
   */
  #hold(reason: HoldReason): void {
    const { go, holdGeneration } = this.#steering;
    if (go === 'stop' && this.#reporter.hasReportedHold(reason, holdGeneration)) return;
    if (go !== 'stop') this.#stopItself();
    this.#reporter.reportHold(reason, holdGeneration);
  }

  #stopItself(): void {
    this.steer({ ...this.#steering, go: 'stop' });
  }

  #wantedSenders(): number {
    const { go, concurrency } = this.#steering;
    return go === 'all' ? concurrency : go === 'probe' ? 1 : 0;
  }

  /**
   * True if so many rows may be in flight: together with the answered ones, no more than the batch
   * allows.
   */
  #mayHave(inFlight: number): boolean {
    const { rowsAllowed } = this.#steering;
    return rowsAllowed === undefined || answeredOf(this.#counts) + inFlight <= rowsAllowed;
  }

  async #sendNext(): Promise<void> {
    const row = this.#waiting.take();
    if (row === undefined) return;
    if (this.#waiting.count <= this.#steering.concurrency / 2) this.#reportDrained();
    const { holdGeneration } = this.#steering;
    const end = await this.#rowSender.send(row, this.#steering);
    switch (end.kind) {
      case 'answered':
        this.#take(end.result, holdGeneration);
        break;
      case 'sealed':
        break;
      case 'given_back':
        this.#waiting.putBack(row);
        break;
      case 'cancelled':
        this.#waiting.putBack(row);
        throw end.error;
      case 'hold':
        this.#waiting.putBack(row);
        this.#holdIn(holdGeneration, end.reason);
        break;
    }
  }

  #take({ outcome, isRead, concurrency, hold, unwritten }: TokenizeRowResult, holdGeneration: number): void {
    if (concurrency !== undefined) this.#report({ kind: 'concurrency', concurrency });
    // Its owner may still be sending it. The closing of the shard decides.
    if (outcome === inFlight) return;
    this.#counts = countOutcome(this.#counts, outcome);
    if (unwritten !== undefined) this.#unwritten.push(unwritten);
    if (hold !== undefined) {
      this.#holdIn(holdGeneration, hold);
    } else if (isRead === true && holdGeneration === this.#steering.holdGeneration) {
      this.#report({ kind: 'probe_answered' });
    }
    if (this.#reporter.isWorthReporting(this.#counts, this.#steering.tolerancePercent)) this.#reportCounts();
  }

  /**
   * A row that was sent before the last resume, and is answered after it, says nothing about the
   * time since.
   */
  #holdIn(holdGeneration: number, reason: HoldReason): void {
    if (holdGeneration === this.#steering.holdGeneration) this.#hold(reason);
  }

  #report(news: ShardNews): void {
    this.#reporter.report(news, this.#steering.holdGeneration);
  }

  #reportCounts(): void {
    this.#reporter.reportCounts(this.#counts, this.#steering);
  }

  #reportDrained(): void {
    if (this.#isDrainReported) return;
    this.#isDrainReported = true;
    this.#report({ kind: 'drained' });
  }
}
