/*
 * The plan of a pass after the first: which rows it sends, and from which staging. It is made exclusively before anything of
 * the pass is sent and never changed, so whatever dies, whoever goes on sends the same rows, and two redrives at once are one.
 */
import { z } from 'zod';
import { runsOf, shardOf } from '../domain/shard-plan.ts';
import { passFolder, passPlanKey } from './layout.ts';
import type { Storage } from './storage.ts';

const passPlanSchema = z.object({
  version: z.literal(1),
  pass: z.int().min(2),
  createdAt: z.iso.datetime(),
  /** `user@host`. */
  createdBy: z.string(),
  /** The codes that were asked for; absent: every one that the catalogue allows. */
  only: z.array(z.string()).exactOptional(),
  includesSoftDeclines: z.boolean(),
  /** The file that the rows were staged anew from; absent: they lie in earlier staging. */
  file: z.object({ name: z.string(), sha256: z.string() }).exactOptional(),
  /** Where under the pass's folder the rows of the file lie, and their own data key. */
  staging: z
    .object({ folder: z.string(), dataKey: z.object({ keyId: z.string(), wrapped: z.base64() }) })
    .exactOptional(),
  rows: z.int().positive(),
  /** What the pass charges if every row is paid, by currency. */
  amounts: z.record(z.string(), z.string()),
  /** The rows as runs `[first, last]`, in order. */
  runs: z.array(z.tuple([z.int(), z.int()])),
});

export type PassPlan = z.infer<typeof passPlanSchema>;

/** A plan cannot be read. */
export class PassPlanError extends Error {
  override readonly name = 'PassPlanError';
}

/** Makes a pass's plan; false, and nothing changed, where the pass has one. */
export function createPassPlan(storage: Storage, batchId: string, plan: PassPlan): Promise<boolean> {
  return storage.files.createExclusive(passPlanKey(batchId, plan.pass), `${JSON.stringify(plan)}\n`);
}

/** A pass's plan, or undefined where it has none: the first pass never has. Throws PassPlanError where it is damaged. */
export async function readPassPlan(
  storage: Storage,
  batchId: string,
  pass: number,
): Promise<PassPlan | undefined> {
  const content = await storage.files.read(passPlanKey(batchId, pass));
  if (content === undefined) return undefined;
  try {
    return passPlanSchema.parse(JSON.parse(content.toString('utf8')));
  } catch {
    throw new PassPlanError(
      `The plan of pass ${pass} is damaged: ${storage.files.locate(passPlanKey(batchId, pass))}`,
    );
  }
}

/** The batch's latest pass: the highest that has a plan, or the first. */
export async function findLatestPass(storage: Storage, batchId: string): Promise<number> {
  for (let pass = 1; ; pass += 1) {
    const names = await storage.files.list(passFolder(batchId, pass + 1));
    if (!names.includes('plan.json')) return pass;
  }
}

/** Every plan is asked for each of its shards; going through a million rows each time would be felt. */
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

/** The rows of a shard that the plan has, in order. */
export function plannedRowsOf(plan: PassPlan, shard: number): readonly number[] {
  return indexOf(plan).get(shard) ?? [];
}

/** The shards that the plan has rows of, in order. */
export function plannedShardsOf(plan: PassPlan): number[] {
  return [...indexOf(plan).keys()];
}

/** The same as runs, as a workflow carries them. */
export function plannedShardRunsOf(plan: PassPlan): [first: number, last: number][] {
  return runsOf(plannedShardsOf(plan));
}
