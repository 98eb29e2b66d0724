/* What follows from the names of a shard's intent files, `<row>.<number>`. */
import { readdirSync } from 'node:fs';
import { merchantTxnRefOf } from '../../domain/txn-ref.ts';
import { tagOf } from '../batch-tag.ts';
import type { Intent, IntentHead, ShardRef } from '../storage.ts';
import { errorCodeOf } from './durable.ts';

/**
 * A head that cannot be parsed was cut off before it was durable and has no deadline. Ten minutes
 * is longer than any send takes.
 */
const maxSendMs = 600_000;

/** The rows and numbers of the intents in a folder, in order; none if it does not exist. */
export function listIntentNames(folder: string): { row: number; intent: number }[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
  return names
    .flatMap((name) => {
      const match = /^(\d+)\.(\d+)$/.exec(name);
      return match === null ? [] : [{ row: Number(match[1]), intent: Number(match[2]) }];
    })
    .sort((a, b) => a.row - b.row || a.intent - b.intent);
}

/**
 * The head of an intent whose own head cannot be read. The reference of its send is known all the
 * same, so a person can look the send up and resolve it.
 */
export function derivedHead(
  storageId: string,
  { batchId, pass }: ShardRef,
  row: number,
  intent: number,
  createdAtMs: number,
): IntentHead {
  return {
    row,
    intent,
    merchantTxnRef: merchantTxnRefOf(tagOf(storageId, batchId), pass, row, intent),
    owner: '',
    nonce: '',
    createdAtMs,
    deadlineMs: createdAtMs + maxSendMs,
  };
}

/** Adds the intents that are missing below another one of their row. They were removed by hand. */
export function withGapsFilled(
  intents: readonly Intent[],
  headOf: (row: number, intent: number) => IntentHead,
): Intent[] {
  const complete: Intent[] = [];
  let expected = 1;
  let row = 0;
  for (const found of intents) {
    if (found.head.row !== row) expected = 1;
    row = found.head.row;
    for (; expected < found.head.intent; expected += 1) {
      complete.push({ head: headOf(row, expected), isAltered: true });
    }
    complete.push(found);
    expected += 1;
  }
  return complete;
}
