import type { BatchProgress, CarriedBatch, LimitsChange, MigrateBatchInput } from '../contract/workflows.ts';
import { concurrencyOf, effectiveConcurrencyOf, type RequestedLimits } from '../domain/concurrency.ts';
import { definedOf } from '../domain/defined.ts';

/**
 * Rows that one shard hands out at once, if there are enough shards. Many rows in few shards make
 * cheap histories: the more rows end between two workflow tasks, the fewer workflow tasks there
 * are.
 */
const concurrencyPerShard = 200;

/** The limits of a batch as they are now, and how many rows are handed out under them. */
export class BatchLimits {
  /** Undefined: the limits are those of the start. */
  #change: LimitsChange | undefined;
  /**
   * How many rows handed out at once are of use, as workers report; undefined: it follows from the
   * limits.
   */
  #effectiveConcurrency: number | undefined;
  readonly #started: RequestedLimits;

  constructor({ ratePerS, concurrency, limitsChange, carried }: MigrateBatchInput) {
    this.#started = definedOf({ ratePerS, concurrency });
    this.#change = carried?.limitsChange ?? limitsChange;
    this.#effectiveConcurrency = carried?.effectiveConcurrency;
  }

  get requested(): RequestedLimits {
    const { ratePerS, concurrency } = this.#change ?? this.#started;
    return definedOf({ ratePerS, concurrency });
  }

  /** The last change; undefined: none. */
  get lastChange(): LimitsChange | undefined {
    return this.#change;
  }

  change(change: LimitsChange): void {
    this.#change = change;
    this.#effectiveConcurrency = undefined;
  }

  /** A worker reports how many rows handed out at once are of use. */
  reportEffective(concurrency: number): void {
    this.#effectiveConcurrency = concurrency;
  }

  /** How many of a pass's shards hand out rows at once. */
  shardsAtOnce(shards: number): number {
    // A batch of few shards has its concurrency in those.
    return Math.max(1, Math.min(shards, Math.ceil(this.#concurrency / concurrencyPerShard)));
  }

  /** Rows that each of those shards hands out at once. */
  concurrencyOfShard(shards: number): number {
    return Math.ceil(this.#concurrency / this.shardsAtOnce(shards));
  }

  progress(): Pick<BatchProgress, 'concurrency' | 'ratePerS' | 'limitsChange'> {
    const { ratePerS } = this.requested;
    return {
      concurrency: concurrencyOf(this.requested),
      ...definedOf({ ratePerS, limitsChange: this.#change }),
    };
  }

  carried(): Pick<CarriedBatch, 'limitsChange' | 'effectiveConcurrency'> {
    return definedOf({ limitsChange: this.#change, effectiveConcurrency: this.#effectiveConcurrency });
  }

  /** Rows handed out at once, over all shards. */
  get #concurrency(): number {
    return Math.min(
      this.#effectiveConcurrency ?? effectiveConcurrencyOf(this.requested),
      concurrencyOf(this.requested),
    );
  }
}
