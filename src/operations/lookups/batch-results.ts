/* The results of a batch, for an operator. */
import type { AppContext } from '../../app/app-context.ts';
import { type Manifest, readManifest } from '../../results/manifest.ts';
import { readPublicationState } from '../../results/publication-state.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { findLatestPass } from '../../storage/decisions.ts';
import { mayHaveSent } from '../../storage/send-decision.ts';
import { OperationRefused } from '../errors.ts';
import { republishIfStale } from '../republish.ts';
import { describeNoResults } from './no-results.ts';

/** The manifest of the batch's published results. Throws OperationRefused if there is none. */
export async function requireManifest(
  context: Pick<AppContext, 'storage'>,
  record: BatchRecord,
): Promise<Manifest> {
  const storage = await context.storage();
  const manifest = await readManifest(storage, record.batchId);
  if (manifest !== undefined) return manifest;
  throw new OperationRefused('no_results', await describeNoResults(storage, record));
}

/**
 * Publishes what was added since the last publication: late results, and the rest of an interrupted
 * one. An open pass does that itself when it ends.
 */
export async function refreshResults(
  context: Pick<AppContext, 'storage'>,
  record: BatchRecord,
): Promise<void> {
  const storage = await context.storage();
  const publication = await readPublicationState(storage, record);
  if (publication.kind === 'published') await republishIfStale(storage, record, publication);
}

/** How much of the latest pass is known: all, a part, or nothing if no row was staged. */
export async function readResultsState(
  context: Pick<AppContext, 'storage'>,
  { batchId }: BatchRecord,
): Promise<'whole' | 'partial' | 'none'> {
  const storage = await context.storage();
  const manifest = await readManifest(storage, batchId);
  if (manifest === undefined && !(await mayHaveSent(storage, batchId))) return 'none';
  return manifest?.pass === (await findLatestPass(storage, batchId)) ? 'whole' : 'partial';
}
