/* Starts a pass of a batch from what the storage knows of it: its limits, and whether the pass is over already. */

import type { AppContext } from '../../app/app-context.ts';
import { definedOf } from '../../domain/defined.ts';
import { readManifest } from '../../results/manifest.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { readBatchLimits } from '../../storage/limit-settings.ts';
import { type PassStart, startPass } from '../../temporal/pass-start.ts';
import type { TemporalAccess } from '../../temporal/temporal-access.ts';
import { OperationRefused } from '../errors.ts';

/** Starts the pass unless it runs. Throws OperationRefused if it has ended in the meantime, by another operator's hand. */
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
    // A batch that is started again goes on with the limits as they were changed before.
    ...definedOf({ limitsChange: await readBatchLimits(storage.files, batchId) }),
    publishedPass: async () => (await readManifest(storage, batchId))?.pass,
  });
  if (begun === 'started') return;
  throw new OperationRefused(
    'conflict',
    `Pass ${pass} of the batch ${batchId} has ended in the meantime, and its results are published. Nothing was started. See \`cardlift status ${batchId}\``,
  );
}
