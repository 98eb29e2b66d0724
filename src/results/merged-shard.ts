/* The rows of one shard as they stand after several passes. */
import { rowsOf } from '../domain/shard-plan.ts';
import { type PassPlan, plannedRowsOf } from '../storage/pass-plan.ts';
import type { VerdictsByRef } from '../storage/resolutions.ts';
import type { Storage } from '../storage/storage.ts';
import { withLateEnds } from './late-results.ts';
import { type MergedRow, mergeRow, type PassLine, type RowPast } from './merge-passes.ts';
import { type OutcomeLine, readOutcomeLines } from './outcome-line.ts';

/** The rows of the results would not be the rows of the input. */
export class ConservationError extends Error {
  override readonly name = 'ConservationError';
}

/** All that says how a batch's rows stand after its passes. */
export interface BatchPast {
  readonly storage: Storage;
  readonly batchId: string;
  /** How many rows the batch's file has. */
  readonly rows: number;
  /** The plans of the passes after the first, in order: of the second, of the third … */
  readonly plans: readonly PassPlan[];
  readonly verdicts: VerdictsByRef;
}

/** The shard's lines in each pass, late results among them, by row. Throws ConservationError where a pass has not closed it, or has rows that it may not have. */
export async function readShardPast(
  past: Omit<BatchPast, 'verdicts'>,
  shard: number,
): Promise<Map<number, RowPast>> {
  const { storage, batchId, rows, plans } = past;
  const { first, last } = rowsOf(shard, rows);
  const read = async (pass: number): Promise<OutcomeLine[]> => {
    const ref = { batchId, pass, shard };
    const lines = await readOutcomeLines(storage, ref);
    if (lines === undefined) {
      const which = pass === 1 ? '' : ` in pass ${pass}`;
      throw new ConservationError(
        `Rows ${first} to ${last} have no outcomes yet${which}; nothing is published`,
      );
    }
    return await withLateEnds(storage, ref, lines);
  };

  const byRow = new Map<number, [PassLine, ...PassLine[]]>();
  let next = first;
  for (const line of await read(1)) {
    if (line.row !== next) {
      throw new ConservationError(
        `Shard ${shard} has row ${line.row} where row ${next} belongs; nothing is published`,
      );
    }
    next += 1;
    byRow.set(line.row, [{ pass: 1, line }]);
  }
  for (const plan of plans) {
    const planned = new Set(plannedRowsOf(plan, shard));
    if (planned.size === 0) continue;
    for (const line of await read(plan.pass)) {
      const lines = byRow.get(line.row);
      // Taken out, so that a second line of the same row is one too many.
      if (lines === undefined || !planned.delete(line.row)) {
        throw new ConservationError(
          `Shard ${shard} has in pass ${plan.pass} row ${line.row}, which does not belong there; nothing is published`,
        );
      }
      lines.push({ pass: plan.pass, line });
    }
  }
  return byRow;
}

/** The shard's rows in order. Throws ConservationError. */
export async function readMergedShard(past: BatchPast, shard: number): Promise<MergedRow[]> {
  return [...(await readShardPast(past, shard)).values()].map((lines) => mergeRow(lines, past.verdicts));
}
