/*
 * The second half of a resolve: records the resolution and publishes the batch's results again with
 * it.
 */

import type { AppContext } from '../../app/app-context.ts';
import { definedOf } from '../../domain/defined.ts';
import { scrubText } from '../../domain/scrub.ts';
import { type Manifest, readManifest } from '../../results/manifest.ts';
import { readPublicationState } from '../../results/publication-state.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import {
  createResolutionRecord,
  type ResolutionRecord,
  readResolutionRecords,
} from '../../storage/resolutions.ts';
import type { Storage } from '../../storage/storage.ts';
import { auditNewsOf, type Reason } from '../audit-news.ts';
import { EngineFailed } from '../errors.ts';
import { republish } from '../republish.ts';
import { type CheckedResolution, checkAgain, requirePublished } from './check.ts';

export interface RecordedResolution {
  readonly settledRows: number;
  /** The manifest of the new results. */
  readonly manifest: Manifest;
}

/**
 * Records the new part of a checked resolution and completes an interrupted earlier one. If rows
 * were resolved since the check, it repeats the whole check. Throws OperationRefused.
 */
export async function recordResolution(
  context: AppContext,
  checked: CheckedResolution,
  reason: Reason = {},
): Promise<RecordedResolution> {
  const storage = await context.storage();
  const { record } = checked;
  for (let current = checked; ; current = await checkAgain(storage, current)) {
    if (current.resolutions.length > 0) {
      // A redrive may have started since the check. One that starts after this line reads the
      // resolution before it sends.
      await requirePublished(storage, record);
      const resolution = resolutionOf(context, current, reason);
      if (
        !(await createResolutionRecord(storage, record.batchId, current.earlierResolutions + 1, resolution))
      ) {
        continue;
      }
    }
    await completeResolutions(storage, record);
    const manifest = await readManifest(storage, record.batchId);
    if (manifest === undefined) throw new EngineFailed('The results are missing');
    return { settledRows: current.resolutions.length, manifest };
  }
}

function resolutionOf(
  context: AppContext,
  { file, resolutions }: CheckedResolution,
  given: Reason,
): ResolutionRecord {
  const { id, at, who, reason } = auditNewsOf(context, 'resolve', given);
  return {
    version: 1,
    id,
    at,
    who: scrubText(who, 100),
    ...definedOf({ reason }),
    file,
    resolutions: [...resolutions],
  };
}

/** Writes the audit lines and results that follow from the resolutions. May be repeated. */
async function completeResolutions(storage: Storage, record: BatchRecord): Promise<void> {
  const publication = await readPublicationState(storage, record);
  const records = await readResolutionRecords(storage, record.batchId);
  for (const { id, at, who, reason, resolutions, file } of records) {
    await appendAudit(storage, record.batchId, {
      id: `resolve ${id}`,
      at,
      who,
      act: 'resolve',
      ...definedOf({ reason }),
      details: { rows: resolutions.length, file: file.name, sha256: file.sha256 },
    });
  }
  // A redrive that started just now publishes the resolutions at its end, and sends none of the
  // rows whose resolution was corrected.
  if (publication.kind === 'published') await republish(storage, record, publication);
}
