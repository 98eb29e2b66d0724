import { basename } from 'node:path';
import { batchIdOf } from '../../contract/ids.ts';
import { readBatchRecord } from '../../storage/batch-record.ts';
import type { Storage } from '../../storage/storage.ts';
import type { LaunchRequest } from './request.ts';

/**
 * An id that no batch has. A file whose batch was cancelled before anything was sent begins again, with a number behind its
 * name. A name that was asked for is not changed: the claim refuses one that is taken.
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
    // The name goes into histories and logs: no run of digits in it may look like a card number.
    .replace(/\d{9,}/g, 'n')
    .slice(0, 60);
  return `${stem === '' ? 'batch' : stem}-${sha256.slice(0, 8)}`;
}
