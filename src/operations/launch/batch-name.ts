import { basename } from 'node:path';
import { batchIdOf } from '../../contract/ids.ts';
import { readBatchRecord } from '../../storage/batch-record.ts';
import type { Storage } from '../../storage/storage.ts';
import type { LaunchRequest } from './request.ts';

/**
 * A batch id that is not in use. A file whose batch was cancelled unsent starts again, with a
 * number after its name. A name that the operator chose is never changed: the claim refuses it if
 * it is in use.
 */
export async function chooseBatchId(
  storage: Storage,
  { merchantId, batchName, path }: Pick<LaunchRequest, 'merchantId' | 'batchName' | 'path'>,
  sha256: string,
): Promise<string> {
  if (batchName !== undefined) return batchIdOf(merchantId, batchName);
  const name = nameOf(path, sha256);
  for (let number = 1; ; number += 1) {
    const batchId = batchIdOf(merchantId, number === 1 ? name : `${name}-${number}`);
    if ((await readBatchRecord(storage, batchId)) === undefined) return batchId;
  }
}

function nameOf(path: string, sha256: string): string {
  const stem = basename(path)
    .replace(/(\.csv|\.txt)?(\.gz)?$/i, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    // The name goes into histories and logs, so no run of digits in it may look like a card number.
    .replace(/\d{9,}/g, 'n')
    .slice(0, 60);
  return `${stem === '' ? 'batch' : stem}-${sha256.slice(0, 8)}`;
}
