/*
 * What intents add to a consolidated line. An intent that is still there counts, open or not,
 * whatever the line says: a stopped process resumes after its shard was consolidated and writes the
 * result of its intent, or a process that did not see the seal has sent the row after all. The
 * intent stays in place, so that every reader of the row sees it.
 */
import type { RowAnswer } from '../contract/row-answer.ts';
import type { Intent, ShardRef, Storage } from '../storage/storage.ts';
import { lateLine, type OutcomeLine } from './outcome-line.ts';

/**
 * True if the row's intent was open when its shard was consolidated. Its result may have arrived
 * since.
 */
export function wasOpenAtConsolidation(line: OutcomeLine | undefined): boolean {
  return line?.isLate === true || line?.errorCode === 'unknown_process_stopped';
}

/** The line, updated with what the row's last intent says. */
export function lineWithLateResult(line: OutcomeLine, last: Intent | undefined): OutcomeLine {
  if (last === undefined) return line;
  switch (last.result?.kind) {
    case 'final':
      return isAnswered(line, last.result.answer) ? line : lateLine(line, last.result.answer);
    case 'not_processed':
      if (!wasOpenAtConsolidation(line)) return line;
      // The protocol allows no other open send of the row before this one, so nothing was ever
      // processed.
      return lateLine(line, {
        outcome: 'not_sent',
        errorCode: 'not_sent_process_stopped',
        merchantTxnRef: last.head.merchantTxnRef,
      });
    case undefined:
      // The line has an answer of its own, which was handed over: it could not be written.
      if (line.merchantTxnRef === last.head.merchantTxnRef) return line;
      return lateLine(line, {
        outcome: 'unknown',
        errorCode: 'unknown_process_stopped',
        merchantTxnRef: last.head.merchantTxnRef,
      });
  }
}

/** True if the line has this answer already. */
export function isAnswered(line: OutcomeLine | undefined, answer: RowAnswer): boolean {
  return line?.outcome === answer.outcome && line.merchantTxnRef === answer.merchantTxnRef;
}

/** A consolidated shard's lines, updated with late results. Needs no staging. */
export async function withLateResults(
  storage: Storage,
  ref: ShardRef,
  lines: readonly OutcomeLine[],
): Promise<OutcomeLine[]> {
  const last = new Map((await storage.intents.list(ref)).map((intent) => [intent.head.row, intent]));
  return last.size === 0 ? [...lines] : lines.map((line) => lineWithLateResult(line, last.get(line.row)));
}
