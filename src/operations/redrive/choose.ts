/* Finds the rows that a redrive would send. Uses only the storage. */
import { createAmountSum } from '../../domain/amount.ts';
import { mayBeSentAgain, type ResendChoice } from '../../domain/resend.ts';
import { shardCountOf, shardOf } from '../../domain/shard-plan.ts';
import type { SendableRow } from '../../domain/staged-row.ts';
import { findBlockedRows } from '../../results/blocked-rows.ts';
import { type BatchPasses, readMergedShard } from '../../results/merged-shard.ts';
import type { OutcomeLine } from '../../results/outcome-line.ts';
import type { PassRows } from '../../storage/pass-staging.ts';

/** The chosen rows of a new pass, with counts and amounts. */
export interface ChosenRows {
  /** Sorted by number. */
  readonly rows: readonly number[];
  /** The number of rows by their current code. */
  readonly byCode: Readonly<Record<string, number>>;
  /** The exact amounts if all rows are paid, by currency. */
  readonly amounts: Readonly<Record<string, string>>;
  /** The number of the batch's other rows without a token, by code. */
  readonly leftByCode: Readonly<Record<string, number>>;
  /** Rows that may be sent again but are no longer staged. */
  readonly unstagedRows: number;
  /** Rows that their code allows to be sent again, but not their open intent. */
  readonly barredRows: number;
}

/** Collects chosen rows. */
export function createChoiceTally() {
  const rows: number[] = [];
  const byCode: Record<string, number> = {};
  const leftByCode: Record<string, number> = {};
  const amounts = new Map<string, ReturnType<typeof createAmountSum>>();
  const counted = (counts: Record<string, number>, { outcome, errorCode }: OutcomeLine): void => {
    const code = errorCode ?? outcome;
    counts[code] = (counts[code] ?? 0) + 1;
  };
  return {
    choose(line: OutcomeLine, { amount, currency }: Pick<SendableRow, 'amount' | 'currency'>): void {
      rows.push(line.row);
      counted(byCode, line);
      const sum = amounts.get(currency) ?? createAmountSum();
      sum.add(amount);
      amounts.set(currency, sum);
    },
    leave(line: OutcomeLine): void {
      if (line.outcome !== 'tokenized' && line.outcome !== 'skipped') counted(leftByCode, line);
    },
    result: ({ unstagedRows = 0, barredRows = 0 } = {}): ChosenRows => ({
      rows: rows.sort((a, b) => a - b),
      byCode,
      leftByCode,
      amounts: Object.fromEntries([...amounts].map(([currency, sum]) => [currency, sum.total()])),
      unstagedRows,
      barredRows,
    }),
  };
}

/** Chooses from the staged rows. Throws StagedShardError if the staging is damaged. */
export async function chooseStagedRows(
  past: BatchPasses,
  staged: PassRows,
  choice: ResendChoice,
): Promise<ChosenRows> {
  const tally = createChoiceTally();
  let unstagedRows = 0;
  let barredRows = 0;
  for (let shard = 1; shard <= shardCountOf(past.rows); shard += 1) {
    const lines = (await readMergedShard(past, shard)).map(({ line }) => line);
    const allowed = lines.filter((line) => mayBeSentAgain(line, choice));
    const blocked = allowed.length === 0 ? new Set<number>() : await findBlockedRows(past, shard);
    const wanted = allowed.filter(({ row }) => !blocked.has(row));
    barredRows += allowed.length - wanted.length;
    const found =
      wanted.length === 0
        ? new Map<number, SendableRow>()
        : await staged.find(
            shard,
            wanted.map(({ row }) => row),
          );
    unstagedRows += wanted.length - found.size;
    for (const line of lines) {
      const row = found.get(line.row);
      if (row === undefined) tally.leave(line);
      else tally.choose(line, row);
    }
  }
  return tally.result({ unstagedRows, barredRows });
}

/** Rows by shard, in order. */
export function byShard(rows: readonly SendableRow[]): Map<number, SendableRow[]> {
  const shards = new Map<number, SendableRow[]>();
  for (const row of [...rows].sort((a, b) => a.row - b.row)) {
    const shard = shards.get(shardOf(row.row)) ?? [];
    shards.set(shardOf(row.row), shard);
    shard.push(row);
  }
  return shards;
}
