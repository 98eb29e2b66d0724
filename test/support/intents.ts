import type { RowAnswer } from '../../src/contract/row-answer.ts';
import type { IntentHead, IntentStore, OwnIntent, ShardRef } from '../../src/storage/storage.ts';

export const shardRef: ShardRef = { batchId: 'cardlift/merchant/batch', pass: 1, shard: 1 };

/** An intent's head as an owner writes it. */
export function createIntentHead(row: number, intent = 1, owner = 'host 1'): IntentHead {
  return {
    row,
    intent,
    merchantTxnRef: `abcdefghijkl-p1-r${row}-n${intent}`,
    owner,
    nonce: `${row}.${intent} of ${owner}`,
    createdAtMs: 1_700_000_000_000,
    deadlineMs: 1_700_000_072_000,
  };
}

/** Creates an intent in a shard that is prepared for it. */
export async function createIntent(
  intents: IntentStore,
  ref: ShardRef,
  head: IntentHead,
): Promise<OwnIntent | undefined> {
  await intents.prepare(ref);
  return await intents.create(ref, head);
}

/** An answer with the longest token that the client accepts. */
export const longestAnswer: RowAnswer = {
  outcome: 'tokenized',
  storedPaymentMethodId: 'p'.repeat(1_024),
  transactionId: 't'.repeat(1_024),
  merchantTxnRef: 'abcdefghijkl-p1-r1-n1',
  gatewayCode: 'INFO0000',
  responseCode: 0,
  httpStatus: 201,
  scheme: 'visa',
  isLive: false,
  isCharged: true,
  remark: 'Zahlung geprüft, 支払い',
  message: '支'.repeat(200),
  completedAt: '2026-01-01T00:00:00.000Z',
};
