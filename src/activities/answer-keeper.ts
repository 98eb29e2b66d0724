/* Keeps the bytes of answers that a person may have to read. Never a reason for a row to fail: its result is durable before. */
import type { RowAnswer } from '../contract/row-answer.ts';
import type { Exchange } from '../gateway/exchange.ts';
import { countKeptAnswers, keepAnswer, mostKeptAnswers } from '../storage/kept-answers.ts';
import type { Storage } from '../storage/storage.ts';

export interface KeepAnswerInput {
  readonly batchId: string;
  readonly dataKey: Uint8Array;
  readonly exchange: Exchange;
  readonly answer: RowAnswer;
}

export type AnswerKeeper = (input: KeepAnswerInput) => Promise<void>;

/** One keeper for all batches of a process. It counts, so that a batch keeps no more than its share. */
export function createAnswerKeeper(storage: Storage): AnswerKeeper {
  const counts = new Map<string, Promise<number>>();
  return async ({ batchId, dataKey, exchange, answer }) => {
    const raw = 'raw' in exchange ? exchange.raw : undefined;
    if (raw === undefined || !isForAPerson(answer)) return;
    try {
      const count = counts.get(batchId) ?? countKeptAnswers(storage, batchId);
      const next = count.then((kept) => kept + 1);
      // The next answer awaits it and learns of a failure. If there is none, a failure must not end the process.
      next.catch(() => undefined);
      counts.set(batchId, next);
      if ((await count) >= mostKeptAnswers) return;
      await keepAnswer(storage, dataKey, batchId, answer.merchantTxnRef, raw);
    } catch {
      // Without the bytes the row's result says what it said. The answers are counted again for the next one.
      counts.delete(batchId);
    }
  };
}

/** A row that a person settles: the answer may say more than was read of it. */
const isForAPerson = ({ outcome }: RowAnswer): boolean =>
  outcome === 'unknown' || outcome === 'charged_without_token';
