/* The open batch of a content that is launched again: found by the content's digest, and gone on with as it was started. */
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

/** The open batch of the same content. Throws OperationRefused if that batch has ended: the same file is not a new batch. */
export async function findOpenBatch(
  storage: Storage,
  merchantId: string,
  sha256: string,
): Promise<BatchRecord | undefined> {
  const batchId = await findBatchOfContent(storage, merchantId, sha256);
  // An index entry without a record was left by a start that was cut off before anything began.
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

/** Refuses a launch that asks for something else than the open batch was started with. Throws OperationRefused. */
export async function refuseOtherLaunch(
  context: AppContext,
  record: BatchRecord,
  { request, reading, skip }: GivenLaunch,
): Promise<void> {
  refuseOtherReading(record, reading);
  refuseOtherSkips(record, skip);
  const { tolerancePercent, changesTolerance, ...settings } = request;
  // The address of the notices is compared too, which only the operator's key opens.
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
