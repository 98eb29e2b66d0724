/* Which rows a redrive would send, found in the storage alone. */
import { createAmountSum } from '../../domain/amount.ts';
import { mayBeSentAgain, type ResendChoice } from '../../domain/resend.ts';
import { shardCountOf, shardOf } from '../../domain/shard-plan.ts';
import type { SendableRow } from '../../domain/staged-row.ts';
import { findBlockedRows } from '../../results/blocked-rows.ts';
import { type BatchPasses, readMergedShard } from '../../results/merged-shard.ts';
import type { OutcomeLine } from '../../results/outcome-line.ts';
import type { PassRows } from '../../storage/pass-staging.ts';

/** The rows of a pass to come, and what they are. */
export interface ChosenRows {
  /** In order. */
  readonly rows: readonly number[];
  /** How many by the code that they have now. */
  readonly byCode: Readonly<Record<string, number>>;
  /** What they are charged if all are paid, exactly, by currency. */
  readonly amounts: Readonly<Record<string, string>>;
  /** How many of the batch's other rows are not tokenized, by code. */
  readonly leftByCode: Readonly<Record<string, number>>;
  /** Rows that may be sent again and that no staging has any more. */
  readonly unstagedRows: number;
  /** Rows whose code lets them be sent again, and whose open intent does not. */
  readonly barredRows: number;
}

/** Gathers chosen rows. */
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

/** Chooses from what is staged. Throws StagedShardError where staging is damaged. */
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

/** Rows by the shard that they are in, in order. */
export function byShard(rows: readonly SendableRow[]): Map<number, SendableRow[]> {
  const shards = new Map<number, SendableRow[]>();
  for (const row of [...rows].sort((a, b) => a.row - b.row)) {
    const shard = shards.get(shardOf(row.row)) ?? [];
    shards.set(shardOf(row.row), shard);
    shard.push(row);
  }
  return shards;
}
