/*
 * Late results: a process that was stopped wakes up after its shard was consolidated, and writes the result of its intent. The row stood
 * as `unknown` until then; from then on it is what the gateway said. The intent stays where it is, so that nothing that looks
 * at the row can miss it.
 */
import type { Intent, ShardRef, Storage } from '../storage/storage.ts';
import { lateLine, type OutcomeLine } from './outcome-line.ts';

/** True where the row's intent was open when its shard was consolidated; its end may have come since. */
export function wasOpenAtConsolidation(line: OutcomeLine | undefined): boolean {
  return line?.isLate === true || line?.errorCode === 'unknown_process_stopped';
}

/** The line with what the row's last intent says by now. */
export function lineWithLateResult(line: OutcomeLine, last: Intent | undefined): OutcomeLine {
  if (!wasOpenAtConsolidation(line) || last?.result === undefined) return line;
  switch (last.result.kind) {
    case 'final':
      return lateLine(line, last.result.answer);
    case 'not_processed':
      // By the protocol no send of the row was open before this one: nothing was ever processed.
      return lateLine(line, {
        outcome: 'not_sent',
        errorCode: 'not_sent_process_stopped',
        merchantTxnRef: last.head.merchantTxnRef,
      });
  }
}

/** A consolidated shard's lines with the late results that have come since. Needs no staging. */
export async function withLateResults(
  storage: Storage,
  ref: ShardRef,
  lines: readonly OutcomeLine[],
): Promise<OutcomeLine[]> {
  if (!lines.some(wasOpenAtConsolidation)) return [...lines];
  const last = new Map((await storage.intents.list(ref)).map((intent) => [intent.head.row, intent]));
  return lines.map((line) => lineWithLateResult(line, last.get(line.row)));
}
