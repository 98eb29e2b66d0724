/*
 * The second half of a resolve: records the resolution and publishes the batch's results again with
 * it.
 */

import type { AppContext } from '../../app/app-context.ts';
import { definedOf } from '../../domain/defined.ts';
import { type Manifest, readManifest } from '../../results/manifest.ts';
import { readPublicationState } from '../../results/publication-state.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { readDecisions } from '../../storage/decisions.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Reason } from '../audit-news.ts';
import { authorOf, commitDecision } from '../commit-decision.ts';
import { EngineFailed } from '../errors.ts';
import { republish } from '../republish.ts';
import { quoteForShell } from '../run-again.ts';
import type { CheckedResolution } from './check.ts';

export interface RecordedResolution {
  readonly settledRows: number;
  /** The manifest of the new results. */
  readonly manifest: Manifest;
}

/**
 * Records the new part of a checked resolution and completes an interrupted earlier one. Throws
 * OperationRefused if anything else was decided about the batch since the check.
 */
export async function recordResolution(
  context: AppContext,
  { record, path, file, resolutions, basedOn }: CheckedResolution,
  reason: Reason = {},
): Promise<RecordedResolution> {
  const storage = await context.storage();
  const { batchId } = record;
  if (resolutions.length > 0) {
    await commitDecision(context, record, {
      basedOn,
      draft: { kind: 'resolutions', ...authorOf(context, reason), file, resolutions: [...resolutions] },
      nothing: 'Nothing was resolved',
      again: `cardlift resolve ${batchId} ${quoteForShell(path)}`,
    });
  }
  await completeResolutions(storage, record);
  const manifest = await readManifest(storage, batchId);
  if (manifest === undefined) throw new EngineFailed('The results are missing');
  return { settledRows: resolutions.length, manifest };
}

/** Writes the audit lines and results that follow from the resolutions. May be repeated. */
async function completeResolutions(storage: Storage, record: BatchRecord): Promise<void> {
  const decisions = await readDecisions(storage, record.batchId);
  for (const { id, at, who, reason, resolutions, file } of decisions.resolutions) {
    await appendAudit(storage, record.batchId, {
      id: `resolve ${id}`,
      at,
      who,
      act: 'resolve',
      ...definedOf({ reason }),
      details: { rows: resolutions.length, file: file.name, sha256: file.sha256 },
    });
  }
  // A redrive that was planned just now publishes the resolutions at its end.
  const publication = await readPublicationState(storage, record);
  if (publication.kind === 'published') await republish(storage, record, publication);
}
