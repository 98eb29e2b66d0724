/* Publishes a batch's results again from the storage alone, with late results and resolutions. */

import { versions } from '../app/versions.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import { shardCountOf } from '../domain/shard-plan.ts';
import { readManifest } from '../results/manifest.ts';
import { isShown } from '../results/publication-files.ts';
import type { PublicationState } from '../results/publication-state.ts';
import { publishBatch } from '../results/publish-batch.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import type { Storage } from '../storage/storage.ts';

/** Publishes. Changes nothing if nothing is new. Throws ConservationError. */
export function republish(
  storage: Storage,
  record: BatchRecord,
  { pass, isCancelled }: Extract<PublicationState, { kind: 'published' }>,
): Promise<OutcomeCounts> {
  const { rows } = record.file;
  return publishBatch({
    storage,
    record,
    staging: { rows, shards: shardCountOf(rows) },
    pass,
    isCancelled,
    versions,
    publishedAt: new Date().toISOString(),
  });
}

/**
 * Publishes if the results lack a late result, a resolution, or the end of an interrupted
 * publication. It only counts intents, so a batch without any costs one look at its folders.
 */
export async function republishIfStale(
  storage: Storage,
  record: BatchRecord,
  publication: Extract<PublicationState, { kind: 'published' }>,
): Promise<void> {
  const manifest = await readManifest(storage, record.batchId);
  const isWhole =
    manifest !== undefined &&
    manifest.resolutions === publication.resolutions &&
    !(await hasIntents(storage, record, publication.pass)) &&
    (await isShown(storage, manifest));
  if (!isWhole) await republish(storage, record, publication);
}

async function hasIntents(
  storage: Storage,
  { batchId, file }: BatchRecord,
  lastPass: number,
): Promise<boolean> {
  for (let pass = 1; pass <= lastPass; pass += 1) {
    for (let shard = 1; shard <= shardCountOf(file.rows); shard += 1) {
      if ((await storage.intents.count({ batchId, pass, shard })) > 0) return true;
    }
  }
  return false;
}
