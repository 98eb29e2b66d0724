/*
 * From a file to a batch that may be started: preview, the checks that protect money, the operator's word, the record.
 */
import { createHash } from 'node:crypto';
import { userInfo } from 'node:os';
import { basename, resolve } from 'node:path';
import { batchIdOf } from '../contract/ids.ts';
import { batchTagOf } from '../domain/txn-ref.ts';
import { type FilePreview, previewFile } from '../input/file-preview.ts';
import { claimContent, findContent } from '../storage/batch-index.ts';
import {
  type BatchRecord,
  createBatchRecord,
  readBatchRecord,
  wrapNewDataKey,
} from '../storage/batch-record.ts';
import { deriveKey } from '../storage/encryption.ts';
import { resultKey } from '../storage/layout.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { LaunchOptions } from './launch-options.ts';
import { describePreview } from './preview-text.ts';
import { bindingOfPlace, isLivePlace, type Workplace } from './workplace.ts';

/**
 * A gateway whose limit nobody has told us gets ten requests a second: slow enough for the velocity rules that any gateway
 * has, fast enough for 36,000 rows an hour. The simulator, on this machine, has no such rules.
 */
const carefulRatePerS = 10;

export interface LaunchedBatch {
  readonly record: BatchRecord;
  /** False where the same content is an open batch already. */
  readonly isNew: boolean;
}

/** Makes the batch's record after the operator's word, or finds the open batch of the same content. Throws CliError and FileRefusedError. */
export async function launchBatch(
  place: Workplace,
  file: string,
  options: LaunchOptions,
): Promise<LaunchedBatch> {
  const { config, terminal } = place;
  const path = resolve(config.workingFolder, file);
  const isLive = isLivePlace(config, options.live === true);
  if (isLive && options.live !== true) {
    throw new CliError(
      'The gateway is neither the sandbox nor on this machine, so every row would be a real payment: give --live if that is meant',
    );
  }
  const storage = await place.storage();
  const operatorKey = await place.operatorKey();
  const now = new Date().toISOString();
  const preview = await previewFile(path, {
    today: now.slice(0, 10),
    isLive,
    fingerprintKey: deriveKey(operatorKey.key, 'fingerprints'),
    ...(options.amount === undefined ? {} : { defaultAmount: options.amount }),
    ...(options.currency === undefined ? {} : { defaultCurrency: options.currency }),
    onProgress: ({ bytesRead, bytesTotal }) =>
      terminal.paint(`Reading the file: ${Math.floor((bytesRead * 100) / Math.max(1, bytesTotal))} %`),
  });
  const present = await findOpenBatch(place, options.merchantId, preview.sha256);
  if (present !== undefined) return { record: present, isNew: false };

  const batchId = batchIdOf(options.merchantId, options.batch ?? nameOf(path, preview.sha256));
  const ratePerS = rateOf(options, place);
  await confirm(place, options, preview, batchId, isLive, ratePerS);
  const record: BatchRecord = {
    version: 1,
    batchId,
    merchantId: options.merchantId,
    createdAt: now,
    createdBy: userInfo().username,
    file: {
      path,
      name: basename(path),
      bytes: preview.bytes,
      sha256: preview.sha256,
      rows: preview.rows,
    },
    ...(options.amount === undefined ? {} : { amount: options.amount }),
    ...(options.currency === undefined ? {} : { currency: options.currency }),
    ...(ratePerS === undefined ? {} : { ratePerS }),
    isLive,
    concurrency: options.concurrency,
    gatewayTimeoutMs: config.gatewayTimeoutMs,
    baseUrl: config.baseUrl.url,
    binding: await bindingOfPlace(place, isLive),
    tag: batchTagOf(createHash('sha256').update(`${storage.id} ${batchId}`).digest()),
    dataKey: wrapNewDataKey(operatorKey, batchId),
  };
  return await claim(place, record);
}

async function findOpenBatch(
  place: Workplace,
  merchantId: string,
  sha256: string,
): Promise<BatchRecord | undefined> {
  const storage = await place.storage();
  const batchId = await findContent(storage, merchantId, sha256);
  // An index entry without a record was left by a start that was cut off before anything began.
  const record = batchId === undefined ? undefined : await readBatchRecord(storage, batchId);
  if (record === undefined) return undefined;
  const key = resultKey(record.batchId, 'manifest.json');
  if ((await storage.files.read(key)) !== undefined) {
    throw new CliError(
      [
        `This file was a batch of the merchant already: ${record.batchId}, started ${record.createdAt}.`,
        `Its results: ${storage.files.locate(resultKey(record.batchId, 'results.csv'))}`,
        'The same file is not a new batch. How to send rows again: docs/operations.md, "Sending rows again".',
      ].join('\n'),
    );
  }
  return record;
}

async function claim(place: Workplace, record: BatchRecord): Promise<LaunchedBatch> {
  const storage = await place.storage();
  const taken = await readBatchRecord(storage, record.batchId);
  if (taken !== undefined && taken.file.sha256 !== record.file.sha256) {
    throw new CliError(
      `The name is taken by another file's batch: ${record.batchId}. Give another with --batch`,
    );
  }
  const owner = await claimContent(storage, record.merchantId, record.file.sha256, record.batchId);
  const mine = { ...record, batchId: owner };
  const isNew = await createBatchRecord(
    storage,
    owner === record.batchId
      ? record
      : { ...mine, dataKey: wrapNewDataKey(await place.operatorKey(), owner) },
  );
  const stored = await readBatchRecord(storage, owner);
  if (stored === undefined)
    throw new CliError('The batch cannot be recorded in the storage', exitCodes.engine);
  return { record: stored, isNew };
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

function rateOf({ rate }: LaunchOptions, { config }: Workplace): number | undefined {
  if (rate === undefined) return config.baseUrl.kind === 'loopback' ? undefined : carefulRatePerS;
  return rate === 'none' ? undefined : rate;
}

async function confirm(
  place: Workplace,
  options: LaunchOptions,
  preview: FilePreview,
  batchId: string,
  isLive: boolean,
  ratePerS: number | undefined,
): Promise<void> {
  const { terminal, config } = place;
  terminal.tell(describePreview({ preview, batchId, isLive, ratePerS, baseUrl: config.baseUrl.url }));
  if (options.yes === true) return;
  if (!(await terminal.confirm('Start the batch?'))) {
    throw new CliError('Not started: nobody confirmed. Give --yes to start without being asked');
  }
}
