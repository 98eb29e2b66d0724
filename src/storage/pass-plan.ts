/*
 * The plan of a pass after the first: which rows it sends, and from which staging. It is a decision
 * (decisions.ts), made before the pass sends anything, and never changed. Whichever process
 * continues the pass sends the same rows.
 */
import { z } from 'zod';
import { runsOf, shardOf } from '../domain/shard-plan.ts';

/** The part of a decision that is particular to a plan. */
export const passPlanSchema = z.object({
  pass: z.int().min(2),
  /** The error codes requested; absent: all codes that the catalogue allows. */
  only: z.array(z.string()).exactOptional(),
  includesSoftDeclines: z.boolean(),
  /** The file that the rows were staged from; absent: they are in earlier staging. */
  file: z.object({ name: z.string(), sha256: z.string() }).exactOptional(),
  /** The folder below the pass's folder that holds the file's rows, and their own data key. */
  staging: z.object({ folder: z.string() }).exactOptional(),
  rows: z.int().positive(),
  /** Maximum charges of the pass, by currency. */
  amounts: z.record(z.string(), z.string()),
  /** Row numbers as runs `[first, last]`, ascending. */
  runs: z.array(z.tuple([z.int(), z.int()])),
});

export interface PassPlan extends z.infer<typeof passPlanSchema> {
  readonly createdAt: string;
  /** `user@host`. */
  readonly createdBy: string;
  /** Why, in the operator's own words. */
  readonly reason?: string;
}

/** A pass has no plan, or does not send a row. */
export class PassPlanError extends Error {
  override readonly name = 'PassPlanError';
}

/** A plan is queried once per shard; scanning a million rows each time would be noticeable. */
const rowsByShard = new WeakMap<PassPlan, ReadonlyMap<number, readonly number[]>>();

function indexOf(plan: PassPlan): ReadonlyMap<number, readonly number[]> {
  const present = rowsByShard.get(plan);
  if (present !== undefined) return present;
  const index = new Map<number, number[]>();
  for (const [first, last] of plan.runs) {
    for (let row = first; row <= last; row += 1) {
      const shard = shardOf(row);
      const rows = index.get(shard);
      if (rows === undefined) index.set(shard, [row]);
      else rows.push(row);
    }
  }
  rowsByShard.set(plan, index);
  return index;
}

/** The planned rows of a shard, ascending. */
export function plannedRowsOf(plan: PassPlan, shard: number): readonly number[] {
  return indexOf(plan).get(shard) ?? [];
}

/** The shards with planned rows, ascending. */
export function plannedShardsOf(plan: PassPlan): number[] {
  return [...indexOf(plan).keys()];
}

/** The shards with planned rows as runs, the form that workflows carry. */
export function plannedShardRunsOf(plan: PassPlan): [first: number, last: number][] {
  return runsOf(plannedShardsOf(plan));
}
