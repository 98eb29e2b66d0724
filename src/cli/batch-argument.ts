import { listBatches } from '../storage/batch-index.ts';
import { type BatchRecord, readBatchRecord } from '../storage/batch-record.ts';
import { resultKey } from '../storage/layout.ts';
import type { Storage } from '../storage/storage.ts';
import { CliError } from './cli-error.ts';

/** The batch that an operator means: by its whole id, or by a beginning of its name or of `merchant/name` that fits no other. */
export async function findBatch(storage: Storage, text: string): Promise<BatchRecord> {
  const all = await listBatches(storage);
  const wanted = text.replace(/^cardlift\//, '');
  const exact = all.filter((batchId) => batchId === `cardlift/${wanted}` || batchId.endsWith(`/${wanted}`));
  const fitting = exact.length > 0 ? exact : all.filter((batchId) => isAbbreviation(batchId, wanted));
  const [only, ...others] = fitting;
  if (only === undefined) {
    throw new CliError(
      all.length === 0
        ? 'The storage has no batches yet: start one with `cardlift run FILE` or `cardlift start FILE`'
        : `The storage has no such batch. It has:\n${all.map((batchId) => `  ${batchId}`).join('\n')}`,
    );
  }
  if (others.length > 0) {
    throw new CliError(
      `Several batches fit; give more of the name:\n${fitting.map((batchId) => `  ${batchId}`).join('\n')}`,
    );
  }
  const record = await readBatchRecord(storage, only);
  if (record === undefined) {
    throw new CliError(`The batch has no record: its start was cut off. Start the file again: ${only}`);
  }
  return record;
}

function isAbbreviation(batchId: string, text: string): boolean {
  const [, merchantId, batchName] = batchId.split('/');
  return batchName?.startsWith(text) === true || `${merchantId}/${batchName}`.startsWith(text);
}

/** True where the batch has ended and its results are published. */
export async function isPublished(storage: Storage, batchId: string): Promise<boolean> {
  return (await storage.files.read(resultKey(batchId, 'manifest.json'))) !== undefined;
}
