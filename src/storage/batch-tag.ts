import { createHash } from 'node:crypto';
import { batchTagOf } from '../domain/txn-ref.ts';

/**
 * Letters that no other batch of any storage has. They start each `merchant_txn_ref` of the batch.
 */
export function tagOf(storageId: string, batchId: string): string {
  return batchTagOf(createHash('sha256').update(`${storageId} ${batchId}`).digest());
}
