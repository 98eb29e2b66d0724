/*
 * Folding: the ends of a shard's notes become its one outcome file. It may be done again at any time, with the same result
 * or a better one: a late end, written by its maker after the fold, outranks the `unknown` that stood for it.
 *
 * What decides a row, the first that there is: a row that was rejected or skipped is that; a note's end with an outcome; an end that was
 * handed over because its note could not be written; an earlier fold; an open note (`unknown`); and otherwise the row was
 * never sent.
 *
 * A note that was open when its shard was folded stays for good, even when its end has come: a later pass looks there
 * before it sends the row again (docs/decisions/0012-what-a-pass-may-send.md).
 */
import type { UnwrittenEnd } from '../contract/activities.ts';
import type { RowAnswer } from '../contract/row-answer.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import type { Note, ShardRef, Storage } from '../storage/storage.ts';
import { isOpenAtFold, lineWithLateEnd } from './late-ends.ts';
import {
  answeredLine,
  type OutcomeLine,
  type RowSends,
  readOutcomeLines,
  unansweredLine,
  unsentLine,
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
  /** True for a row of a later pass that gets no line, since its earlier outcome stands. Asked of rows without an outcome only. */
  readonly leaveOut?: (row: number) => boolean;
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
  leaveOut = () => false,
}: FoldInput): Promise<OutcomeLine[]> {
  const notes = groupByRow(await storage.notes.list(ref));
  const earlier = new Map((await readOutcomeLines(storage, ref))?.map((line) => [line.row, line]));
  const handedOver = new Map(unwritten.map((end) => [end.row, end.answer]));

  const lines = rows.flatMap((row): { row: StagedRow; line: OutcomeLine | undefined }[] => {
    const line = foldRow(row, notes.get(row.row) ?? [], handedOver.get(row.row), earlier.get(row.row));
    return line === undefined && leaveOut(row.row) ? [] : [{ row, line }];
  });
  const unsent = lines.filter(({ row, line }) => line === undefined && !notes.has(row.row)).length;
  if (unsent > 0 && !isCancelled) {
    throw new UnsentRowsError(`${unsent} rows of shard ${ref.shard} have no outcome`);
  }
  const complete = lines.map(
    ({ row, line }) =>
      line ??
      unansweredLine(row, sendsOf(notes.get(row.row) ?? []), {
        outcome: 'not_sent',
        // Its makers said that they sent nothing, the last of them too late for another one.
        errorCode: isCancelled ? 'batch_cancelled' : 'not_sent_process_stopped',
      }),
  );
  await writeOutcomeLines(storage, ref, complete);
  await storage.notes.remove(
    ref,
    // Notes before an open one stay with it: a row's last note is found by counting up from the first.
    [...notes.values()]
      .filter((ofRow) => ofRow.every((note) => note.end !== undefined))
      .flat()
      .map((note) => note.head)
      .filter(({ row }) => !isOpenAtFold(earlier.get(row))),
  );
  return complete;
}

function foldRow(
  row: StagedRow,
  notes: readonly Note[],
  handedOver: RowAnswer | undefined,
  earlier: OutcomeLine | undefined,
): OutcomeLine | undefined {
  const unsent = unsentLine(row);
  if (unsent !== undefined) return unsent;
  const sends = sendsOf(notes, earlier);
  if (earlier !== undefined && isOpenAtFold(earlier)) {
    const late = lineWithLateEnd({ ...earlier, ...sends }, notes.at(-1));
    if (late.outcome !== 'unknown' || handedOver === undefined) return late;
  }
  for (const { end } of notes) {
    if (end?.kind === 'ended') return answeredLine(row, sends, end.answer);
  }
  if (handedOver !== undefined) {
    return answeredLine(row, sends, handedOver);
  }
  if (earlier !== undefined) {
    return { ...earlier, ...sends };
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

/** A row that waits out a long outage is sent every half minute: enough is kept to tell its story. */
const firstKept = 3;
const lastKept = 17;

/** How often a row was sent in a pass, by its notes and by an earlier fold. */
export function sendsOf(notes: readonly Note[], earlier?: OutcomeLine): RowSends {
  const last = notes.at(-1);
  const sentAt = last === undefined ? earlier?.sentAt : timeOf(last);
  const notProcessed = new Map(earlier?.notProcessed?.map((send) => [send.note, send]));
  for (const note of notes) {
    if (note.end?.kind !== 'not_processed') continue;
    notProcessed.set(note.head.note, { note: note.head.note, at: timeOf(note), cause: note.end.cause });
  }
  const all = [...notProcessed.values()];
  const kept =
    all.length <= firstKept + lastKept ? all : [...all.slice(0, firstKept), ...all.slice(-lastKept)];
  return {
    sends: Math.max(notes.length, last?.head.note ?? 0, earlier?.sends ?? 0),
    ...(sentAt === undefined ? {} : { sentAt }),
    ...(kept.length === 0 ? {} : { notProcessed: kept }),
  };
}

const timeOf = (note: Note): string => new Date(note.head.madeAtMs).toISOString();

function groupByRow(notes: readonly Note[]): Map<number, Note[]> {
  const groups = new Map<number, Note[]>();
  for (const note of notes) {
    const group = groups.get(note.head.row);
    if (group === undefined) groups.set(note.head.row, [note]);
    else group.push(note);
  }
  return groups;
}
