import { z } from 'zod';
import type { SlotStore } from '../storage/storage.ts';

const pressureSchema = z.object({
  ceilingPerS: z.number().positive(),
  plateauPerS: z.number().positive(),
  cutAtMs: z.number(),
  resumeAtMs: z.number(),
  cause: z.string(),
  isGuess: z.literal(true).exactOptional(),
  isFirst: z.literal(true).exactOptional(),
});

const slotBatchSchema = z.object({
  version: z.literal(1),
  /** The number of the first slot. */
  first: z.int().nonnegative(),
  /** When each slot is to be used, or was; milliseconds of the Unix epoch. */
  times: z.array(z.number()),
  virtualMs: z.number(),
  /** What the gateway's refusals made of the rate; absent: nothing. */
  pressure: pressureSchema.exactOptional(),
});

/** Some slots that one worker took together. */
export type SlotBatch = z.infer<typeof slotBatchSchema>;

export class SlotBatchError extends Error {
  override readonly name = 'SlotBatchError';
}

/** A slot batch as it is stored. */
export function encodeSlotBatch(slotBatch: SlotBatch): string {
  return JSON.stringify(slotBatch);
}

const versionSchema = z.object({ version: z.int() });

/**
 * A slot batch as it was stored; undefined where it is empty or garbled. A slot batch is linked into its place when it is written, but
 * not made durable, so a power cut may leave such a one. Throws TurnBlockError where another version of Cardlift made it.
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

/** The newest slot batch of a shared limit that can be read. Throws TurnBlockError. */
export async function readNewestSlotBatch(
  store: SlotStore,
  sharedLimit: string,
): Promise<SlotBatch | undefined> {
  const numbers = await store.list(sharedLimit);
  for (const number of numbers.reverse()) {
    const content = await store.read(sharedLimit, number);
    const slotBatch = content === undefined ? undefined : decodeSlotBatch(content);
    if (slotBatch !== undefined) return slotBatch;
  }
  return undefined;
}
