/* The rows of a shard in a pass: which have an outcome already, and which are still to be sent. */
import type { OutcomeCounts, RowOutcome } from '../contract/outcome.ts';
import { countOutcome } from '../domain/tally.ts';
import type { ShardRef } from '../storage/storage.ts';
import type { OpenBatch } from './batch-access.ts';

export function countLines(lines: readonly { readonly outcome: RowOutcome }[]): OutcomeCounts {
  return lines.reduce<OutcomeCounts>((counts, { outcome }) => countOutcome(counts, outcome), {});
}

/** The outcome from earlier passes that forbids sending the row in this one, if any. */
export async function priorOutcomeOf(
  batch: OpenBatch,
  pass: number,
  row: number,
): Promise<RowOutcome | undefined> {
  return pass === 1 ? undefined : await (await batch.laterPass(pass)).priorOutcomeOf(row);
}

/** The rows of a shard that have no outcome yet, and the counts of the others. */
export async function rowsWithout(
  batch: OpenBatch,
  { pass, shard }: ShardRef,
  outcomes: ReadonlyMap<number, RowOutcome>,
): Promise<{ readonly toSend: readonly number[]; readonly counts: OutcomeCounts }> {
  const toSend: number[] = [];
  let counts: OutcomeCounts = {};
  for (const row of await batch.rowsOfShard(pass, shard)) {
    const outcome =
      row.kind !== 'sendable'
        ? row.kind
        : (outcomes.get(row.row) ?? (await priorOutcomeOf(batch, pass, row.row)));
    if (outcome === undefined) toSend.push(row.row);
    else counts = countOutcome(counts, outcome);
  }
  return { toSend, counts };
}
