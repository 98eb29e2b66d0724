import type { FaultName } from './faults.ts';

/** Counts since the start or the last reset. */
export interface SimulatorStats {
  /** All requests that arrived. */
  readonly requests: number;
  /** Answers by HTTP status, including those still delayed. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Requests by the fault they got. */
  readonly byFault: Readonly<Partial<Record<FaultName, number>>>;
  /** Requests without an answer: dropped, or left hanging. */
  readonly unanswered: number;
  /** Requests whose sender left before the last byte; not processed. */
  readonly incomplete: number;
  /** Fields that caused a 400, by path. */
  readonly refusedFields: Readonly<Record<string, number>>;
  /** The most requests that arrived in any one second. */
  readonly maxPerSecond: number;
  readonly limiterRefusals: number;
  /** Requests whose merchant_txn_ref was used before. */
  readonly repeatedTxnRefs: number;
  /** Requests that failed inside the simulator, for example because the ledger's disk was full. */
  readonly internalErrors: number;
  /** Arrival of the first and the last request, in Unix milliseconds; null if there were none. */
  readonly firstRequestAtMs: number | null;
  readonly lastRequestAtMs: number | null;
  readonly charges: number;
  /** Number of different cards charged. */
  readonly distinctCards: number;
  readonly cardsChargedTwice: number;
}

type CounterName = 'unanswered' | 'incomplete' | 'limiterRefusals' | 'repeatedTxnRefs' | 'internalErrors';

/** Counters that change with each request. A report adds what the ledger and the window know. */
export class Statistics {
  requests = 0;
  readonly #byStatus = new Map<string, number>();
  readonly #byFault = new Map<string, number>();
  readonly #refusedFields = new Map<string, number>();
  readonly #counters: Record<CounterName, number> = {
    unanswered: 0,
    incomplete: 0,
    limiterRefusals: 0,
    repeatedTxnRefs: 0,
    internalErrors: 0,
  };
  readonly #sendsByTxnRef = new Map<string, number>();
  #firstAtMs: number | null = null;
  #lastAtMs: number | null = null;

  countArrival(atMs: number): void {
    this.requests += 1;
    this.#firstAtMs ??= atMs;
    this.#lastAtMs = atMs;
  }

  count(name: CounterName): void {
    this.#counters[name] += 1;
  }

  countStatus(status: number): void {
    increment(this.#byStatus, String(status));
  }

  countFault(name: FaultName): void {
    increment(this.#byFault, name);
  }

  countRefusedFields(fields: readonly string[]): void {
    for (const field of fields) increment(this.#refusedFields, field);
  }

  /** Counts a request with this reference. Returns how many came before it. */
  countTxnRef(txnRef: string): number {
    const before = this.#sendsByTxnRef.get(txnRef) ?? 0;
    if (before > 0) this.#counters.repeatedTxnRefs += 1;
    this.#sendsByTxnRef.set(txnRef, before + 1);
    return before;
  }

  report(): Omit<SimulatorStats, 'maxPerSecond' | 'charges' | 'distinctCards' | 'cardsChargedTwice'> {
    return {
      requests: this.requests,
      byStatus: Object.fromEntries(this.#byStatus),
      byFault: Object.fromEntries(this.#byFault),
      refusedFields: Object.fromEntries(this.#refusedFields),
      ...this.#counters,
      firstRequestAtMs: this.#firstAtMs,
      lastRequestAtMs: this.#lastAtMs,
    };
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
