/*
 * A launch that may charge a reference twice needs consent. The preview names every earlier batch
 * with rows in common, and every one whose rows are not known yet. A batch that appears after the
 * preview was not in it, so the launch looks for such batches before and after it claims its own:
 * of two launches at the same moment, at least one sees the other.
 */

import type { AppContext } from '../../app/app-context.ts';
import { countOf } from '../../domain/counted-text.ts';
import { listBatchesOf } from '../../storage/batch-index.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { isCancelledUnsent } from '../../storage/send-decision.ts';
import type { Storage } from '../../storage/storage.ts';
import { cancelUnsent } from '../controls/cancel-unsent.ts';
import { OperationRefused } from '../errors.ts';
import { isOtherBatch, type UnknownBatch } from './earlier-batches.ts';
import type { NewBatchPlan } from './prepare.ts';

export interface LaunchConsent {
  /** Consents to charge references again that an earlier batch has charged or may have charged. */
  readonly chargeAgain?: boolean;
  /** The consent also covers batches that were started after the preview. */
  readonly includesUnseen?: boolean;
}

/** Throws OperationRefused if the plan needs a consent that was not given. */
export function refuseWithoutConsent(plan: NewBatchPlan, { chargeAgain }: LaunchConsent): void {
  const { chargedAgainRefs, earlier } = plan;
  const [unknown] = earlier.unknownBatches;
  if (chargeAgain === true || (chargedAgainRefs === 0 && unknown === undefined)) return;
  const again = `${countOf(chargedAgainRefs, 'reference')} of the file would be charged again, or might be (see above). Skip them with --skip-tokenized-in RESULTS, or add --charge-again if you want that. The earlier batch:`;
  throw new OperationRefused(
    'consent_missing',
    `Not started: ${
      chargedAgainRefs > 0
        ? `${again}\n  cardlift status ${earlier.overlaps[0]?.batchId}`
        : describeUnknown(unknown, earlier.unknownBatches.length)
    }`,
  );
}

function describeUnknown(unknown: UnknownBatch | undefined, count: number): string {
  const { batchId, cause } = unknown ?? {};
  const others = count > 1 ? ` (and ${countOf(count - 1, 'more batch', 'more batches')}, see above)` : '';
  const [state, remedy] =
    cause === 'not_staged'
      ? [
          'is not staged yet',
          'Wait until it is staged, or cancel it if it is not wanted; then repeat the command',
        ]
      : ['has no fingerprints in the storage', 'Compare its results with the file'];
  return `${batchId}${others} ${state}, so it may charge the same references. ${remedy}. If both may charge them, add --charge-again. That batch:\n  cardlift status ${batchId}`;
}

/** Throws OperationRefused if a batch was started that the preview did not compare. */
export async function refuseUnseen(
  storage: Storage,
  plan: NewBatchPlan,
  consent: LaunchConsent,
): Promise<void> {
  const unseen = await findUnseen(storage, plan, plan.batchId, consent);
  if (unseen === undefined) return;
  throw new OperationRefused(
    'conflict',
    `Not started: another batch of this merchant was started after the preview, and may charge the same references. Repeat the command to compare them. That batch:\n  cardlift status ${unseen}`,
  );
}

/**
 * The same for the batch that was just claimed, which is then cancelled. Nothing of it was sent,
 * unless another process has started it meanwhile: then it stays.
 */
export async function cancelIfOverlapped(
  context: AppContext,
  record: BatchRecord,
  plan: NewBatchPlan,
  consent: LaunchConsent,
): Promise<void> {
  const unseen = await findUnseen(await context.storage(), plan, record.batchId, consent);
  if (unseen === undefined) return;
  const reason = `Started at the same moment as ${unseen}`;
  if (!(await cancelUnsent(context, record, { reason }))) return;
  throw new OperationRefused(
    'conflict',
    `Not started: another batch of this merchant was started at the same moment, and may charge the same references. ${record.batchId} was cancelled, and nothing of it was sent. Repeat the command to compare them. That batch:\n  cardlift status ${unseen}`,
  );
}

async function findUnseen(
  storage: Storage,
  { request, earlier, preview }: NewBatchPlan,
  ownId: string,
  { includesUnseen }: LaunchConsent,
): Promise<string | undefined> {
  if (includesUnseen === true) return undefined;
  const seen = new Set([...earlier.seenBatches, ownId]);
  for (const batchId of await listBatchesOf(storage, request.merchantId)) {
    if (seen.has(batchId) || (await isCancelledUnsent(storage, batchId))) continue;
    // Of a batch of the same file the claim decides.
    if (await isOtherBatch(storage, batchId, preview.sha256)) return batchId;
  }
  return undefined;
}
