/*
 * Late ends: a process that was stopped wakes up after its shard was folded, and writes the end of its note. The row stood
 * as `unknown` until then; from then on it is what the gateway said. The note stays where it is, so that nothing that looks
 * at the row can miss it.
 */
import type { Note, ShardRef, Storage } from '../storage/storage.ts';
import { lateLine, type OutcomeLine } from './outcome-line.ts';

/** True where the row's note was open when its shard was folded; its end may have come since. */
export function isOpenAtFold(line: OutcomeLine | undefined): boolean {
  return line?.isLate === true || line?.errorCode === 'unknown_process_stopped';
}

/** The line with what the row's last note says by now. */
export function lineWithLateEnd(line: OutcomeLine, last: Note | undefined): OutcomeLine {
  if (!isOpenAtFold(line) || last?.end === undefined) return line;
  switch (last.end.kind) {
    case 'ended':
      return lateLine(line, last.end.answer);
    case 'not_processed':
      // By the protocol no send of the row was open before this one: nothing was ever processed.
      return lateLine(line, {
        outcome: 'not_sent',
        errorCode: 'not_sent_process_stopped',
        merchantTxnRef: last.head.merchantTxnRef,
      });
  }
}

/** A folded shard's lines with the late ends that have come since. Needs no staging. */
export async function withLateEnds(
  storage: Storage,
  ref: ShardRef,
  lines: readonly OutcomeLine[],
): Promise<OutcomeLine[]> {
  if (!lines.some(isOpenAtFold)) return [...lines];
  const last = new Map((await storage.notes.list(ref)).map((note) => [note.head.row, note]));
  return lines.map((line) => lineWithLateEnd(line, last.get(line.row)));
}
