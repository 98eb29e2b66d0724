/*
 * A second witness of each shard, in another folder than the shard's: that it was opened, and what
 * it was closed with. If the shard's folder, its intents or its outcome file are lost or replaced
 * by older ones, the witness contradicts them, and nothing is sent.
 */
import { z } from 'zod';
import { authenticate, verify } from './authenticated.ts';
import { shardWitnessKey } from './layout.ts';
import { type ShardRef, type Storage, StorageForgotError } from './storage.ts';
import { parseStored } from './stored-json.ts';

const closedSchema = z.object({
  /** Generation of the outcome file. */
  generation: z.int().positive(),
  /** SHA-256 of that generation. */
  sha256: z.string(),
});

/** What a shard was closed with. */
export type ClosedShard = z.infer<typeof closedSchema>;

/** Records durably that the shard was opened. Its place for intents must exist by then. */
export async function recordOpened(storage: Storage, ref: ShardRef): Promise<void> {
  const key = shardWitnessKey(ref, 'opened');
  await storage.files.createExclusive(key, await authenticate(storage, key, '{}\n'));
}

export async function wasOpened(storage: Storage, ref: ShardRef): Promise<boolean> {
  const key = shardWitnessKey(ref, 'opened');
  const content = await storage.files.read(key);
  if (content === undefined) return false;
  await verify(storage, key, content);
  return true;
}

/** Records durably what the shard was closed with. The first record stays. */
export async function recordClosed(storage: Storage, ref: ShardRef, closed: ClosedShard): Promise<void> {
  const key = shardWitnessKey(ref, 'closed');
  await storage.files.createExclusive(key, await authenticate(storage, key, `${JSON.stringify(closed)}\n`));
}

/** What the shard was closed with; undefined: it was not. Read it before the outcome file. */
export async function readClosed(storage: Storage, ref: ShardRef): Promise<ClosedShard | undefined> {
  const key = shardWitnessKey(ref, 'closed');
  const content = await storage.files.read(key);
  if (content === undefined) return undefined;
  return parseStored(closedSchema, await verify(storage, key, content), storage.files.locate(key));
}

/**
 * Compares the shard's outcome file, or its absence, with what the shard was closed with. Throws
 * StorageForgotError if the file is lost, or older.
 */
export function checkClosed(
  ref: ShardRef,
  closed: ClosedShard | undefined,
  present: ClosedShard | undefined,
): void {
  if (closed === undefined) return;
  const isSame = present?.generation === closed.generation && present.sha256 === closed.sha256;
  if (isSame || (present?.generation ?? 0) > closed.generation) return;
  throw new StorageForgotError(
    `The outcome file of shard ${ref.shard} in pass ${ref.pass} is missing or older than it was when the shard was closed`,
  );
}
