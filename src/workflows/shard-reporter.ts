/* What a shard tells its batch, and when its counts are worth telling. */

import { CancellationScope, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import type { OutcomeCounts } from '../contract/outcome.ts';
import type { ShardReport, ShardSteering } from '../contract/workflows.ts';
import { definedOf } from '../domain/defined.ts';
import { answeredOf, isShareAbove } from '../domain/tolerance.ts';
import { shardReportSignal } from './messages.ts';

/** At a slow rate a shard lasts for minutes; its batch hears of it this often. At full speed never: it is over before. */
const reportEveryMs = 60_000;

export class ShardReporter {
  readonly #shard: number;
  #reportedAtMs = Date.now();
  #reportedCounts: OutcomeCounts = {};
  #toleratedFrom: OutcomeCounts = {};

  constructor(shard: number) {
    this.#shard = shard;
  }

  /** Tells the batch, without waiting: a batch that is gone needs no answer. */
  report(kind: ShardReport['kind'], holdGeneration: number, more: Partial<ShardReport> = {}): void {
    const { parent } = workflowInfo();
    if (parent === undefined) return;
    const report = { shard: this.#shard, kind, holdGeneration, ...more };
    const sent = CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(parent.workflowId).signal(shardReportSignal, report),
    );
    sent.catch(() => undefined);
  }

  reportCounts(counts: OutcomeCounts, { ask, holdGeneration }: ShardSteering): void {
    this.#reportedAtMs = Date.now();
    this.#reportedCounts = counts;
    this.report('counts', holdGeneration, { counts, ...definedOf({ ask }) });
  }

  /** True where these very counts were told last. */
  hasReported(counts: OutcomeCounts): boolean {
    return this.#reportedCounts === counts;
  }

  /** The tolerance counts from here on. */
  beginAnew(counts: OutcomeCounts): void {
    this.#toleratedFrom = counts;
  }

  /**
   * True where the batch heard of the counts long ago; and, while more of this shard's rows than tolerated bring no token,
   * with every twentieth part of them.
   */
  isWorthReporting(counts: OutcomeCounts, tolerancePercent: number): boolean {
    if (Date.now() - this.#reportedAtMs >= reportEveryMs) return true;
    if (!isShareAbove(counts, this.#toleratedFrom, tolerancePercent)) return false;
    const answered = answeredOf(counts) - answeredOf(this.#toleratedFrom);
    return answeredOf(counts) - answeredOf(this.#reportedCounts) >= Math.max(1, Math.floor(answered / 20));
  }
}
