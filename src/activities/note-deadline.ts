import { answerGraceMs } from '../gateway/http-gateway.ts';
import type { NoteHead } from '../storage/storage.ts';

/** A note older than this before its request goes out was made by a process that was stopped in between. */
export const staleNoteMs = 5_000;
/** Room for writing the end, and for clocks that differ between workers. */
const endSlackMs = 5_000;

/** When the maker of a note has written its end, or never will. */
export function noteDeadlineMs(madeAtMs: number, gatewayTimeoutMs: number): number {
  return madeAtMs + staleNoteMs + gatewayTimeoutMs + answerGraceMs + endSlackMs;
}

/**
 * Until when an open note is waited for. A head that was cut off tells no deadline, and the storage, which knows no batch,
 * gives such a note the longest there is; the batch's own time-out says it better.
 */
export function waitedForUntilMs(
  { deadlineMs, madeAtMs }: Pick<NoteHead, 'deadlineMs' | 'madeAtMs'>,
  gatewayTimeoutMs: number,
): number {
  return Math.min(deadlineMs, noteDeadlineMs(madeAtMs, gatewayTimeoutMs));
}
