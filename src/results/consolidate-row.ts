/*
 * A row's line in its shard's outcome file. Pure. The first of these that applies decides:
 *
 * 1. The row was rejected or skipped.
 * 2. The result of one of its intents has an outcome.
 * 3. A result was handed over because it could not be written into its intent.
 * 4. An earlier consolidation has an outcome.
 * 5. An intent is open: `unknown`.
 * 6. Otherwise the row was never sent.
 */
import type { RowAnswer } from '../contract/row-answer.ts';
import { definedOf } from '../domain/defined.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import type { Intent } from '../storage/storage.ts';
import { lineWithLateResult } from './late-results.ts';
import { answeredLine, type OutcomeLine, type RowSends, unansweredLine, unsentLine } from './outcome-line.ts';

/**
 * The line of a row; undefined if it was never sent. `handedOver`: a result that its owner could
 * not write. `earlier`: its line in the present outcome file.
 */
export function consolidateRow(
  row: StagedRow,
  intents: readonly Intent[],
  handedOver: RowAnswer | undefined,
  earlier: OutcomeLine | undefined,
): OutcomeLine | undefined {
  const unsent = unsentLine(row);
  if (unsent !== undefined) return unsent;
  const sends = sendsOf(intents, earlier);
  const final = intents.find(({ result }) => result?.kind === 'final');
  if (earlier !== undefined) {
    const line = lineWithLateResult({ ...earlier, ...sends }, final ?? intents.at(-1));
    return line.outcome === 'unknown' && handedOver !== undefined
      ? answeredLine(row, sends, handedOver)
      : line;
  }
  if (final?.result?.kind === 'final') return answeredLine(row, sends, final.result.answer);
  if (handedOver !== undefined) return answeredLine(row, sends, handedOver);
  const open = intents.find(({ result }) => result === undefined);
  return open === undefined
    ? undefined
    : unansweredLine(row, sends, {
        outcome: 'unknown',
        errorCode: 'unknown_process_stopped',
        merchantTxnRef: open.head.merchantTxnRef,
      });
}

/**
 * During a long outage a row is sent every half minute. Keep enough sends to explain what happened.
 */
const firstKept = 3;
const lastKept = 17;

/** How often a row was sent in a pass, from its intents and an earlier consolidation. */
export function sendsOf(intents: readonly Intent[], earlier?: OutcomeLine): RowSends {
  const last = intents.at(-1);
  // An interrupted removal leaves a row's first intents.
  const isRemoved = last === undefined || last.head.intent < (earlier?.sends ?? 0);
  const sentAt = isRemoved ? earlier?.sentAt : timeOf(last);
  const notProcessed = new Map(earlier?.notProcessed?.map((send) => [send.intent, send]));
  for (const intent of intents) {
    if (intent.result?.kind !== 'not_processed') continue;
    notProcessed.set(intent.head.intent, {
      intent: intent.head.intent,
      at: timeOf(intent),
      cause: intent.result.cause,
    });
  }
  const all = [...notProcessed.values()];
  const kept =
    all.length <= firstKept + lastKept ? all : [...all.slice(0, firstKept), ...all.slice(-lastKept)];
  return {
    sends: Math.max(intents.length, last?.head.intent ?? 0, earlier?.sends ?? 0),
    ...definedOf({ sentAt }),
    ...(kept.length === 0 ? {} : { notProcessed: kept }),
  };
}

const timeOf = (intent: Intent): string => new Date(intent.head.createdAtMs).toISOString();
