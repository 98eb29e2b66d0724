/* Where a batch is between its passes. */
import type { BatchRecord } from '../storage/batch-record.ts';
import { findLatestPass, type PassPlan, readPassPlan } from '../storage/pass-plan.ts';
import { readResolutionRecords, resolutionsByRef } from '../storage/resolutions.ts';
import type { Storage } from '../storage/storage.ts';
import { readManifest } from './manifest.ts';
import { type BatchPasses, ConservationError } from './merged-shard.ts';

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
    };

/** Reads the state of the batch's publication. */
export async function readPublicationState(
  storage: Storage,
  record: Pick<BatchRecord, 'batchId' | 'file'>,
): Promise<PublicationState> {
  const { batchId } = record;
  const manifest = await readManifest(storage, batchId);
  if (manifest === undefined) return { kind: 'first_pass_open' };
  const pass = await findLatestPass(storage, batchId);
  const plans = await readPlans(storage, batchId, pass);
  const plan = plans.at(-1);
  if (plan !== undefined && manifest.pass < pass) return { kind: 'pass_open', pass, plan };
  const records = await readResolutionRecords(storage, batchId);
  return {
    kind: 'published',
    pass,
    isCancelled: manifest.status === 'cancelled',
    passes: { storage, batchId, rows: record.file.rows, plans, resolutions: resolutionsByRef(records) },
    resolutions: records.length,
  };
}

/** The plans of the passes 2 to `lastPass`. Throws ConservationError if one is missing. */
export async function readPlans(storage: Storage, batchId: string, lastPass: number): Promise<PassPlan[]> {
  const plans: PassPlan[] = [];
  for (let pass = 2; pass <= lastPass; pass += 1) {
    const plan = await readPassPlan(storage, batchId, pass);
    if (plan === undefined) throw new ConservationError(`Pass ${pass} has no plan; nothing is published`);
    plans.push(plan);
  }
  return plans;
}
