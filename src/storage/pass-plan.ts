/*
 * The plan of a pass after the first: which rows it sends, and from which staging. It is created
 * exclusively before the pass sends anything, and never changed. Whichever process continues the
 * pass sends the same rows, and two simultaneous redrives become one.
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
  /** The error codes requested; absent: all codes that the catalogue allows. */
  only: z.array(z.string()).exactOptional(),
  includesSoftDeclines: z.boolean(),
  /** The file that the rows were staged from; absent: they are in earlier staging. */
  file: z.object({ name: z.string(), sha256: z.string() }).exactOptional(),
  /** The folder below the pass's folder that holds the file's rows, and their own data key. */
  staging: z
    .object({ folder: z.string(), dataKey: z.object({ keyId: z.string(), wrapped: z.base64() }) })
    .exactOptional(),
  rows: z.int().positive(),
  /** Maximum charges of the pass, by currency. */
  amounts: z.record(z.string(), z.string()),
  /** Row numbers as runs `[first, last]`, ascending. */
  runs: z.array(z.tuple([z.int(), z.int()])),
});

export type PassPlan = z.infer<typeof passPlanSchema>;

/** A plan is unreadable. */
export class PassPlanError extends Error {
  override readonly name = 'PassPlanError';
}

/** Creates the plan of a pass. Returns false and changes nothing if the pass has one. */
export function createPassPlan(storage: Storage, batchId: string, plan: PassPlan): Promise<boolean> {
  return storage.files.createExclusive(passPlanKey(batchId, plan.pass), `${JSON.stringify(plan)}\n`);
}

/**
 * The plan of a pass, or undefined if it has none (the first pass never does). Throws PassPlanError
 * if it is damaged.
 */
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

/** The latest pass of the batch: the highest with a plan, or 1. */
export async function findLatestPass(storage: Storage, batchId: string): Promise<number> {
  for (let pass = 1; ; pass += 1) {
    const names = await storage.files.list(passFolder(batchId, pass + 1));
    if (!names.includes('plan.json')) return pass;
  }
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
