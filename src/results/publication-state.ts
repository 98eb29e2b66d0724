/* Where a batch is between its passes. */
import type { BatchRecord } from '../storage/batch-record.ts';
import { readDecisions } from '../storage/decisions.ts';
import type { PassPlan } from '../storage/pass-plan.ts';
import { resolutionsByRef } from '../storage/resolutions.ts';
import type { Storage } from '../storage/storage.ts';
import { readManifest } from './manifest.ts';
import type { BatchPasses } from './merged-shard.ts';

/** The state of a batch's publication. */
export type PublicationState =
  /** The first pass has no results yet. */
  | { readonly kind: 'first_pass_open' }
  /** A later pass is planned but not published. */
  | { readonly kind: 'pass_open'; readonly pass: number; readonly plan: PassPlan }
  | {
      readonly kind: 'published';
      readonly pass: number;
      readonly isCancelled: boolean;
      readonly passes: BatchPasses;
      readonly resolutions: number;
      /** The number of the last decision that this state includes. A new one is based on it. */
      readonly basedOn: number;
    };

/**
 * Reads the state of the batch's publication. The decisions are read first: a decision based on
 * this state is refused if another one was made after that. Throws DecisionError and
 * ResolutionError.
 */
export async function readPublicationState(
  storage: Storage,
  record: Pick<BatchRecord, 'batchId' | 'file'>,
): Promise<PublicationState> {
  const { batchId } = record;
  const { last, plans, resolutions } = await readDecisions(storage, batchId);
  const manifest = await readManifest(storage, batchId);
  if (manifest === undefined) return { kind: 'first_pass_open' };
  const pass = plans.length + 1;
  const plan = plans.at(-1);
  if (plan !== undefined && manifest.pass < pass) return { kind: 'pass_open', pass, plan };
  return {
    kind: 'published',
    pass,
    isCancelled: manifest.status === 'cancelled',
    passes: { storage, batchId, rows: record.file.rows, plans, resolutions: resolutionsByRef(resolutions) },
    resolutions: resolutions.length,
    basedOn: last,
  };
}
