import type { BatchRecord } from '../../storage/batch-record.ts';
import { isCancelledUnsent, mayHaveSent } from '../../storage/send-decision.ts';
import type { Storage } from '../../storage/storage.ts';
import { describeCancelledUnsent } from '../controls/cancel-unsent.ts';

/** Why a batch has no results, and which command shows more. */
export async function describeNoResults(
  storage: Storage,
  record: Pick<BatchRecord, 'batchId'>,
): Promise<string> {
  const { batchId } = record;
  if (await isCancelledUnsent(storage, batchId)) return describeCancelledUnsent(record);
  return [
    'The batch has no results yet, because it has not ended. To see its state and what is known so far:',
    `  cardlift status ${batchId}`,
    ...((await mayHaveSent(storage, batchId)) ? [`  cardlift results ${batchId} --partial`] : []),
  ].join('\n');
}
