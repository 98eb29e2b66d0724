/*
 * The first half of a launch: reads the file and finds everything that an operator decides on. It
 * changes nothing except the key file. `commitLaunch` is the second half.
 */

import type { AppContext } from '../../app/app-context.ts';
import { refuseMovedStorage } from '../../app/moved-storage.ts';
import { refuseNetworkStorage } from '../../app/network-storage.ts';
import { isLiveTarget } from '../../app/target.ts';
import { concurrencyOf } from '../../domain/concurrency.ts';
import { definedOf } from '../../domain/defined.ts';
import { createDigestTable } from '../../domain/digest-table.ts';
import type { RowErrorCode } from '../../domain/error-codes.ts';
import type { SendWindow } from '../../domain/send-window.ts';
import { digestFile } from '../../input/file-bytes.ts';
import { type FilePreview, type PreviewFileOptions, previewFile } from '../../input/file-preview.ts';
import { createRowSet } from '../../input/row-set.ts';
import type { EarlierFile } from '../../results/earlier-results.ts';
import { listCancelledBatches } from '../../storage/batch-index.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { deriveKey } from '../../storage/encryption.ts';
import { OperationRefused } from '../errors.ts';
import { type FileReading, readFileReading, refuseAmountDecimals } from '../file-reading.ts';
import { refuseCardNumberInPath } from '../plain-names.ts';
import { chooseBatchId } from './batch-name.ts';
import { chargedAgain, compareWithEarlierBatches, type EarlierBatches } from './earlier-batches.ts';
import { findOpenBatch, refuseOtherLaunch } from './open-batch.ts';
import type { LaunchEvents, LaunchRequest } from './request.ts';
import { openSkipPlan, type SkipPlan } from './skip-tokenized.ts';

/**
 * A gateway with an unknown limit gets ten requests a second: slow enough for common velocity
 * rules, and fast enough for 36,000 rows an hour. The simulator on this machine has no such rules.
 */
const carefulRatePerS = 10;

/** What a launch would do. */
export type LaunchPlan = OpenBatchPlan | NewBatchPlan;

/** The file is an open batch. The commit continues it. */
export interface OpenBatchPlan {
  readonly kind: 'open_batch';
  readonly record: BatchRecord;
}

/** The file is a new batch: what an operator sees before they agree, and what the commit needs. */
export interface NewBatchPlan {
  readonly kind: 'new_batch';
  readonly batchId: string;
  /** ISO 8601. */
  readonly preparedAt: string;
  readonly preview: FilePreview;
  readonly isLive: boolean;
  readonly baseUrl: string;
  /** Undefined: the batch has no limit of its own. */
  readonly ratePerS: number | undefined;
  readonly concurrency: number;
  readonly window?: SendWindow;
  readonly canaryRows?: number;
  /** The earlier results that decide which rows are skipped. */
  readonly skippedBy: readonly EarlierFile[];
  readonly earlier: EarlierBatches;
  /** How many references would or may be charged again. The commit requires consent. */
  readonly chargedAgainRefs: number;
  /** The earlier batch of this content, if it was cancelled unsent. */
  readonly cancelledBatchId?: string;
  readonly reading: FileReading;
  readonly skip?: SkipPlan;
  readonly request: LaunchRequest;
}

/** Prepares a launch. Throws OperationRefused, FileRefusedError and ConfigError. */
export async function prepareLaunch(
  context: AppContext,
  request: LaunchRequest,
  { onRead, onCompare }: LaunchEvents = {},
): Promise<LaunchPlan> {
  const { config } = context;
  const { path, merchantId } = request;
  refuseCardNumberInPath('FILE', path);
  await refuseNetworkStorage(context);
  await refuseMovedStorage(context);
  const isLive = isLiveTarget(config, request.isLive);
  if (isLive && !request.isLive) {
    throw new OperationRefused(
      'invalid',
      'The gateway is neither the sandbox nor on this machine, so every row would be a real payment. If you want that, add --live',
    );
  }
  const reading = await readFileReading(request, config.provider.limits);
  const skip = await openSkipPlan(request.skipTokenizedIn, { merchantId, isLive });
  const goOnWith = async (record: BatchRecord): Promise<OpenBatchPlan> => {
    await refuseOtherLaunch(context, record, { request, reading, skip });
    return { kind: 'open_batch', record };
  };
  const storage = await context.storage();
  const open = await findOpenBatch(storage, merchantId, await digestFile(path));
  if (open !== undefined) return await goOnWith(open);
  refuseAmountDecimals(request, reading);
  const operatorKey = await context.operatorKey();
  const preparedAt = new Date().toISOString();
  const tables = { refs: createDigestTable(), cards: createDigestTable(), unsent: createRowSet() };
  // Typed: a spread with a misspelled option compiles, and rows with a token would be resent.
  const skipping: Pick<PreviewFileOptions, 'applySkip'> = skip === undefined ? {} : { applySkip: skip.apply };
  const preview = await previewFile(path, {
    ...tables,
    today: preparedAt.slice(0, 10),
    isLive,
    limits: config.provider.limits,
    fingerprintKey: deriveKey(operatorKey.key, 'fingerprints'),
    ...definedOf({ defaultAmount: request.amount, defaultCurrency: request.currency }),
    ...reading,
    ...skipping,
    ...(onRead === undefined ? {} : { onProgress: onRead }),
  });
  refuseNoAmount(preview);
  // Looked up again, since the file may have changed.
  const present = await findOpenBatch(storage, merchantId, preview.sha256);
  if (present !== undefined) return await goOnWith(present);
  skip?.refuseUnresolved();

  const batchId = await chooseBatchId(storage, request, preview.sha256);
  const ratePerS = rateOf(request, context);
  const earlier = await compareWithEarlierBatches({
    ...tables,
    storage,
    merchantId,
    keyId: operatorKey.id,
    sha256: preview.sha256,
    ...(onCompare === undefined ? {} : { onBatch: onCompare }),
  });
  return {
    kind: 'new_batch',
    batchId,
    preparedAt,
    preview,
    isLive,
    baseUrl: config.baseUrl.url,
    ratePerS,
    concurrency: concurrencyOf(definedOf({ ratePerS, concurrency: request.concurrency })),
    skippedBy: skip?.files ?? [],
    earlier,
    chargedAgainRefs: chargedAgain(earlier),
    reading,
    request,
    ...definedOf({
      window: request.window,
      canaryRows: request.canaryRows,
      cancelledBatchId: (await listCancelledBatches(storage, merchantId, preview.sha256)).at(-1),
      skip,
    }),
  };
}

/**
 * A file without any amount is one error, not one for each row. A file without the column was
 * refused earlier.
 */
function refuseNoAmount({ rows, byErrorCode }: FilePreview): void {
  const countOfCode = (code: RowErrorCode): number => byErrorCode[code]?.count ?? 0;
  const unread = countOfCode('row_empty') + countOfCode('row_column_count');
  for (const column of ['amount', 'currency'] as const) {
    const missing = countOfCode(`${column}_missing`);
    if (missing === 0 || missing + unread < rows) continue;
    throw new OperationRefused(
      'invalid',
      `No row of the file has ${column === 'amount' ? 'an amount' : 'a currency'}: the column ${column} is empty in all of them. Set one for all rows with --${column}, or fill in the column. Nothing was started`,
    );
  }
}

function rateOf({ ratePerS }: LaunchRequest, { config }: AppContext): number | undefined {
  if (ratePerS === undefined) return config.baseUrl.kind === 'loopback' ? undefined : carefulRatePerS;
  return ratePerS === 'none' ? undefined : ratePerS;
}
