/*
 * One content is one batch: the open batch of a file is found again, and of several starts of the same file one makes the
 * record. The index entry comes first, then the record: a start that is cut off between them is completed by the next.
 */
import { createHash } from 'node:crypto';
import type { AppContext } from '../../app/app-context.ts';
import { CliError } from '../../cli/cli-error.ts';
import { exitCodes } from '../../cli/exit-codes.ts';
import { batchTagOf } from '../../domain/txn-ref.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import { claimContent, findContent } from '../../storage/batch-index.ts';
import {
  type BatchRecord,
  createBatchRecord,
  readBatchRecord,
  unwrapDataKey,
  wrapNewDataKey,
} from '../../storage/batch-record.ts';
import { encryptNotifyUrl } from '../../storage/encrypted-notify-url.ts';
import { resultKey } from '../../storage/layout.ts';
import { isCancelledUnsent } from '../../storage/send-decision.ts';
import type { Storage } from '../../storage/storage.ts';
import type { SkipPlan } from './skip-tokenized.ts';

export interface LaunchedBatch {
  readonly record: BatchRecord;
  /** False where the same content is an open batch already. */
  readonly isNew: boolean;
}

/** The open batch of the same content. Throws CliError where that batch has ended: the same file is not a new batch. */
export async function findOpenBatch(
  context: AppContext,
  merchantId: string,
  sha256: string,
): Promise<BatchRecord | undefined> {
  const storage = await context.storage();
  const batchId = await findContent(storage, merchantId, sha256);
  // An index entry without a record was left by a start that was cut off before anything began.
  const record = batchId === undefined ? undefined : await readBatchRecord(storage, batchId);
  if (record === undefined) return undefined;
  const key = resultKey(record.batchId, 'manifest.json');
  if ((await storage.files.read(key)) !== undefined) {
    throw new CliError(
      [
        `This file was already a batch of this merchant: ${record.batchId}, started ${record.createdAt}.`,
        `Its results: ${storage.files.locate(resultKey(record.batchId, 'results.csv'))}`,
        `The same file cannot become a new batch. To send again the rows that may be sent again: \`cardlift redrive ${record.batchId}\` (docs/operations.md, "Sending rows again")`,
      ].join('\n'),
    );
  }
  return record;
}

/** Makes the record stand in the storage: one batch for one content, whoever else starts it at the same moment. Throws CliError. */
export async function claimBatch(
  context: AppContext,
  record: BatchRecord,
  notifyUrl: string | undefined,
  skip: SkipPlan | undefined,
): Promise<LaunchedBatch> {
  const storage = await context.storage();
  const taken = await readBatchRecord(storage, record.batchId);
  if (taken !== undefined && taken.file.sha256 !== record.file.sha256) {
    throw new CliError(
      `The name is already used by a batch of another file: ${record.batchId}. Use another one with --batch`,
    );
  }
  if (taken !== undefined && (await isCancelledUnsent(storage, record.batchId))) {
    throw new CliError(
      `The name is already used by a cancelled batch: ${record.batchId}. Leave out --batch, or use another name`,
    );
  }
  const owner = await claimContent(storage, record.merchantId, record.file.sha256, record.batchId);
  // Before the record that names it; a record of somebody else names its own.
  const carried = skip === undefined ? {} : { carried: await skip.keep(storage, owner) };
  const operatorKey = await context.operatorKey();
  const mine =
    owner === record.batchId
      ? { ...record, ...carried }
      : {
          ...record,
          ...carried,
          batchId: owner,
          // The name that was asked for here stays free, and may become another batch's.
          tag: tagOf(storage, owner),
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
  if (stored === undefined)
    throw new CliError('The batch cannot be recorded in the storage', exitCodes.engine);
  if (stored.file.sha256 !== record.file.sha256) {
    throw new CliError(
      `A batch of another file took the name at the same moment: ${owner}. Nothing was started. Repeat the command with another --batch`,
    );
  }
  if (isNew) await auditStart(storage, stored);
  return { record: stored, isNew };
}

/** Records the start. Made of the record alone: a start that was cut off here is told by the next one, in the same words. */
export async function auditStart(storage: Storage, record: BatchRecord): Promise<void> {
  await appendAudit(storage, record.batchId, {
    id: 'start',
    at: record.createdAt,
    who: record.createdBy,
    act: 'start',
    details: { rows: record.file.rows, is_live: record.isLive, rate_per_s: record.ratePerS ?? 'none' },
  });
}

/** Letters that no other batch of this or another storage has. */
export function tagOf({ id }: Storage, batchId: string): string {
  return batchTagOf(createHash('sha256').update(`${id} ${batchId}`).digest());
}
