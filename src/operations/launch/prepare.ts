/*
 * From a file to a batch that may be started: preview, the checks that protect money, the operator's word, the record.
 */

import { basename, resolve } from 'node:path';
import { type AppContext, contextFingerprint, isLiveContext } from '../../app/app-context.ts';
import { CliError } from '../../cli/cli-error.ts';
import type { GoOnOptions } from '../../cli/go-on.ts';
import { readInputOptions, refuseOtherReading } from '../../cli/input-options.ts';
import type { LaunchOptions } from '../../cli/launch-options.ts';
import { countOf } from '../../cli/output/counted-text.ts';
import { describeMode, describePreview, type PreviewText } from '../../cli/output/preview-text.ts';
import { describeReading } from '../../cli/output/reading-text.ts';
import { refuseCardNumberInPath } from '../../cli/passed-names.ts';
import { batchIdOf } from '../../contract/ids.ts';
import { concurrencyOf } from '../../domain/concurrency.ts';
import { definedOf } from '../../domain/defined.ts';
import { createDigestTable } from '../../domain/digest-table.ts';
import type { RowErrorCode } from '../../domain/error-codes.ts';
import type { SendWindow } from '../../domain/send-window.ts';
import { digestFile } from '../../input/file-bytes.ts';
import { type FilePreview, previewFile } from '../../input/file-preview.ts';
import { createRowSet } from '../../input/row-set.ts';
import { listCancelledOf } from '../../storage/batch-index.ts';
import {
  type BatchRecord,
  readBatchRecord,
  unwrapDataKey,
  wrapNewDataKey,
} from '../../storage/batch-record.ts';
import { decryptNotifyUrl } from '../../storage/encrypted-notify-url.ts';
import { deriveKey } from '../../storage/encryption.ts';
import type { Storage } from '../../storage/storage.ts';
import { operatorName } from '../operator.ts';
import { auditStart, claimBatch, findOpenBatch, type LaunchedBatch, tagOf } from './claim.ts';
import { chargedAgain, compareWithEarlierBatches } from './earlier-batches.ts';
import { refuseOtherSettings } from './other-settings.ts';
import { openSkipPlan, refuseOtherSkips } from './skip-tokenized.ts';

/**
 * A gateway whose limit nobody has told us gets ten requests a second: slow enough for the velocity rules that any gateway
 * has, fast enough for 36,000 rows an hour. The simulator, on this machine, has no such rules.
 */
const carefulRatePerS = 10;

/** Makes the batch's record after the operator's word, or finds the open batch of the same content. Throws CliError and FileRefusedError. */
export async function launchBatch(
  context: AppContext,
  file: string,
  options: LaunchOptions & GoOnOptions,
): Promise<LaunchedBatch> {
  const { config, terminal } = context;
  const path = resolve(config.workingFolder, file);
  // The record keeps the whole path.
  refuseCardNumberInPath('FILE', path);
  const isLive = isLiveContext(config, options.live === true);
  if (isLive && options.live !== true) {
    throw new CliError(
      'The gateway is neither the sandbox nor on this machine, so every row would be a real payment. If you want that, add --live',
    );
  }
  const window = windowOf(options);
  const reading = await readInputOptions(context, options);
  const skip = await openSkipPlan(context, options.skipTokenizedIn, {
    merchantId: options.merchantId,
    isLive,
  });
  const open = await findOpenBatch(context, options.merchantId, await digestFile(path));
  const goOnWith = async (record: BatchRecord): Promise<LaunchedBatch> => {
    refuseOtherReading(record, reading);
    refuseOtherSkips(record, skip);
    await refuseOthers(context, record, options, window);
    await auditStart(await context.storage(), record);
    return { record, isNew: false };
  };
  if (open !== undefined) return await goOnWith(open);
  const storage = await context.storage();
  const operatorKey = await context.operatorKey();
  const now = new Date().toISOString();
  const tables = { refs: createDigestTable(), cards: createDigestTable(), unsent: createRowSet() };
  const preview = await previewFile(path, {
    ...tables,
    today: now.slice(0, 10),
    isLive,
    limits: config.provider.limits,
    fingerprintKey: deriveKey(operatorKey.key, 'fingerprints'),
    ...definedOf({ defaultAmount: options.amount, defaultCurrency: options.currency }),
    ...reading,
    ...(skip === undefined ? {} : { stageRow: skip.apply }),
    onProgress: ({ bytesRead, bytesTotal }) =>
      terminal.paint(`Reading the file: ${Math.floor((bytesRead * 100) / Math.max(1, bytesTotal))} %`),
  });
  refuseNoAmount(preview);
  // Looked for again: the file may have been written to since.
  const present = await findOpenBatch(context, options.merchantId, preview.sha256);
  if (present !== undefined) return await goOnWith(present);
  skip?.refuseUnresolved();

  const batchId = await newBatchIdOf(storage, options, path, preview.sha256);
  const ratePerS = rateOf(options, context);
  const requestedLimits = {
    ...definedOf({ ratePerS, concurrency: options.concurrency }),
  };
  const earlier = await compareWithEarlierBatches({
    ...tables,
    storage,
    merchantId: options.merchantId,
    keyId: operatorKey.id,
    onBatch: (earlierId) => terminal.paint(`Comparing with ${earlierId}`),
  });
  const cancelled = (await listCancelledOf(storage, options.merchantId, preview.sha256)).at(-1);
  if (cancelled !== undefined) {
    terminal.report(
      `This file was the batch ${cancelled}, which was cancelled before anything was sent. It is now a new batch.`,
    );
  }
  for (const line of describeReading(reading)) terminal.report(line);
  await confirm(context, options, {
    preview,
    skippedBy: skip?.files ?? [],
    earlier,
    batchId,
    isLive,
    ratePerS,
    concurrency: concurrencyOf(requestedLimits),
    baseUrl: config.baseUrl.url,
    ...definedOf({ window, canaryRows: options.canary }),
  });
  const record: BatchRecord = {
    version: 1,
    batchId,
    merchantId: options.merchantId,
    createdAt: now,
    createdBy: operatorName(),
    file: {
      path,
      name: basename(path),
      bytes: preview.bytes,
      sha256: preview.sha256,
      rows: preview.rows,
    },
    ...definedOf({ amount: options.amount, currency: options.currency }),
    ...requestedLimits,
    ...reading,
    isLive,
    ...definedOf({ window, canaryRows: options.canary, tolerancePercent: options.tolerate }),
    gatewayTimeoutMs: config.gatewayTimeoutMs,
    baseUrl: config.baseUrl.url,
    targetFingerprint: await contextFingerprint(context, isLive),
    tag: tagOf(storage, batchId),
    dataKey: wrapNewDataKey(operatorKey, batchId),
  };
  const claimed = await claimBatch(context, record, options.notify ?? config.notifyUrl, skip);
  return claimed.isNew ? claimed : await goOnWith(claimed.record);
}

/** The address of the notices is compared too, which only the operator's key opens. */
async function refuseOthers(
  context: AppContext,
  record: BatchRecord,
  { tolerate, window: _, ...reported }: LaunchOptions & GoOnOptions,
  window: SendWindow | undefined,
): Promise<void> {
  const notifyUrl =
    reported.notify === undefined
      ? undefined
      : decryptNotifyUrl(record, unwrapDataKey(await context.operatorKey(), record));
  // Together with one of these it is a change, and made.
  const isChange = reported.resume === true || reported.approve === true;
  refuseOtherSettings(
    record,
    {
      ...reported,
      ...(tolerate === undefined || isChange ? {} : { tolerate }),
      ...definedOf({ window }),
    },
    notifyUrl,
  );
}

/** A file without a single amount is one error, not one a row. A file without the column is refused before. */
function refuseNoAmount({ rows, byErrorCode }: FilePreview): void {
  const countOfCode = (code: RowErrorCode): number => byErrorCode[code]?.count ?? 0;
  const unread = countOfCode('row_empty') + countOfCode('row_column_count');
  for (const column of ['amount', 'currency'] as const) {
    const missing = countOfCode(`${column}_missing`);
    if (missing === 0 || missing + unread < rows) continue;
    throw new CliError(
      `No row of the file has ${column === 'amount' ? 'an amount' : 'a currency'}: the column ${column} is empty in all of them. Set one for all rows with --${column}, or fill in the column. Nothing was started`,
    );
  }
}

/** An id that no batch has: a file whose batch was cancelled before anything was sent begins again, with a number behind its name. */
async function newBatchIdOf(
  storage: Storage,
  { merchantId, batch }: LaunchOptions,
  path: string,
  sha256: string,
): Promise<string> {
  // A name of the operator's own is theirs to change: `claimBatch` refuses one that is taken.
  if (batch !== undefined) return batchIdOf(merchantId, batch);
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

function windowOf({ window, timeZone }: LaunchOptions): SendWindow | undefined {
  if ((window === undefined) !== (timeZone === undefined)) {
    throw new CliError(
      'Give --window and --time-zone together, e.g. --window 22:00-06:00 --time-zone Asia/Tokyo',
    );
  }
  return window === undefined || timeZone === undefined ? undefined : { ...window, timeZone };
}

function rateOf({ rate }: LaunchOptions, { config }: AppContext): number | undefined {
  if (rate === undefined) return config.baseUrl.kind === 'loopback' ? undefined : carefulRatePerS;
  return rate === 'none' ? undefined : rate;
}

async function confirm(
  { terminal }: AppContext,
  options: LaunchOptions,
  preview: PreviewText,
): Promise<void> {
  const text = describePreview(preview);
  const mode = describeMode(preview.isLive);
  terminal.report(preview.isLive ? text.replace(mode, terminal.alarm(mode)) : text);
  const again = chargedAgain(preview.earlier);
  const refs = countOf(again, 'reference');
  if (options.yes === true) {
    if (again === 0 || options.chargeAgain === true) return;
    throw new CliError(
      `Not started: ${refs} of the file would be charged again, or might be (see above). Skip them with --skip-tokenized-in RESULTS, or add --charge-again if you want that. The earlier batch:\n  cardlift status ${preview.earlier.overlaps[0]?.batchId}`,
    );
  }
  const question =
    again === 0
      ? 'Start the batch?'
      : `Start the batch, although ${refs} would be charged again, or might be?`;
  if (!(await terminal.confirm(question))) {
    throw new CliError('Not started: not confirmed. Add --yes to start without a prompt');
  }
}
