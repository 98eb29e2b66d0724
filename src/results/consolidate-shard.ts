/*
 * Consolidation turns the results of a shard's intents into its one outcome file. It can be
 * repeated at any time, with the same result or a better one: a late result, which its owner writes
 * after the consolidation, outranks the `unknown` recorded for it.
 *
 * The first of these that applies decides a row:
 *
 * 1. The row was rejected or skipped.
 * 2. The result of one of its intents has an outcome.
 * 3. A result was handed over because it could not be written into its intent.
 * 4. An earlier consolidation has an outcome.
 * 5. An intent is open: `unknown`.
 * 6. Otherwise the row was never sent.
 *
 * An intent that is open at consolidation is kept permanently, even after its result arrives: a
 * later pass checks it before sending the row again (docs/decisions/0012-what-a-pass-may-send.md).
 */

import type { UnwrittenResult } from '../contract/activities.ts';
import type { RowAnswer } from '../contract/row-answer.ts';
import { definedOf } from '../domain/defined.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import type { Intent, ShardRef, Storage } from '../storage/storage.ts';
import { lineWithLateResult, wasOpenAtConsolidation } from './late-results.ts';
import {
  answeredLine,
  type OutcomeLine,
  type RowSends,
  readOutcomeLines,
  unansweredLine,
  unsentLine,
  writeOutcomeLines,
} from './outcome-line.ts';

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
  /** The batch was cancelled: rows that were never sent become `not_sent`. */
  readonly isCancelled: boolean;
  /**
   * True if a row of a later pass gets no line because its earlier outcome stays in force. Called
   * only for rows without an outcome.
   */
  readonly leaveOut?: (row: number) => boolean;
}

/**
 * Consolidates a sealed shard. Removes the intents of the rows that have an outcome; a row with an
 * open intent keeps all its intents. Returns the shard's outcome lines. Throws UnsentRowsError.
 */
export async function consolidateShard({
  storage,
  ref,
  rows,
  unwritten = [],
  isCancelled,
  leaveOut = () => false,
}: ConsolidateShardInput): Promise<OutcomeLine[]> {
  const intents = groupByRow(await storage.intents.list(ref));
  const earlier = new Map((await readOutcomeLines(storage, ref))?.map((line) => [line.row, line]));
  const handedOver = new Map(unwritten.map((end) => [end.row, end.answer]));

  const lines = rows.flatMap((row): { row: StagedRow; line: OutcomeLine | undefined }[] => {
    const line = consolidateRow(
      row,
      intents.get(row.row) ?? [],
      handedOver.get(row.row),
      earlier.get(row.row),
    );
    return line === undefined && leaveOut(row.row) ? [] : [{ row, line }];
  });
  const unsent = lines.filter(({ row, line }) => line === undefined && !intents.has(row.row)).length;
  if (unsent > 0 && !isCancelled) {
    throw new UnsentRowsError(`${unsent} rows of shard ${ref.shard} have no outcome`);
  }
  const complete = lines.map(
    ({ row, line }) =>
      line ??
      unansweredLine(row, sendsOf(intents.get(row.row) ?? []), {
        outcome: 'not_sent',
        // All owners reported that they sent nothing, the last one too late for another attempt.
        errorCode: isCancelled ? 'batch_cancelled' : 'not_sent_process_stopped',
      }),
  );
  await writeOutcomeLines(storage, ref, complete);
  await storage.intents.remove(
    ref,
    // Intents before an open one are kept too: a row's last intent is found by counting up from 1.
    [...intents.values()]
      .filter((ofRow) => ofRow.every((intent) => intent.result !== undefined))
      .flat()
      .map((intent) => intent.head)
      .filter(({ row }) => !wasOpenAtConsolidation(earlier.get(row))),
  );
  return complete;
}

function consolidateRow(
  row: StagedRow,
  intents: readonly Intent[],
  handedOver: RowAnswer | undefined,
  earlier: OutcomeLine | undefined,
): OutcomeLine | undefined {
  const unsent = unsentLine(row);
  if (unsent !== undefined) return unsent;
  const sends = sendsOf(intents, earlier);
  if (earlier !== undefined && wasOpenAtConsolidation(earlier)) {
    const late = lineWithLateResult({ ...earlier, ...sends }, intents.at(-1));
    if (late.outcome !== 'unknown' || handedOver === undefined) return late;
  }
  for (const { result } of intents) {
    if (result?.kind === 'final') return answeredLine(row, sends, result.answer);
  }
  if (handedOver !== undefined) {
    return answeredLine(row, sends, handedOver);
  }
  if (earlier !== undefined) {
    return { ...earlier, ...sends };
  }
  const open = intents.find((intent) => intent.result === undefined);
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
  const sentAt = last === undefined ? earlier?.sentAt : timeOf(last);
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

function groupByRow(intents: readonly Intent[]): Map<number, Intent[]> {
  const groups = new Map<number, Intent[]>();
  for (const intent of intents) {
    const group = groups.get(intent.head.row);
    if (group === undefined) groups.set(intent.head.row, [intent]);
    else group.push(intent);
  }
  return groups;
}
