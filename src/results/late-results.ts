/*
 * Late results: a stopped process resumes after its shard was consolidated, and writes the result
 * of its intent. The row was `unknown` until then; now it has the gateway's answer. The intent
 * stays in place, so that every reader of the row sees it.
 */
import type { Intent, ShardRef, Storage } from '../storage/storage.ts';
import { lateLine, type OutcomeLine } from './outcome-line.ts';

/**
 * True if the row's intent was open when its shard was consolidated. Its result may have arrived
 * since.
 */
export function wasOpenAtConsolidation(line: OutcomeLine | undefined): boolean {
  return line?.isLate === true || line?.errorCode === 'unknown_process_stopped';
}

/** The line, updated with the result of the row's last intent. */
export function lineWithLateResult(line: OutcomeLine, last: Intent | undefined): OutcomeLine {
  if (!wasOpenAtConsolidation(line) || last?.result === undefined) return line;
  switch (last.result.kind) {
    case 'final':
      return lateLine(line, last.result.answer);
    case 'not_processed':
      // The protocol allows no other open send of the row before this one, so nothing was ever
      // processed.
      return lateLine(line, {
        outcome: 'not_sent',
        errorCode: 'not_sent_process_stopped',
        merchantTxnRef: last.head.merchantTxnRef,
      });
  }
}

/** A consolidated shard's lines, updated with late results. Needs no staging. */
export async function withLateResults(
  storage: Storage,
  ref: ShardRef,
  lines: readonly OutcomeLine[],
): Promise<OutcomeLine[]> {
  if (!lines.some(wasOpenAtConsolidation)) return [...lines];
  const last = new Map((await storage.intents.list(ref)).map((intent) => [intent.head.row, intent]));
  return lines.map((line) => lineWithLateResult(line, last.get(line.row)));
}
