/*
 * Whether a batch stays within its tolerance, judged over all its shards and workers.
 *
 * A shard reports its counts as they grow only while more of its own rows than tolerated bring no
 * token. So the batch may look worse than it is: the good rows of silent shards are missing. Before
 * it holds, it requests the counts of every running shard, and judges when all have answered: never
 * too early, and a moment after the answer that was one too many. (If the whole batch exceeds the
 * tolerance, at least one shard does, so there is always a shard that reports.)
 */
import type { HoldReason } from '../contract/hold.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import { answeredOf, isToleranceExceeded, withoutTokenOf } from '../domain/tolerance.ts';

/** A running shard, as far as the check knows it. */
export interface AskedShard {
  /** The highest request for counts that it has answered. */
  readonly answeredAsk: number;
}

export class ToleranceCheck {
  percent: number;
  /** The counts at the last resume from a hold. The tolerance counts from there. */
  base: OutcomeCounts;
  /** Counts the requests for counts. The shards get it with their steering. */
  ask: number;
  #isAsking = false;

  constructor(percent: number, base: OutcomeCounts = {}, ask = 0) {
    this.percent = percent;
    this.base = base;
    this.ask = ask;
  }

  /**
   * Judges changed counts: the reason to hold, if every running shard has answered and too many
   * rows have no token.
   */
  judge(counts: OutcomeCounts, running: Iterable<AskedShard>): HoldReason | undefined {
    const isOver = isToleranceExceeded(counts, this.base, this.percent);
    if (this.#isAsking) {
      if ([...running].some(({ answeredAsk }) => answeredAsk < this.ask)) return undefined;
      this.#isAsking = false;
      return isOver ? this.#reason(counts) : undefined;
    }
    if (isOver) {
      const shards = [...running];
      if (shards.length === 0) return this.#reason(counts);
      this.#isAsking = true;
      this.ask += 1;
    }
    return undefined;
  }

  /** The tolerance counts from these counts on. */
  beginAnew(counts: OutcomeCounts): void {
    this.base = counts;
    this.#isAsking = false;
  }

  #reason(counts: OutcomeCounts): HoldReason {
    const missed = withoutTokenOf(counts) - withoutTokenOf(this.base);
    const answered = answeredOf(counts) - answeredOf(this.base);
    const share = Math.floor((missed * 1000) / answered) / 10;
    return {
      code: 'tolerance_passed',
      count: missed,
      text: `${missed} of ${answered} answered rows have no token: ${share} %, but only ${this.percent} % are tolerated`,
    };
  }
}
