import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import {
  type CardliftActivities,
  type CloseShardInput,
  inFlight,
  type OpenShardInput,
  type RowRuns,
  type TokenizeRowInput,
  type TokenizeRowResult,
} from '../../src/contract/activities.ts';
import type { AuditNews } from '../../src/contract/audit.ts';
import { batchHoldFailure } from '../../src/contract/failure-types.ts';
import type { HoldCode } from '../../src/contract/hold.ts';
import type { OutcomeCounts, RowOutcome } from '../../src/contract/outcome.ts';
import { rowsOf, runsOf, shardCountOf } from '../../src/domain/shard-plan.ts';
import { countOutcome } from '../../src/domain/tally.ts';
import { eventually } from '../support/condition.ts';

/** An activity's failure that makes the batch hold. */
export function holdFailure(code: HoldCode, text = 'as the test wants it'): ApplicationFailure {
  const reason = { code, text, count: 1 };
  return ApplicationFailure.create({
    type: batchHoldFailure,
    message: text,
    nonRetryable: true,
    details: [reason],
  });
}

/**
 * The activities of one batch without a storage and a gateway. They remember what a storage would:
 * which rows have an outcome. A test replaces those that should behave otherwise.
 */
export class MockedActivities {
  /** The rows whose activity was called, in order. */
  readonly sent: TokenizeRowInput[] = [];
  /** The rows whose activity was asked to cancel. */
  readonly cancelled = new Set<number>();
  readonly outcomes = new Map<number, RowOutcome>();
  readonly audit: AuditNews[] = [];
  /** What shards were opened and closed with. */
  readonly openings: OpenShardInput[] = [];
  readonly closings: CloseShardInput[] = [];
  /** The closed shards that a cancelled batch named; undefined: none, or it was not cancelled. */
  closedShards: RowRuns | undefined;
  /** Activities other than a row's, in the order in which they started. */
  readonly calls: string[] = [];
  readonly #inFlight = new Set<number>();
  readonly #rows: number;
  readonly #isSendable: (row: number) => boolean;

  /** Rows that are not sendable are rejected. */
  constructor(rows: number, isSendable: (row: number) => boolean = () => true) {
    this.#rows = rows;
    this.#isSendable = isSendable;
  }

  /** How a row is answered; by default it gets its token. */
  answer: (input: TokenizeRowInput) => TokenizeRowResult | Promise<TokenizeRowResult> = () => ({
    outcome: 'tokenized',
  });

  /** What a closing decides about a row that is in flight elsewhere; undefined: it was not sent. */
  decide: (row: number) => RowOutcome | undefined = () => 'unknown';

  /** True for a row that has its intent: a cancellation does not interrupt it. */
  hasIntent: (input: TokenizeRowInput) => boolean = () => false;

  /**
   * Waits until a row's activity was asked to cancel. The test server cannot cancel an activity
   * that ends at the same moment, and the workflow's task then fails until it times out.
   */
  async askedToCancel(row: number): Promise<void> {
    await eventually(`the cancellation of row ${row}`, () => this.cancelled.has(row) || undefined);
  }

  /** The numbers of the rows whose activity was called, in order. */
  get sentRows(): number[] {
    return this.sent.map(({ row }) => row);
  }

  /** The activities for a worker; `changes` replace some of them. */
  create(changes: Partial<CardliftActivities> = {}): CardliftActivities {
    const all: CardliftActivities = {
      stageBatch: async () => ({
        rows: this.#rows,
        sendableRows: this.#allRows().filter(this.#isSendable).length,
        shards: shardCountOf(this.#rows),
      }),
      openShard: async (input) => {
        this.openings.push(input);
        return { ...this.#rowsLeft(input.shard), opening: this.openings.length };
      },
      tokenizeRow: (input) => this.#tokenizeRow(input),
      closeShard: async (input) => {
        this.closings.push(input);
        const rows = this.#rowsOfShard(input.shard);
        this.#decideOpen(rows);
        if (input.isCancelled === true) this.#endUnsent(rows);
        const { counts, toSend } = this.#rowsLeft(input.shard);
        return toSend.length === 0 ? { counts } : { counts, toSend };
      },
      closeUnsentShards: async ({ closed }) => {
        this.closedShards = closed;
        this.#endUnsent(this.#allRows());
        return { counts: this.#countsOf(this.#allRows()) };
      },
      publishResults: async () => ({
        rows: this.#rows,
        counts: this.#countsOf(this.#allRows()),
        location: '/results',
      }),
      appendAudit: async ({ news }) => {
        this.audit.push(news);
      },
      setLimits: async () => undefined,
      postNotice: async () => undefined,
      lookAtWindow: async () => ({ isOpen: true, changesInMs: 3_600_000 }),
      ...changes,
    };
    return Object.fromEntries(
      Object.entries(all).map(([name, act]) => [
        name,
        (input: never) => {
          if (name !== 'tokenizeRow') this.calls.push(name);
          return act(input);
        },
      ]),
    ) as unknown as CardliftActivities;
  }

  /**
   * Like the real one, it learns of a cancellation through its heartbeat, and gives the row back.
   */
  async #tokenizeRow(input: TokenizeRowInput): Promise<TokenizeRowResult> {
    this.sent.push(input);
    const context = Context.current();
    const heartbeat = setInterval(() => context.heartbeat(), 50);
    context.cancelled.catch(() => this.cancelled.add(input.row));
    try {
      const answer = this.answer(input);
      const result = await (this.hasIntent(input) ? answer : Promise.race([answer, context.cancelled]));
      if (result.outcome !== inFlight) this.outcomes.set(input.row, result.outcome);
      else this.#inFlight.add(input.row);
      return { ...result, ...(input.isProbe === true ? { isRead: true } : {}) };
    } finally {
      clearInterval(heartbeat);
    }
  }

  #allRows(): number[] {
    return Array.from({ length: this.#rows }, (_, index) => index + 1);
  }

  #rowsOfShard(shard: number): number[] {
    const { first, last } = rowsOf(shard, this.#rows);
    return this.#allRows().slice(first - 1, last);
  }

  #isOpen(row: number): boolean {
    return this.#isSendable(row) && !this.outcomes.has(row);
  }

  #rowsLeft(shard: number): { readonly toSend: [number, number][]; readonly counts: OutcomeCounts } {
    const rows = this.#rowsOfShard(shard);
    return { toSend: runsOf(rows.filter((row) => this.#isOpen(row))), counts: this.#countsOf(rows) };
  }

  #decideOpen(rows: readonly number[]): void {
    for (const row of rows.filter((one) => this.#inFlight.delete(one))) {
      const outcome = this.decide(row);
      if (outcome !== undefined) this.outcomes.set(row, outcome);
    }
  }

  #endUnsent(rows: readonly number[]): void {
    for (const row of rows) if (this.#isOpen(row)) this.outcomes.set(row, 'not_sent');
  }

  #countsOf(rows: readonly number[]): OutcomeCounts {
    return rows.reduce<OutcomeCounts>((counts, row) => {
      const outcome = this.#isSendable(row) ? this.outcomes.get(row) : 'rejected';
      return outcome === undefined ? counts : countOutcome(counts, outcome);
    }, {});
  }
}
