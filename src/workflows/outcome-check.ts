import type { HoldReason } from '../contract/hold.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import type { ShardSteering } from '../contract/shard-messages.ts';
import type { BatchProgress, CarriedBatch, MigrateBatchInput } from '../contract/workflows.ts';
import { definedOf } from '../domain/defined.ts';
import { answeredOf, defaultTolerancePercent } from '../domain/tolerance.ts';
import { canaryHoldOf } from './canary.ts';
import { type AskedShard, ToleranceCheck } from './tolerance-check.ts';

/**
 * Whether a batch must hold because of the outcomes so far: its canary waits for approval, or too
 * many rows brought no token.
 */
export class OutcomeCheck {
  /** The rows that are sent before `approve`; undefined: every row may be sent. */
  #canaryRows: number | undefined;
  readonly #tolerance: ToleranceCheck;

  constructor({ canaryRows, tolerancePercent, carried }: MigrateBatchInput) {
    this.#canaryRows = carried === undefined ? canaryRows : carried.canaryRows;
    this.#tolerance = new ToleranceCheck(
      carried?.tolerancePercent ?? tolerancePercent ?? defaultTolerancePercent,
      carried?.toleratedFrom,
    );
  }

  get hasCanary(): boolean {
    return this.#canaryRows !== undefined;
  }

  /** The last request for the shards' counts. */
  get ask(): number {
    return this.#tolerance.ask;
  }

  /** Every row may be sent. */
  approve(): void {
    this.#canaryRows = undefined;
  }

  setTolerance(percent: number): void {
    this.#tolerance.percent = percent;
  }

  /** The tolerance counts from these counts on. */
  beginAnew(counts: OutcomeCounts): void {
    this.#tolerance.beginAnew(counts);
  }

  /** The reason to hold that the counts give, or undefined. */
  judge(counts: OutcomeCounts, running: Iterable<AskedShard>): HoldReason | undefined {
    const reason = this.#tolerance.judge(counts, running);
    return reason ?? (this.#canaryRows === undefined ? undefined : canaryHoldOf(this.#canaryRows, counts));
  }

  /** What a shard must know of it. Closed shards have used up a part of the canary. */
  steering(closedCounts: OutcomeCounts): Pick<ShardSteering, 'rowsAllowed' | 'tolerancePercent' | 'ask'> {
    const { percent, ask } = this.#tolerance;
    return {
      ...(this.#canaryRows === undefined
        ? {}
        : { rowsAllowed: Math.max(0, this.#canaryRows - answeredOf(closedCounts)) }),
      tolerancePercent: percent,
      ...(ask === 0 ? {} : { ask }),
    };
  }

  progress(): Pick<BatchProgress, 'canaryRows' | 'tolerancePercent'> {
    return { ...definedOf({ canaryRows: this.#canaryRows }), tolerancePercent: this.#tolerance.percent };
  }

  carried(): Pick<CarriedBatch, 'canaryRows' | 'tolerancePercent' | 'toleratedFrom'> {
    return { ...this.progress(), toleratedFrom: this.#tolerance.base };
  }
}
