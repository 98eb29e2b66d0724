/* Starts a pass of a batch from what the storage knows of it: its rate, and whether the pass is over already. */

import { CliError } from '../../cli/cli-error.ts';
import { readLimitsChanges } from '../../cli/output/limits-text.ts';
import { readManifest } from '../../results/manifest.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import type { Storage } from '../../storage/storage.ts';
import { type PassStart, startPass } from '../../temporal/pass-start.ts';
import type { TemporalAccess } from '../../temporal/temporal-access.ts';

/** Starts the pass unless it runs. Throws CliError where it has ended meanwhile, by another operator's hand. */
export async function beginPass(
  access: TemporalAccess,
  storage: Storage,
  record: BatchRecord,
  pass: number,
  changes: Pick<PassStart, 'closesOnly'> = {},
): Promise<void> {
  const { batchId } = record;
  const begun = await startPass(access, record, pass, {
    ...changes,
    ...(await readLimitsChanges(storage, batchId)),
    publishedPass: async () => (await readManifest(storage, batchId))?.pass,
  });
  if (begun === 'started') return;
  throw new CliError(
    `Pass ${pass} of the batch ${batchId} has ended meanwhile, and its results are published; nothing was started. See \`cardlift status ${batchId}\``,
  );
}
