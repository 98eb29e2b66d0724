/*
 * Finds the open batch of a content that is launched again, by the content's digest. It continues
 * as it was started.
 */
import type { AppContext } from '../../app/app-context.ts';
import { definedOf } from '../../domain/defined.ts';
import { findBatchOfContent } from '../../storage/batch-index.ts';
import { type BatchRecord, readBatchRecord, unwrapDataKey } from '../../storage/batch-record.ts';
import { decryptNotifyUrl } from '../../storage/encrypted-notify-url.ts';
import { resultKey } from '../../storage/layout.ts';
import type { Storage } from '../../storage/storage.ts';
import { OperationRefused } from '../errors.ts';
import { type FileReading, refuseOtherReading } from '../file-reading.ts';
import { refuseOtherSettings } from './other-settings.ts';
import type { LaunchRequest } from './request.ts';
import { refuseOtherSkips, type SkipPlan } from './skip-tokenized.ts';

/**
 * The open batch of the same content. Throws OperationRefused if that batch has ended, since the
 * same file is not a new batch.
 */
export async function findOpenBatch(
  storage: Storage,
  merchantId: string,
  sha256: string,
): Promise<BatchRecord | undefined> {
  const batchId = await findBatchOfContent(storage, merchantId, sha256);
  // An index entry without a record comes from a launch that was interrupted early.
  const record = batchId === undefined ? undefined : await readBatchRecord(storage, batchId);
  if (record === undefined) return undefined;
  const key = resultKey(record.batchId, 'manifest.json');
  if ((await storage.files.read(key)) !== undefined) {
    throw new OperationRefused(
      'conflict',
      [
        `This file was already a batch of this merchant: ${record.batchId}, started ${record.createdAt}.`,
        `Its results: ${storage.files.locate(resultKey(record.batchId, 'results.csv'))}`,
        `The same file cannot become a new batch. To send again the rows that may be sent again: \`cardlift redrive ${record.batchId}\` (docs/operations.md, "Sending rows again")`,
      ].join('\n'),
    );
  }
  return record;
}

export interface GivenLaunch {
  readonly request: LaunchRequest;
  readonly reading: FileReading;
  readonly skip?: SkipPlan | undefined;
}

/** Refuses a launch that differs from how the open batch was started. Throws OperationRefused. */
export async function refuseOtherLaunch(
  context: AppContext,
  record: BatchRecord,
  { request, reading, skip }: GivenLaunch,
): Promise<void> {
  refuseOtherReading(record, reading);
  refuseOtherSkips(record, skip);
  const { tolerancePercent, changesTolerance, ...settings } = request;
  // Also compares the address of the notices, which only the operator's key decrypts.
  const notifyUrl =
    request.notifyUrl === undefined
      ? undefined
      : decryptNotifyUrl(record, unwrapDataKey(await context.operatorKey(), record));
  refuseOtherSettings(
    record,
    { ...settings, ...(changesTolerance === true ? {} : definedOf({ tolerancePercent })) },
    notifyUrl,
  );
}
