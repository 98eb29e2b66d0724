import type { AppContext } from '../../app/app-context.ts';
import { digestFile } from '../../input/file-bytes.ts';
import { listCancelledBatches } from '../../storage/batch-index.ts';
import { type BatchRecord, readBatchRecord } from '../../storage/batch-record.ts';
import { OperationRefused } from '../errors.ts';
import { findOpenBatch } from '../launch/open-batch.ts';

/** The file's open batch, or the last one that was cancelled unsent. Throws OperationRefused. */
export async function findFileBatch(
  context: AppContext,
  merchantId: string,
  path: string,
): Promise<BatchRecord> {
  const storage = await context.storage();
  const sha256 = await digestFile(path);
  const open = await findOpenBatch(storage, merchantId, sha256);
  const cancelled = (await listCancelledBatches(storage, merchantId, sha256)).at(-1);
  const record = open ?? (cancelled === undefined ? undefined : await readBatchRecord(storage, cancelled));
  if (record !== undefined) return record;
  throw new OperationRefused(
    'not_found',
    `Nothing to cancel: this storage has no batch of this file for the merchant ${merchantId}`,
  );
}
