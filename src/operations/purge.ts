/* Destroys the card data of an ended batch. Its results stay. */

import type { AppContext } from '../app/app-context.ts';
import { countOf } from '../domain/counted-text.ts';
import { definedOf } from '../domain/defined.ts';
import { errorCodeEntry } from '../domain/error-codes.ts';
import { isRowErrorCode } from '../domain/resend.ts';
import { type Manifest, readManifest } from '../results/manifest.ts';
import { appendAudit } from '../storage/audit-log.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { destroyCardData, findCardData } from '../storage/card-data.ts';
import { type BatchDecisions, readDecisions } from '../storage/decisions.ts';
import { isCancelledUnsent } from '../storage/send-decision.ts';
import type { Storage } from '../storage/storage.ts';
import { readBatchStatus } from '../temporal/batch-client.ts';
import { findTemporal } from '../temporal/temporal-access.ts';
import type { Reason } from './audit-news.ts';
import { authorOf, commitDecision } from './commit-decision.ts';
import { OperationRefused } from './errors.ts';
import { type Retention, retentionOf } from './retention.ts';
import { describeRunAgain } from './run-again.ts';

export interface PurgeRequest {
  /** Purge even if rows may still be sent again. They then need the merchant's file. */
  readonly evenWithRowsLeft?: boolean;
}

/** What a purge would do. */
export type PurgePlan =
  /** There is no card data, or it was already purged. */
  | { readonly kind: 'nothing'; readonly record: BatchRecord }
  | {
      readonly kind: 'purge';
      readonly record: BatchRecord;
      /** Encrypted files. 0 if only the rest of an interrupted staging is left. */
      readonly files: number;
      /** Rows that can then be sent again only from the merchant's file. */
      readonly rowsLeft: number;
      /** The number of the last decision that the plan includes. */
      readonly basedOn: number;
    };

/** Plans a purge. Throws OperationRefused if the card data is still needed. */
export async function planPurge(
  context: AppContext,
  record: BatchRecord,
  request: PurgeRequest = {},
): Promise<PurgePlan> {
  const storage = await context.storage();
  const { batchId } = record;
  // Read first: if anything is decided from here on, this purge is refused.
  const decisions = await readDecisions(storage, batchId);
  const staged = await findCardData(storage, record);
  const retention = retentionOf(staged, context.config.retentionDays, Date.now());
  if (retention.state === 'none' || retention.state === 'purged') return { kind: 'nothing', record };
  const manifest = await readManifest(storage, batchId);
  const isOpen = (manifest?.pass ?? 0) < latestPassOf(decisions);
  await refuseRunning(context, record, decisions);
  refuseOpenPass(batchId, decisions, manifest);
  const isUnsent = await isCancelledUnsent(storage, batchId);
  const rowsLeft = isUnsent ? 0 : isOpen ? record.file.rows : rowsLeftOf(manifest);
  if (retention.state !== 'purging') refuseRowsLeft(record, request, retention, isOpen, rowsLeft);
  return { kind: 'purge', record, files: staged.files, rowsLeft, basedOn: decisions.last };
}

/**
 * Carries the plan out: decides the purge, then destroys the card data. Repeat it if it was
 * interrupted. Throws OperationRefused.
 */
export async function purge(
  context: AppContext,
  { record, files, rowsLeft, basedOn }: Extract<PurgePlan, { kind: 'purge' }>,
  reason: Reason = {},
): Promise<void> {
  const { batchId } = record;
  const storage = await context.storage();
  const operatorKey = await context.operatorKey();
  const decision = await commitDecision(context, record, {
    basedOn,
    draft: { kind: 'purge', ...authorOf(context, reason), files, rowsLeft },
    nothing: 'Nothing was removed',
    again: `cardlift purge ${batchId}`,
  });
  const decisions = await readDecisions(storage, batchId);
  // The operator may have thought for long, and the batch may have been started again meanwhile.
  await refuseRunning(context, record, decisions);
  await auditPurges(storage, batchId, decisions);
  await destroyCardData(storage, operatorKey, record, decision);
}

/** Records every decided purge once, also one that was interrupted before it did that itself. */
async function auditPurges(storage: Storage, batchId: string, { purges }: BatchDecisions): Promise<void> {
  for (const { number, at, who, reason, files, rowsLeft } of purges) {
    await appendAudit(storage, batchId, {
      id: `purge ${number}`,
      at,
      who,
      act: 'purge',
      ...definedOf({ reason }),
      details: { files, rows_left: rowsLeft },
    });
  }
}

const latestPassOf = ({ plans }: BatchDecisions): number => plans.length + 1;

/**
 * A running batch reads its staging. If Temporal is not running, this machine cannot be sending its
 * rows.
 */
async function refuseRunning(
  context: AppContext,
  record: BatchRecord,
  decisions: BatchDecisions,
): Promise<void> {
  const access = await findTemporal(context.config.home);
  if (access === undefined) return;
  try {
    if ((await readBatchStatus(access.client, record.batchId)) !== 'running') return;
  } finally {
    await access.release();
  }
  const runAgain = describeRunAgain(record, latestPassOf(decisions));
  throw new OperationRefused(
    'not_ended',
    `The batch has not ended (it is running, paused or on hold), so its card data is still needed. To cancel it first:\n  ${runAgain} --cancel`,
  );
}

/**
 * An open first pass can be staged again from the merchant's file. A later pass has its card data
 * only here and cannot continue without it. That also holds for an interrupted purge, since a pass
 * may have been planned from a file in the meantime.
 */
function refuseOpenPass(batchId: string, decisions: BatchDecisions, manifest: Manifest | undefined): void {
  const pass = latestPassOf(decisions);
  if (pass === 1 || pass <= (manifest?.pass ?? 0)) return;
  throw new OperationRefused(
    'not_ended',
    `Pass ${pass} of the batch is open, so its card data is still needed. Continue or cancel it, then purge:\n  cardlift redrive ${batchId}\n  cardlift redrive ${batchId} --cancel`,
  );
}

/** Rows whose card data a redrive would use. A rejected row needs the fixed file anyway. */
function rowsLeftOf(manifest: Manifest | undefined): number {
  return Object.entries(manifest?.error_codes ?? {})
    .filter(([code]) => isRowErrorCode(code) && /^(?:redrive|resolve)$/.test(errorCodeEntry(code).resend))
    .reduce((sum, [, rows]) => sum + rows, 0);
}

function refuseRowsLeft(
  { batchId }: BatchRecord,
  { evenWithRowsLeft }: PurgeRequest,
  retention: Retention,
  isOpen: boolean,
  left: number,
): void {
  if (left === 0 || evenWithRowsLeft === true) return;
  if (isOpen) {
    throw new OperationRefused(
      'not_ended',
      `The batch has no complete results yet, so its rows may still be sent. See \`cardlift status ${batchId}\`. To purge it anyway, add --even-with-rows-left`,
    );
  }
  if (retention.state === 'due') return;
  throw new OperationRefused(
    'rows_left',
    `${countOf(left, 'row')} may still be sent again; after a purge that needs the merchant's file. Resolve or redrive first (\`cardlift report ${batchId}\` shows how), or add --even-with-rows-left, which is not needed from ${retention.due_at?.slice(0, 10)} on`,
  );
}
