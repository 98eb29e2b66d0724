/*
 * Consolidation turns the results of a shard's intents into its one outcome file. It can be
 * repeated at any time, by several processes at once, with the same result or a better one:
 *
 * 1. List the intents, then read the present outcome file, and merge both (consolidate-row.ts).
 * 2. Write the merged lines as the next generation, by compare-and-swap. If another process wrote
 *    one meanwhile, start again. So every later merge includes each result that was durable once.
 * 3. Read the file back, and record what the shard was closed with.
 * 4. Only then remove the intents whose results the file contains.
 *
 * An intent that is open at consolidation is kept permanently, even after its result arrives: a
 * later pass checks it before sending the row again (docs/decisions/0012-what-a-pass-may-send.md).
 */
import { isDeepStrictEqual } from 'node:util';
import type { UnwrittenResult } from '../contract/activities.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { merchantTxnRefOf } from '../domain/txn-ref.ts';
import { tagOf } from '../storage/batch-tag.ts';
import { recordClosed } from '../storage/shard-witness.ts';
import { type Intent, type ShardRef, type Storage, StorageForgotError } from '../storage/storage.ts';
import { consolidateRow, sendsOf } from './consolidate-row.ts';
import { isAnswered, wasOpenAtConsolidation } from './late-results.ts';
import { type OutcomeFile, readOutcomeFile, swapOutcomeLines } from './outcome-file.ts';
import { type OutcomeLine, unansweredLine } from './outcome-line.ts';

/** A row has no outcome when its shard is closed, although the batch was not cancelled. */
export class UnsentRowsError extends Error {
  override readonly name = 'UnsentRowsError';
}

export interface ConsolidateShardInput {
  readonly storage: Storage;
  readonly ref: ShardRef;
  /** The shard's staged rows, in order. */
  readonly rows: readonly StagedRow[];
  readonly unwritten?: readonly UnwrittenResult[];
  /** Rows that were answered and of which the storage has lost every trace. */
  readonly forgotten?: readonly number[];
  /** Rows that were never sent become `not_sent`. Otherwise there must be none. */
  readonly isCancelled: boolean;
  /**
   * True if a row of a later pass gets no line because its earlier outcome stays in force. Called
   * only for rows without an outcome.
   */
  readonly leaveOut?: (row: number) => boolean;
  /** Rows that had an intent or an outcome just now, and must get a line from it. */
  readonly traced?: ReadonlySet<number>;
  /** Called with what is merged. Throws if it cannot be trusted. */
  readonly check?: (intents: readonly Intent[], present: readonly OutcomeLine[] | undefined) => void;
}

/** An answered row has lost its trace since the check of the answered rows. */
export function traceLost(row: number): StorageForgotError {
  return new StorageForgotError(`The storage has lost the trace of row ${row}, which was answered`);
}

/**
 * Consolidates a sealed shard. Removes the intents of the rows that have an outcome; a row with an
 * open intent keeps all its intents. Returns the shard's outcome lines. Throws UnsentRowsError,
 * StoredFileError and StorageForgotError.
 */
export async function consolidateShard(input: ConsolidateShardInput): Promise<OutcomeLine[]> {
  const { storage, ref } = input;
  for (;;) {
    const listed = await storage.intents.list(ref);
    const intents = groupByRow(listed);
    const present = await readOutcomeFile(storage, ref);
    input.check?.(listed, present?.lines);
    const lines = mergeLines(input, intents, present);
    const isUnchanged = present !== undefined && isDeepStrictEqual(present.lines, lines);
    if (!isUnchanged && !(await swapOutcomeLines(storage, ref, present?.generation ?? 0, lines))) continue;

    const written = await readOutcomeFile(storage, ref);
    if (written === undefined) {
      throw new StorageForgotError(`The outcome file of shard ${ref.shard} vanished after it was written`);
    }
    await recordClosed(storage, ref, { generation: written.generation, sha256: written.sha256 });
    await storage.intents.remove(ref, removable(intents, written));
    return written.lines;
  }
}

function mergeLines(
  {
    storage,
    ref,
    rows,
    unwritten = [],
    forgotten = [],
    traced = new Set(),
    isCancelled,
    leaveOut = () => false,
  }: ConsolidateShardInput,
  intents: ReadonlyMap<number, readonly Intent[]>,
  present: OutcomeFile | undefined,
): OutcomeLine[] {
  const earlier = new Map(present?.lines.map((line) => [line.row, line]));
  const handedOver = new Map(unwritten.map((end) => [end.row, end.answer]));
  const lost = new Set(forgotten);
  const lines = rows.flatMap((row): { row: StagedRow; line: OutcomeLine | undefined }[] => {
    const line = consolidateRow(
      row,
      intents.get(row.row) ?? [],
      handedOver.get(row.row),
      earlier.get(row.row),
    );
    if (line === undefined && traced.has(row.row)) throw traceLost(row.row);
    if (line === undefined && lost.has(row.row)) {
      return [{ row, line: lostLine(storage, ref, row, sendsOf(intents.get(row.row) ?? []).sends) }];
    }
    return line === undefined && leaveOut(row.row) ? [] : [{ row, line }];
  });
  const unsent = lines.filter(({ row, line }) => line === undefined && !intents.has(row.row)).length;
  if (unsent > 0 && !isCancelled) {
    throw new UnsentRowsError(`${unsent} rows of shard ${ref.shard} have no outcome`);
  }
  return lines.map(
    ({ row, line }) =>
      line ??
      unansweredLine(row, sendsOf(intents.get(row.row) ?? []), {
        outcome: 'not_sent',
        // All owners reported that they sent nothing, the last one too late for another attempt.
        errorCode: isCancelled ? 'batch_cancelled' : 'not_sent_process_stopped',
      }),
  );
}

/**
 * The line of a row that may be charged. It names the first send without a trace. `known`: how many
 * sends before that have one. More may have followed, so a person must look up all of them.
 */
function lostLine({ id }: Storage, { batchId, pass }: ShardRef, row: StagedRow, known: number): OutcomeLine {
  const merchantTxnRef = merchantTxnRefOf(tagOf(id, batchId), pass, row.row, known + 1);
  return unansweredLine(
    row,
    { sends: known + 1 },
    {
      outcome: 'unknown',
      errorCode: 'unknown_storage_forgot',
      message: `look up every request whose merchant_txn_ref begins with ${merchantTxnRef.replace(/\d+$/, '')}`,
      merchantTxnRef,
    },
  );
}

/**
 * The intents whose results the file contains, of the rows that have no open intent. Intents before
 * an open one are kept too: a row's last intent is found by counting up from 1.
 */
function removable(
  intents: ReadonlyMap<number, readonly Intent[]>,
  { lines }: OutcomeFile,
): Intent['head'][] {
  const contained = new Map(lines.map((line) => [line.row, line]));
  return [...intents].flatMap(([row, ofRow]) => {
    const line = contained.get(row);
    const isContained = ofRow.every(
      ({ result }) =>
        result?.kind === 'not_processed' || (result?.kind === 'final' && isAnswered(line, result.answer)),
    );
    return isContained && !wasOpenAtConsolidation(line) ? ofRow.map(({ head }) => head) : [];
  });
}

function groupByRow(intents: readonly Intent[]): Map<number, Intent[]> {
  const groups = new Map<number, Intent[]>();
  for (const intent of intents) {
    const group = groups.get(intent.head.row);
    if (group === undefined) groups.set(intent.head.row, [intent]);
    else group.push(intent);
  }
  return groups;
}
