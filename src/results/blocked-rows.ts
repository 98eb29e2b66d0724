/*
 * A row with an open intent is not sent again, whatever its outcome says: the intent's owner may
 * still write the gateway's answer. Only a person's resolution that the send was not charged
 * unblocks it.
 */
import type { ResolutionsByRef } from '../storage/resolutions.ts';
import type { Intent } from '../storage/storage.ts';
import type { BatchPasses } from './merged-shard.ts';

/** True if the row's last intent of a pass blocks another send. */
export function isBlocking(intent: Intent | undefined, resolutions: ResolutionsByRef): boolean {
  return (
    intent !== undefined &&
    intent.result === undefined &&
    resolutions.get(intent.head.merchantTxnRef)?.resolution !== 'not_charged'
  );
}

/** The rows of a shard that are blocked by an intent of an ended pass. */
export async function findBlockedRows(
  {
    storage,
    batchId,
    plans,
    resolutions,
  }: Pick<BatchPasses, 'storage' | 'batchId' | 'plans' | 'resolutions'>,
  shard: number,
): Promise<Set<number>> {
  const blocked = new Set<number>();
  for (let pass = 1; pass <= plans.length + 1; pass += 1) {
    const intents = await storage.intents.list({ batchId, pass, shard });
    const last = new Map(intents.map((intent) => [intent.head.row, intent]));
    for (const [row, intent] of last) if (isBlocking(intent, resolutions)) blocked.add(row);
  }
  return blocked;
}
