import { z } from 'zod';
import type { RowAnswer } from '../contract/row-answer.ts';
import { maskCardNumber } from '../domain/card.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { outcomesKey } from '../storage/layout.ts';
import { rowAnswerSchema } from '../storage/row-answer-schema.ts';
import type { ShardRef, Storage } from '../storage/storage.ts';

const outcomeLineSchema = rowAnswerSchema.extend({
  row: z.int(),
  merchantRef: z.string(),
  amount: z.string(),
  currency: z.string(),
  scheme: z.string(),
  /** Masked. */
  card: z.string(),
  /** Notes that were made for the row in this pass. */
  sends: z.int(),
  // A row that was never sent has neither.
  merchantTxnRef: z.string().exactOptional(),
  completedAt: z.string().exactOptional(),
});

/** One row's outcome as the shard's outcome file keeps it: everything a result needs, and no card number. */
export type OutcomeLine = z.infer<typeof outcomeLineSchema>;

/** What a row's line says whatever became of it. */
type RowPart = Pick<OutcomeLine, 'row' | 'merchantRef' | 'amount' | 'currency' | 'scheme' | 'card' | 'sends'>;

function rowPartOf(row: StagedRow, sends: number): RowPart {
  return {
    row: row.row,
    merchantRef: row.merchantRef,
    amount: row.amount,
    currency: row.currency,
    scheme: row.scheme,
    card: row.kind === 'sendable' ? maskCardNumber(row.cardNumber) : row.maskedCard,
    sends,
  };
}

/** The line of a row that ended with an answer. */
export function answeredLine(row: StagedRow, sends: number, answer: RowAnswer): OutcomeLine {
  return { ...rowPartOf(row, sends), ...answer, scheme: answer.scheme ?? row.scheme };
}

/** The line of a row that ended without one. */
export function unansweredLine(
  row: StagedRow,
  sends: number,
  end: Pick<OutcomeLine, 'outcome' | 'errorCode' | 'message' | 'merchantTxnRef'>,
): OutcomeLine {
  return { ...rowPartOf(row, sends), ...end };
}

/** Writes a shard's outcome file. */
export function writeOutcomeLines(
  storage: Storage,
  ref: ShardRef,
  lines: readonly OutcomeLine[],
): Promise<void> {
  return storage.files.replace(outcomesKey(ref), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** A shard's outcome lines in order, or undefined where it was not folded yet. */
export async function readOutcomeLines(storage: Storage, ref: ShardRef): Promise<OutcomeLine[] | undefined> {
  const content = await storage.files.read(outcomesKey(ref));
  return content
    ?.toString('utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => outcomeLineSchema.parse(JSON.parse(text)));
}
