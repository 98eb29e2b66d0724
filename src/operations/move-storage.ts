/* Confirms that the storage was moved: from now on, rows are sent from where it is. */
import type { AppContext } from '../app/app-context.ts';
import { readManifest } from '../results/manifest.ts';
import { appendAudit } from '../storage/audit-log.ts';
import { listBatches } from '../storage/batch-index.ts';
import { readPlace, replacePlace } from '../storage/local/storage-place.ts';
import { auditNewsOf, type Reason } from './audit-news.ts';

export type MovePlan =
  /** The storage is where it was registered, or was never used to send. */
  | { readonly kind: 'nothing' }
  /** `openBatches`: batches without results, whose rows may be sent from here then. */
  | { readonly kind: 'move'; readonly openBatches: readonly string[] };

/** Looks whether the storage was moved. */
export async function planMove(context: AppContext): Promise<MovePlan> {
  const storage = await context.storage();
  if ((await readPlace(context.config.storageFolder)) !== 'moved') return { kind: 'nothing' };
  const openBatches: string[] = [];
  for (const batchId of await listBatches(storage)) {
    if ((await readManifest(storage, batchId)) === undefined) openBatches.push(batchId);
  }
  return { kind: 'move', openBatches };
}

/**
 * Confirms the move. The audit log of each batch without results says so, before it takes effect.
 */
export async function confirmMove(
  context: AppContext,
  { openBatches }: Extract<MovePlan, { kind: 'move' }>,
  reason: Reason = {},
): Promise<void> {
  const storage = await context.storage();
  for (const batchId of openBatches) {
    await appendAudit(storage, batchId, auditNewsOf(context, 'confirm_move', reason, {}));
  }
  await replacePlace(context.config.storageFolder);
}
