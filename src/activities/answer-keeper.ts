/*
 * Keeps the bytes of answers that a person may have to read. A failure here never fails a row,
 * whose result is durable already.
 */
import type { RowAnswer } from '../contract/row-answer.ts';
import type { Exchange } from '../gateway/exchange.ts';
import { countRawAnswers, maxRawAnswers, saveRawAnswer } from '../storage/raw-answers.ts';
import type { Storage } from '../storage/storage.ts';

export interface KeepAnswerInput {
  readonly batchId: string;
  readonly dataKey: Uint8Array;
  readonly exchange: Exchange;
  readonly answer: RowAnswer;
}

export type AnswerKeeper = (input: KeepAnswerInput) => Promise<void>;

/** One keeper for all batches of a process. It limits how many answers each batch keeps. */
export function createAnswerKeeper(storage: Storage): AnswerKeeper {
  const counts = new Map<string, Promise<number>>();
  return async ({ batchId, dataKey, exchange, answer }) => {
    const raw = 'raw' in exchange ? exchange.raw : undefined;
    if (raw === undefined || !isForAPerson(answer)) return;
    try {
      const count = counts.get(batchId) ?? countRawAnswers(storage, batchId);
      const next = count.then((kept) => kept + 1);
      // The next answer awaits it and sees a failure. If there is no next one, a failure must not
      // end the process.
      next.catch(() => undefined);
      counts.set(batchId, next);
      if ((await count) >= maxRawAnswers) return;
      await saveRawAnswer(storage, dataKey, batchId, answer.merchantTxnRef, raw);
    } catch {
      // The row's result is the same without the bytes. The next answer counts from the start.
      counts.delete(batchId);
    }
  };
}

/** A row that a person resolves. Its answer may contain more than Cardlift read. */
const isForAPerson = ({ outcome }: RowAnswer): boolean =>
  outcome === 'unknown' || outcome === 'charged_without_token';
