import { z } from 'zod';
import type { SlotStore } from '../../storage/storage.ts';

const backOffSchema = z.object({
  basis: z.enum(['guess', 'first', 'measured']),
  startPerS: z.number().positive(),
  plateauPerS: z.number().positive(),
  cutAtMs: z.number(),
  resumeAtMs: z.number(),
  cause: z.string(),
});

const slotBatchSchema = z.object({
  version: z.literal(1),
  /** The number of the first slot. */
  first: z.int().nonnegative(),
  /** When each slot is to be used, or was used; milliseconds of the Unix epoch. */
  times: z.array(z.number()),
  /** The virtual clock after the last slot; see slot-plan.ts. */
  virtualMs: z.number(),
  /** The back-off in force when the batch was created; absent: none. */
  backOff: backOffSchema.exactOptional(),
});

/** The slots that one worker claimed together. */
export type SlotBatch = z.infer<typeof slotBatchSchema>;

/** Another version of Cardlift uses the storage. */
export class SlotBatchError extends Error {
  override readonly name = 'SlotBatchError';
}

/** A slot batch as the storage keeps it. */
export function encodeSlotBatch(batch: SlotBatch): string {
  return JSON.stringify(batch);
}

const versionSchema = z.object({ version: z.int() });

/**
 * Reads a stored slot batch; undefined if it is empty or garbled. The storage writes slot batches
 * whole but not durably, so a power cut may leave such a one. Throws SlotBatchError if another
 * version of Cardlift wrote it.
 */
export function decodeSlotBatch(content: string): SlotBatch | undefined {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    return undefined;
  }
  const version = versionSchema.safeParse(json).data?.version;
  if (version !== undefined && version !== 1) {
    throw new SlotBatchError(
      `the storage's slots are those of another version of Cardlift (${version}): work with that one, or wait until its batches have ended`,
    );
  }
  return slotBatchSchema.safeParse(json).data;
}

/** The newest readable slot batch of a shared limit. Throws SlotBatchError. */
export async function readNewestSlotBatch(store: SlotStore, folder: string): Promise<SlotBatch | undefined> {
  const numbers = await store.list(folder);
  for (const number of numbers.reverse()) {
    const content = await store.read(folder, number);
    const batch = content === undefined ? undefined : decodeSlotBatch(content);
    if (batch !== undefined) return batch;
  }
  return undefined;
}

/** The first and the last time of a slot batch; [0, 0] if it has no slots. */
export function spanOf({ times }: SlotBatch): readonly [firstMs: number, lastMs: number] {
  return times.length === 0 ? [0, 0] : [Math.min(...times), Math.max(...times)];
}
