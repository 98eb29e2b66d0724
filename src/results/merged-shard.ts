/* The rows of one shard, merged over several passes. */
import { rowsOf } from '../domain/shard-plan.ts';
import { type PassPlan, plannedRowsOf } from '../storage/pass-plan.ts';
import type { ResolutionsByRef } from '../storage/resolutions.ts';
import type { Intent, Storage } from '../storage/storage.ts';
import { lastIntents, lineOfUnlisted, lineWithLateResult } from './late-results.ts';
import { type MergedRow, mergeRow, type PassLine, type RowLines } from './merge-row.ts';
import { readOutcomeLines } from './outcome-file.ts';
import type { OutcomeLine } from './outcome-line.ts';

/** The rows of the results would not match the rows of the input. */
export class ConservationError extends Error {
  override readonly name = 'ConservationError';
}

/** Everything that decides the outcomes of a batch's rows. */
export interface BatchPasses {
  readonly storage: Storage;
  readonly batchId: string;
  /** How many rows the batch's file has. */
  readonly rows: number;
  /** The plans of the passes after the first, in order. */
  readonly plans: readonly PassPlan[];
  readonly resolutions: ResolutionsByRef;
}

/**
 * The shard's lines in each pass by row, including late results. Throws ConservationError if a pass
 * has not closed the shard, or has rows it must not have.
 */
export async function readShardLines(
  passes: Omit<BatchPasses, 'resolutions'>,
  shard: number,
): Promise<Map<number, RowLines>> {
  const { storage, batchId, rows, plans } = passes;
  const { first, last } = rowsOf(shard, rows);
  const read = async (pass: number): Promise<{ lines: OutcomeLine[]; intents: Map<number, Intent> }> => {
    const ref = { batchId, pass, shard };
    const lines = await readOutcomeLines(storage, ref);
    if (lines === undefined) {
      const which = pass === 1 ? '' : ` in pass ${pass}`;
      throw new ConservationError(
        `Rows ${first} to ${last} have no outcomes yet${which}; nothing is published`,
      );
    }
    const intents = await lastIntents(storage, ref);
    return { lines: lines.map((line) => lineWithLateResult(line, intents.get(line.row))), intents };
  };

  const byRow = new Map<number, [PassLine, ...PassLine[]]>();
  let next = first;
  for (const line of (await read(1)).lines) {
    if (line.row !== next) {
      throw new ConservationError(
        `Shard ${shard} has row ${line.row} instead of row ${next}; nothing is published`,
      );
    }
    next += 1;
    byRow.set(line.row, [{ pass: 1, line }]);
  }
  for (const plan of plans) {
    const planned = new Set(plannedRowsOf(plan, shard));
    if (planned.size === 0) continue;
    const { lines: ofPass, intents } = await read(plan.pass);
    for (const line of ofPass) {
      const lines = byRow.get(line.row);
      // Deleted, so that a second line of the same row is detected.
      if (lines === undefined || !planned.delete(line.row)) {
        throw new ConservationError(
          `Shard ${shard} has row ${line.row} in pass ${plan.pass}, which that pass must not have; nothing is published`,
        );
      }
      lines.push({ pass: plan.pass, line });
    }
    for (const row of planned) {
      const lines = byRow.get(row);
      const line = lines && lineOfUnlisted(lines[0].line, intents.get(row));
      if (line !== undefined) lines?.push({ pass: plan.pass, line });
    }
  }
  return byRow;
}

/** The shard's rows in order. Throws ConservationError. */
export async function readMergedShard(passes: BatchPasses, shard: number): Promise<MergedRow[]> {
  return [...(await readShardLines(passes, shard)).values()].map((lines) =>
    mergeRow(lines, passes.resolutions),
  );
}
