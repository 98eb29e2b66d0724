/*
 * One content is one batch: a launch finds the open batch of its file again, and of several
 * simultaneous launches of a file one creates the record. The index entry is written before the
 * record, so a later launch completes an interrupted one.
 */

import type { AppContext } from '../../app/app-context.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import { claimContent } from '../../storage/batch-index.ts';
import {
  type BatchRecord,
  createBatchRecord,
  readBatchRecord,
  unwrapDataKey,
  wrapNewDataKey,
} from '../../storage/batch-record.ts';
import { tagOf } from '../../storage/batch-tag.ts';
import { encryptNotifyUrl } from '../../storage/encrypted-notify-url.ts';
import { isCancelledUnsent } from '../../storage/send-decision.ts';
import type { Storage } from '../../storage/storage.ts';
import { EngineFailed, OperationRefused } from '../errors.ts';
import type { SkipPlan } from './skip-tokenized.ts';

export interface LaunchedBatch {
  readonly record: BatchRecord;
  /** False if the same content is already an open batch. */
  readonly isNew: boolean;
}

/**
 * Creates the record in the storage. The same content gives one batch, however many processes
 * launch it at once. Throws OperationRefused.
 */
export async function claimBatch(
  context: AppContext,
  record: BatchRecord,
  notifyUrl: string | undefined,
  skip: SkipPlan | undefined,
): Promise<LaunchedBatch> {
  const storage = await context.storage();
  const taken = await readBatchRecord(storage, record.batchId);
  if (taken !== undefined && taken.file.sha256 !== record.file.sha256) {
    throw new OperationRefused(
      'conflict',
      `The name is already used by a batch of another file: ${record.batchId}. Use another one with --batch`,
    );
  }
  if (taken !== undefined && (await isCancelledUnsent(storage, record.batchId))) {
    throw new OperationRefused(
      'conflict',
      `The name is already used by a cancelled batch: ${record.batchId}. Leave out --batch, or use another name`,
    );
  }
  const owner = await claimContent(storage, record.merchantId, record.file.sha256, record.batchId);
  // Written before the record that refers to it. The record of another process refers to its own.
  // Typed: a spread with a misspelled field compiles, and rows with a token would be resent.
  const earlier: Pick<BatchRecord, 'earlierResults'> =
    skip === undefined ? {} : { earlierResults: await skip.keep(storage, owner) };
  const operatorKey = await context.operatorKey();
  const mine =
    owner === record.batchId
      ? { ...record, ...earlier }
      : {
          ...record,
          ...earlier,
          batchId: owner,
          // The requested name stays free for another batch.
          tag: tagOf(storage.id, owner),
          dataKey: wrapNewDataKey(operatorKey, owner),
        };
  const sealed =
    notifyUrl === undefined
      ? undefined
      : encryptNotifyUrl(owner, unwrapDataKey(operatorKey, mine), notifyUrl);
  const isNew = await createBatchRecord(
    storage,
    sealed === undefined ? mine : { ...mine, notifyUrl: sealed },
  );
  const stored = await readBatchRecord(storage, owner);
  if (stored === undefined) throw new EngineFailed('The batch cannot be recorded in the storage');
  if (stored.file.sha256 !== record.file.sha256) {
    throw new OperationRefused(
      'conflict',
      `A batch of another file took the name at the same moment: ${owner}. Nothing was started. Repeat the command with another --batch`,
    );
  }
  if (isNew) await auditStart(storage, stored);
  return { record: stored, isNew };
}

/**
 * Records the start. The line depends only on the record, so the next launch writes the same line
 * if this one is interrupted.
 */
export async function auditStart(storage: Storage, record: BatchRecord): Promise<void> {
  await appendAudit(storage, record.batchId, {
    id: 'start',
    at: record.createdAt,
    who: record.createdBy,
    act: 'start',
    details: { rows: record.file.rows, is_live: record.isLive, rate_per_s: record.ratePerS ?? 'none' },
  });
}
