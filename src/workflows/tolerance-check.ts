/*
 * Whether a batch goes on as well as its operator tolerates, judged over all its shards and
 * workers.
 *
 * A shard tells its counts when more of its own rows than tolerated brought no token, and is silent
 * while it goes well. So what the batch knows may look worse than it is: the good rows of silent
 * shards are missing. Before it holds, it asks every running shard for its counts, and judges when
 * all have answered: never too early, and a moment later than the answer that was one too many.
 * (Where the whole is above, some part of it is, so a shard that tells is always there.)
 */
import type { HoldReason } from '../contract/hold.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import { answeredOf, isToleranceExceeded, withoutTokenOf } from '../domain/tolerance.ts';

/** A running shard, as far as the check knows it. */
export interface AskedShard {
  /** The highest number of asking that it has answered. */
  readonly answeredAsk: number;
}

export class ToleranceCheck {
  percent: number;
  /** The counts from which on it is judged: those of the last resume from a hold. */
  base: OutcomeCounts;
  /** Counts the askings; shards learn it by their steering. */
  ask: number;
  #isAsking = false;

  constructor(percent: number, base: OutcomeCounts = {}, ask = 0) {
    this.percent = percent;
    this.base = base;
    this.ask = ask;
  }

  /**
   * Looks at counts that changed; the reason to hold where every running shard has been heard and
   * it is too much.
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

  /** Counts anew from here on. */
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
