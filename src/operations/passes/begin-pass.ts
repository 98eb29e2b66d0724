/* Starts a pass from what the storage knows about it: its limits, and whether it has ended. */

import type { AppContext } from '../../app/app-context.ts';
import { definedOf } from '../../domain/defined.ts';
import { readManifest } from '../../results/manifest.ts';
import { readPublicationState } from '../../results/publication-state.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { readBatchLimits } from '../../storage/limit-settings.ts';
import { type PassStart, startPass } from '../../temporal/pass-start.ts';
import type { TemporalAccess } from '../../temporal/temporal-access.ts';
import { OperationRefused } from '../errors.ts';
import { republishIfStale } from '../republish.ts';

/**
 * Starts the pass unless it is running. Throws OperationRefused if another operator has ended it in
 * the meantime, or if the storage has lost its results.
 */
export async function beginPass(
  context: AppContext,
  access: TemporalAccess,
  record: BatchRecord,
  pass: number,
  changes: Pick<PassStart, 'closesOnly'> = {},
): Promise<void> {
  const { batchId } = record;
  const storage = await context.storage();
  const begun = await startPass(access, record, pass, {
    ...changes,
    // A batch that is started again keeps its changed limits.
    ...definedOf({ limitsChange: await readBatchLimits(storage.files, batchId) }),
    publishedPass: async () => (await readManifest(storage, batchId))?.pass,
  });
  if (begun === 'started') return;
  if (begun === 'forgotten') {
    throw new OperationRefused(
      'conflict',
      `Temporal remembers that pass ${pass} of the batch ${batchId} has finished, but the storage has no results of it. Nothing was started: its rows would be charged again. Put the newest copy of the storage back (docs/operations.md, "storage_forgot")`,
    );
  }
  // Its publication may have been interrupted before its files were visible.
  const publication = await readPublicationState(storage, record);
  if (publication.kind === 'published') await republishIfStale(storage, record, publication);
  throw new OperationRefused(
    'conflict',
    `Pass ${pass} of the batch ${batchId} has ended in the meantime, and its results are published. Nothing was started. See \`cardlift status ${batchId}\``,
  );
}
