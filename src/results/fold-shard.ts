/*
 * Folding: the ends of a shard's notes become its one outcome file. It may be done again at any time, with the same result
 * or a better one: a late end, written by its maker after the fold, outranks the `unknown` that stood for it.
 *
 * What decides a row, the first that there is: a rejected row is rejected; a note's end with an outcome; an end that was
 * handed over because its note could not be written; an earlier fold; an open note (`unknown`); and otherwise the row was
 * never sent.
 */
import type { UnwrittenEnd } from '../contract/activities.ts';
import type { RowAnswer } from '../contract/row-answer.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import type { Note, ShardRef, Storage } from '../storage/storage.ts';
import {
  answeredLine,
  type OutcomeLine,
  readOutcomeLines,
  unansweredLine,
  writeOutcomeLines,
} from './outcome-line.ts';

/** A row has no outcome although its shard is to be closed, and the batch was not cancelled. */
export class UnsentRowsError extends Error {
  override readonly name = 'UnsentRowsError';
}

export interface FoldInput {
  readonly storage: Storage;
  readonly ref: ShardRef;
  /** The shard's staged rows in order. */
  readonly rows: readonly StagedRow[];
  readonly unwritten?: readonly UnwrittenEnd[];
  /** Rows that were never sent become `not_sent`: the batch was cancelled. */
  readonly isCancelled: boolean;
}

/**
 * Folds a sealed shard and removes the notes of the rows that ended; a row with an open note keeps its notes. Gives the
 * shard's outcome lines. Throws UnsentRowsError.
 */
export async function foldShard({
  storage,
  ref,
  rows,
  unwritten = [],
  isCancelled,
}: FoldInput): Promise<OutcomeLine[]> {
  const notes = groupByRow(await storage.notes.list(ref));
  const earlier = new Map((await readOutcomeLines(storage, ref))?.map((line) => [line.row, line]));
  const handedOver = new Map(unwritten.map((end) => [end.row, end.answer]));

  const lines = rows.map((row) =>
    foldRow(row, notes.get(row.row) ?? [], handedOver.get(row.row), earlier.get(row.row)),
  );
  const unsent = lines.filter((line) => line === undefined).length;
  if (unsent > 0 && !isCancelled) {
    throw new UnsentRowsError(`${unsent} rows of shard ${ref.shard} have no outcome`);
  }
  const complete = rows.map(
    (row, index) =>
      lines[index] ??
      unansweredLine(row, sendsOf(notes.get(row.row) ?? []), {
        outcome: 'not_sent',
        errorCode: 'batch_cancelled',
      }),
  );
  await writeOutcomeLines(storage, ref, complete);
  await storage.notes.remove(
    ref,
    // Notes before an open one stay with it: a row's last note is found by counting up from the first.
    [...notes.values()]
      .filter((ofRow) => ofRow.every((note) => note.end !== undefined))
      .flat()
      .map((note) => note.head),
  );
  return complete;
}

function foldRow(
  row: StagedRow,
  notes: readonly Note[],
  handedOver: RowAnswer | undefined,
  earlier: OutcomeLine | undefined,
): OutcomeLine | undefined {
  const sends = Math.max(sendsOf(notes), earlier?.sends ?? 0);
  if (row.kind === 'rejected') {
    const [first, ...others] = row.errorCodes;
    return unansweredLine(row, 0, {
      outcome: 'rejected',
      ...(first === undefined ? {} : { errorCode: first }),
      ...(others.length === 0 ? {} : { message: `also: ${others.join(', ')}` }),
    });
  }
  for (const { end } of notes) {
    if (end?.kind === 'ended') return answeredLine(row, sends, end.answer);
  }
  if (handedOver !== undefined) {
    return answeredLine(row, sends, handedOver);
  }
  if (earlier !== undefined) {
    return { ...earlier, sends };
  }
  const open = notes.find((note) => note.end === undefined);
  return open === undefined
    ? undefined
    : unansweredLine(row, sends, {
        outcome: 'unknown',
        errorCode: 'unknown_process_stopped',
        merchantTxnRef: open.head.merchantTxnRef,
      });
}

function sendsOf(notes: readonly Note[]): number {
  return Math.max(notes.length, notes.at(-1)?.head.note ?? 0);
}

function groupByRow(notes: readonly Note[]): Map<number, Note[]> {
  const groups = new Map<number, Note[]>();
  for (const note of notes) {
    const group = groups.get(note.head.row);
    if (group === undefined) groups.set(note.head.row, [note]);
    else group.push(note);
  }
  return groups;
}
