import { z } from 'zod';
import type { TurnStore } from '../storage/storage.ts';

const pressureSchema = z.object({
  ceilingPerS: z.number().positive(),
  plateauPerS: z.number().positive(),
  cutAtMs: z.number(),
  resumeAtMs: z.number(),
  cause: z.string(),
  isGuess: z.literal(true).exactOptional(),
  isFirst: z.literal(true).exactOptional(),
});

const turnBlockSchema = z.object({
  version: z.literal(1),
  /** The number of the first turn. */
  first: z.int().nonnegative(),
  /** When each turn is to be used, or was; milliseconds of the Unix epoch. */
  times: z.array(z.number()),
  virtualMs: z.number(),
  /** What the gateway's refusals made of the pace; absent: nothing. */
  pressure: pressureSchema.exactOptional(),
});

/** Some turns that one worker took together. */
export type TurnBlock = z.infer<typeof turnBlockSchema>;

export class TurnBlockError extends Error {
  override readonly name = 'TurnBlockError';
}

/** A block as it is stored. */
export function encodeTurnBlock(block: TurnBlock): string {
  return JSON.stringify(block);
}

const versionSchema = z.object({ version: z.int() });

/**
 * A block as it was stored; undefined where it is empty or garbled. A block is linked into its place when it is written, but
 * not made durable, so a power cut may leave such a one. Throws TurnBlockError where another version of Cardlift made it.
 */
export function decodeTurnBlock(content: string): TurnBlock | undefined {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    return undefined;
  }
  const version = versionSchema.safeParse(json).data?.version;
  if (version !== undefined && version !== 1) {
    throw new TurnBlockError(
      `the storage's turns are those of another version of Cardlift (${version}): work with that one, or wait until its batches have ended`,
    );
  }
  return turnBlockSchema.safeParse(json).data;
}

/** The newest block of a book that can be read. Throws TurnBlockError. */
export async function readNewestBlock(store: TurnStore, book: string): Promise<TurnBlock | undefined> {
  const numbers = await store.list(book);
  for (const number of numbers.reverse()) {
    const content = await store.read(book, number);
    const block = content === undefined ? undefined : decodeTurnBlock(content);
    if (block !== undefined) return block;
  }
  return undefined;
}
