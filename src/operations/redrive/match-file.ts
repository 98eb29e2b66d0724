/*
 * A fixed file for a redrive: its rows replace the batch's rows with the same merchant_ref. Only
 * rows that may be sent again are used. Other rows are reported and change nothing.
 */
import { maskCardNumber } from '../../domain/card.ts';
import { mayBeSentAgain, type ResendChoice } from '../../domain/resend.ts';
import { shardCountOf } from '../../domain/shard-plan.ts';
import type { SendableRow, StagedRow } from '../../domain/staged-row.ts';
import { type ReadRowsOptions, readRows } from '../../input/csv-rows.ts';
import { findBlockedRows } from '../../results/blocked-rows.ts';
import { type BatchPasses, readMergedShard } from '../../results/merged-shard.ts';
import type { OutcomeLine } from '../../results/outcome-line.ts';
import { type ChosenRows, createChoiceTally } from './choose.ts';

/** The number of lines of the file, and the first five line numbers. */
export interface FileLines {
  readonly count: number;
  readonly firstLines: readonly number[];
}

/** What a fixed file would change. */
export interface FixedFile {
  readonly sha256: string;
  readonly chosen: ChosenRows;
  /** The rows to stage, with the batch's row numbers. */
  readonly rows: readonly SendableRow[];
  /** References that the batch does not have. */
  readonly unknownRefs: FileLines;
  /** Rows that still fail our checks. */
  readonly stillRejected: FileLines;
  /** Rows of the batch that may not be sent again. They stay unchanged. */
  readonly settledRows: FileLines;
  /** Those of them with a different card than the batch sent. */
  readonly changedCards: FileLines;
  /** Rows of the batch that may be sent again but are not in the file. */
  readonly notInFile: number;
}

interface Place {
  readonly line: OutcomeLine;
  /** An open intent prevents a new send, whatever the code says. */
  readonly isBarred: boolean;
  isTaken: boolean;
}

/** Reads the file and matches its rows. Throws FileRefusedError. */
export async function matchFixedFile(
  path: string,
  options: ReadRowsOptions,
  past: BatchPasses,
  choice: ResendChoice,
): Promise<FixedFile> {
  const places = await readPlaces(past, choice);
  const tally = createChoiceTally();
  const rows: SendableRow[] = [];
  const unknownRefs = createFileLines();
  const stillRejected = createFileLines();
  const settledRows = createFileLines();
  const changedCards = createFileLines();
  const reading = readRows(path, options);
  for await (const some of reading) {
    for (const row of some) {
      const context = row.merchantRef === '' ? undefined : places.get(row.merchantRef);
      if (context === undefined) {
        // A row without a readable reference is an error of its own, which the catalogue describes.
        (row.merchantRef === '' ? stillRejected : unknownRefs).add(row.line);
      } else if (!mayBeSentAgain(context.line, choice)) {
        settledRows.add(row.line);
        if (cardOf(row) !== context.line.card) changedCards.add(row.line);
      } else if (row.kind !== 'sendable') {
        stillRejected.add(row.line);
      } else if (!context.isBarred) {
        context.isTaken = true;
        rows.push({ ...row, row: context.line.row });
        tally.choose(context.line, row);
      }
    }
  }
  let notInFile = 0;
  let barredRows = 0;
  for (const { line, isTaken, isBarred } of places.values()) {
    if (isTaken) continue;
    tally.leave(line);
    if (isBarred) barredRows += 1;
    else if (mayBeSentAgain(line, { ...choice, hasFile: false })) notInFile += 1;
  }
  return {
    sha256: reading.sha256 ?? '',
    chosen: tally.result({ barredRows }),
    rows,
    unknownRefs: unknownRefs.get(),
    stillRejected: stillRejected.get(),
    settledRows: settledRows.get(),
    changedCards: changedCards.get(),
    notInFile,
  };
}

/**
 * The batch's rows by reference. Of two rows with the same reference the first counts. The other
 * was rejected for it.
 */
async function readPlaces(past: BatchPasses, choice: ResendChoice): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  for (let shard = 1; shard <= shardCountOf(past.rows); shard += 1) {
    const lines = (await readMergedShard(past, shard)).map(({ line }) => line);
    const isAllowed = (line: OutcomeLine): boolean => mayBeSentAgain(line, choice);
    const blocked = lines.some(isAllowed) ? await findBlockedRows(past, shard) : new Set<number>();
    for (const line of lines) {
      if (line.merchantRef !== '' && !places.has(line.merchantRef)) {
        places.set(line.merchantRef, {
          line,
          isBarred: blocked.has(line.row) && isAllowed(line),
          isTaken: false,
        });
      }
    }
  }
  return places;
}

function cardOf(row: StagedRow): string {
  return row.kind === 'sendable' ? maskCardNumber(row.cardNumber) : row.maskedCard;
}

function createFileLines(): { add(line: number): void; get(): FileLines } {
  let count = 0;
  const firstLines: number[] = [];
  return {
    add(line) {
      count += 1;
      if (firstLines.length < 5) firstLines.push(line);
    },
    get: () => ({ count, firstLines }),
  };
}

/** `line 4, 7 and 12 more`. */
export function describeLines({ count, firstLines }: FileLines): string {
  const more = count - firstLines.length;
  return `line ${firstLines.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}
