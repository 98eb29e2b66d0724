/*
 * Interim results of a running batch: results.partial.csv, the columns of results.csv after one
 * that gives the row's state. Like the results, it has every input row exactly once, in order.
 */
import { stringify } from 'csv-stringify/sync';
import type { OutcomeCounts } from '../contract/outcome.ts';
import { shardCountOf } from '../domain/shard-plan.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { countOutcome } from '../domain/tally.ts';
import { batchFolder, partialResultsKey } from '../storage/layout.ts';
import type { Storage } from '../storage/storage.ts';
import { ConservationError } from './merged-shard.ts';
import { type PartialRow, readPartialShard } from './partial-rows.ts';
import { cellsOf, headerOf, passedCellsOf, resultColumns } from './result-files.ts';
import { openStoredBatch } from './stored-rows.ts';

export const partialColumns = ['state', ...resultColumns] as const;

export interface PartialResultsInput {
  readonly storage: Storage;
  readonly batchId: string;
  readonly rows: number;
  /** Names of the columns that are passed through. */
  readonly passed?: readonly string[];
  readonly readStaged: (shard: number) => Promise<readonly StagedRow[]>;
  readonly onShard?: (rowsSoFar: number) => void;
}

export interface PartialCounts {
  readonly ended: number;
  readonly inFlight: number;
  readonly waiting: number;
  readonly outcomes: OutcomeCounts;
}

/**
 * Writes the file and returns the counts. Throws ConservationError if a row is missing, and
 * whatever `readStaged` throws.
 */
export async function writePartialResults(input: PartialResultsInput): Promise<PartialCounts> {
  const { storage, batchId, rows, passed = [] } = input;
  const counts = { ended: 0, inFlight: 0, waiting: 0, outcomes: {} as OutcomeCounts };
  const batch = await openStoredBatch(storage, batchId);
  let nextRow = 1;

  async function* parts(): AsyncGenerator<string> {
    yield headerOf([...partialColumns, ...passed]);
    for (let shard = 1; shard <= shardCountOf(rows); shard += 1) {
      const partial = await readPartialShard({ batch, shard, rows, readStaged: input.readStaged });
      for (const row of partial) {
        if (row.line.row !== nextRow) {
          throw new ConservationError(
            `Row ${nextRow} is missing: ${storage.files.locate(batchFolder(batchId))}`,
          );
        }
        nextRow += 1;
        count(row);
      }
      yield stringify(
        partial.map((row) => {
          const cells = partialCellsOf(row);
          return [
            row.state,
            ...resultColumns.map((column) => cells[column]),
            ...passedCellsOf(row.line, passed.length),
          ];
        }),
      );
      input.onShard?.(nextRow - 1);
    }
    if (counts.ended + counts.inFlight + counts.waiting !== rows) {
      throw new ConservationError(`The states do not add up to the file's ${rows} rows`);
    }
  }

  function count(row: PartialRow): void {
    switch (row.state) {
      case 'in_flight':
        counts.inFlight += 1;
        break;
      case 'waiting':
        counts.waiting += 1;
        break;
      case 'ended':
        counts.ended += 1;
        counts.outcomes = countOutcome(counts.outcomes, row.line.outcome);
    }
  }

  await storage.files.replace(partialResultsKey(batchId), parts());
  return counts;
}

function partialCellsOf(row: PartialRow): ReturnType<typeof cellsOf> {
  const cells = cellsOf(row.line);
  switch (row.state) {
    case 'ended':
      return cells;
    case 'in_flight':
      return { ...cells, next_step: 'Wait for the batch to finish: no answer is recorded yet' };
    case 'waiting':
      return { ...cells, next_step: 'Wait for the batch to finish: the row is not sent yet' };
  }
}
