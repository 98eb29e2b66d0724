import type { FaultName } from './faults.ts';

/** What the simulator counted since its start or its last reset. */
export interface SimulatorStats {
  /** Requests that arrived, whatever became of them. */
  readonly requests: number;
  /** Answers by HTTP status; those that wait for latency are counted already. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Requests by the fault they met. */
  readonly byFault: Readonly<Partial<Record<FaultName, number>>>;
  /** Requests that got no answer: dropped, or left hanging. */
  readonly unanswered: number;
  /** Requests whose sender was gone before the last byte; not processed. */
  readonly incomplete: number;
  /** Fields for which requests got 400, by path. */
  readonly refusedFields: Readonly<Record<string, number>>;
  /** The most requests that arrived in any one second. */
  readonly maxPerSecond: number;
  readonly limiterRefusals: number;
  /** Requests whose merchant_txn_ref had been used before. */
  readonly repeatedTxnRefs: number;
  /** Requests that the simulator itself failed over, e.g. on a full disk under the ledger. */
  readonly internalErrors: number;
  /** The arrival of the first and the last request, in milliseconds of the Unix epoch; null before there is one. */
  readonly firstRequestAtMs: number | null;
  readonly lastRequestAtMs: number | null;
  readonly charges: number;
  /** Cards that were charged. */
  readonly distinctCards: number;
  readonly cardsChargedTwice: number;
}

type CounterName = 'unanswered' | 'incomplete' | 'limiterRefusals' | 'repeatedTxnRefs' | 'internalErrors';

/** The counters that change with each request; what the ledger and the window know is added for a report. */
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

  /** Counts a request with this reference; gives how many came with it before. */
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
