/*
 * What intents add to a consolidated line. An intent that is still there counts, open or not,
 * whatever the line says: a stopped process resumes after its shard was consolidated and writes the
 * result of its intent, or a process that did not see the seal has sent the row after all. The
 * intent stays in place, so that every reader of the row sees it.
 */
import type { RowAnswer } from '../contract/row-answer.ts';
import type { Intent, ShardRef, Storage } from '../storage/storage.ts';
import { describeOther } from './merge-row.ts';
import { lateLine, type OutcomeLine } from './outcome-line.ts';

/**
 * True if the row's intent was open when its shard was consolidated. Its result may have arrived
 * since.
 */
export function wasOpenAtConsolidation(line: OutcomeLine | undefined): boolean {
  return line?.isLate === true || line?.errorCode === 'unknown_process_stopped';
}

/**
 * The line, updated with what the row's last intent says. An answer that the line has stays: an
 * intent that was created after it, by a process that had stood still, does not take it back.
 */
export function lineWithLateResult(line: OutcomeLine, last: Intent | undefined): OutcomeLine {
  if (last === undefined) return line;
  if (last.result?.kind === 'final') return lineWithLateAnswer(line, last.result.answer);
  if (line.completedAt !== undefined) return line;
  switch (last.result?.kind) {
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
      if (line.merchantTxnRef === last.head.merchantTxnRef) return line;
      return lateLine(line, {
        outcome: 'unknown',
        errorCode: 'unknown_process_stopped',
        merchantTxnRef: last.head.merchantTxnRef,
      });
  }
}

/** A charge outranks any other answer. A second charge is reported beside the first. */
function lineWithLateAnswer(line: OutcomeLine, answer: RowAnswer): OutcomeLine {
  if (isAnswered(line, answer)) return line;
  if (line.isCharged !== true) return lateLine(line, answer);
  const remarks = [...(line.remark === undefined ? [] : [line.remark]), ...describeOther(answer)];
  const remark = [...new Set(remarks.flatMap((text) => text.split('. ')))].join('. ');
  return remark === '' ? line : { ...line, remark };
}

/**
 * The line of a row that its pass closed without one, from an intent that came later: a process
 * that did not see the seal has sent it after all. `before`: its line in an earlier pass.
 * Undefined: it was not sent.
 */
export function lineOfUnlisted(before: OutcomeLine, last: Intent | undefined): OutcomeLine | undefined {
  if (last === undefined || last.result?.kind === 'not_processed') return undefined;
  const { intent, merchantTxnRef, createdAtMs } = last.head;
  const { notProcessed: _, ...row } = before;
  const sent = { ...row, sends: intent, sentAt: new Date(createdAtMs).toISOString() };
  return lateLine(
    sent,
    last.result?.answer ?? { outcome: 'unknown', errorCode: 'unknown_process_stopped', merchantTxnRef },
  );
}

/** True if the line has this answer already. */
export function isAnswered(line: OutcomeLine | undefined, answer: RowAnswer): boolean {
  return line?.outcome === answer.outcome && line.merchantTxnRef === answer.merchantTxnRef;
}

/** The last intent of each row of a shard that has one. */
export async function lastIntents(storage: Storage, ref: ShardRef): Promise<Map<number, Intent>> {
  return new Map((await storage.intents.list(ref)).map((intent) => [intent.head.row, intent]));
}
