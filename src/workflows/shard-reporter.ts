/* What a shard reports to its batch, and when its counts are worth a report. */
import { CancellationScope, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import type { HoldCode, HoldReason } from '../contract/hold.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import type { MigrateShardInput, ShardNews, ShardReport, ShardSteering } from '../contract/shard-messages.ts';
import { definedOf } from '../domain/defined.ts';
import { outranks } from '../domain/hold-advice.ts';
import { answeredOf, isShareAbove } from '../domain/tolerance.ts';
import { isSameGeneration } from './hold-generation.ts';
import { shardReportSignal } from './messages.ts';

/**
 * At a slow rate a shard lasts for minutes, and reports this often. At full speed it ends before
 * the first report.
 */
const reportEveryMs = 60_000;

export class ShardReporter {
  readonly #sender: Pick<ShardReport, 'shard' | 'startId'>;
  /** Absent until the shard is opened. */
  opening: number | undefined;
  #arrived: Promise<unknown> = Promise.resolve();
  #reportedAtMs = Date.now();
  #reportedCounts: OutcomeCounts = {};
  #reportedHold: { readonly code: HoldCode; readonly under: ShardSteering } | undefined;
  #toleratedFrom: OutcomeCounts = {};

  constructor({ shard, startId }: MigrateShardInput) {
    this.#sender = { shard, ...definedOf({ startId }) };
  }

  /** Resolves when the batch has every report. A hold must reach it before the shard has ended. */
  async arrived(): Promise<void> {
    await this.#arrived;
  }

  /** Signals the batch without waiting. It does not matter if the batch has ended. */
  report(news: ShardNews, holdGeneration: number): void {
    const { parent } = workflowInfo();
    if (parent === undefined) return;
    const { opening } = this;
    const report: ShardReport = { ...this.#sender, ...definedOf({ opening }), holdGeneration, ...news };
    const sent = CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(parent.workflowId).signal(shardReportSignal, report),
    );
    this.#arrived = Promise.allSettled([this.#arrived, sent]);
  }

  reportHold(hold: HoldReason, under: ShardSteering): void {
    this.#reportedHold = { code: hold.code, under };
    this.report({ kind: 'hold', hold }, under.holdGeneration);
  }

  /** True if this shard has reported a hold in the generation of this steering. */
  holdsIn(steering: ShardSteering): boolean {
    return this.#reportedHold !== undefined && isSameGeneration(this.#reportedHold.under, steering);
  }

  /** True if it has, and the reason does not outrank the reported one. */
  hasReportedHold({ code }: HoldReason, steering: ShardSteering): boolean {
    return this.holdsIn(steering) && !outranks(code, this.#reportedHold?.code);
  }

  reportCounts(counts: OutcomeCounts, { ask, holdGeneration }: ShardSteering): void {
    this.#reportedAtMs = Date.now();
    this.#reportedCounts = counts;
    this.report({ kind: 'counts', counts, ...definedOf({ ask }) }, holdGeneration);
  }

  /** True if these very counts were reported last. */
  hasReported(counts: OutcomeCounts): boolean {
    return this.#reportedCounts === counts;
  }

  /** The tolerance counts from here on. */
  beginAnew(counts: OutcomeCounts): void {
    this.#toleratedFrom = counts;
  }

  /**
   * True if the last report is long ago. Also, while more of this shard's rows than tolerated bring
   * no token, with every twentieth part of its rows.
   */
  isWorthReporting(counts: OutcomeCounts, tolerancePercent: number): boolean {
    if (Date.now() - this.#reportedAtMs >= reportEveryMs) return true;
    if (!isShareAbove(counts, this.#toleratedFrom, tolerancePercent)) return false;
    const answered = answeredOf(counts) - answeredOf(this.#toleratedFrom);
    return answeredOf(counts) - answeredOf(this.#reportedCounts) >= Math.max(1, Math.floor(answered / 20));
  }
}
