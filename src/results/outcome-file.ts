/*
 * A shard's outcome file: a MAC and a head on the first line, then one line per row. It changes by
 * compare-and-swap (storage/generations.ts).
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { authenticate, verify } from '../storage/authenticated.ts';
import { generationKey, readLatest, swap } from '../storage/generations.ts';
import { outcomesKey } from '../storage/layout.ts';
import { type ClosedShard, checkClosed, readClosed } from '../storage/shard-witness.ts';
import type { ShardRef, Storage } from '../storage/storage.ts';
import { parseStored } from '../storage/stored-json.ts';
import { type OutcomeLine, outcomeLineSchema } from './outcome-line.ts';

const headSchema = z.object({ version: z.literal(1) });

/** An outcome file as read. */
export interface OutcomeFile extends ClosedShard {
  /** In row order. */
  readonly lines: OutcomeLine[];
}

/**
 * The shard's outcome file, or undefined if the shard is not consolidated yet. Throws
 * StoredFileError if the file was altered, and StorageForgotError if it is lost or replaced by an
 * older one.
 */
export async function readOutcomeFile(storage: Storage, ref: ShardRef): Promise<OutcomeFile | undefined> {
  // First: a shard that another process closes meanwhile has its file when that is read.
  const closed = await readClosed(storage, ref);
  const latest = await readLatest(storage.files, outcomesKey(ref));
  const file = latest === undefined ? undefined : { ...latest, sha256: digestOf(latest.content) };
  checkClosed(ref, closed, file);
  if (file === undefined) return undefined;
  const key = generationKey(outcomesKey(ref), file.generation);
  const path = storage.files.locate(key);
  const [head = '', ...texts] = (await verify(storage, key, file.content)).trimEnd().split('\n');
  parseStored(headSchema, head, path);
  return {
    generation: file.generation,
    sha256: file.sha256,
    lines: texts.map((text) => parseStored(outcomeLineSchema, text, path)),
  };
}

/** The lines of the shard's outcome file; undefined if the shard is not consolidated yet. Throws as
 * above. */
export async function readOutcomeLines(storage: Storage, ref: ShardRef): Promise<OutcomeLine[] | undefined> {
  return (await readOutcomeFile(storage, ref))?.lines;
}

/**
 * Writes the generation after `basedOn` durably; 0: the first. Returns false if another process has
 * written it meanwhile: read again, and merge.
 */
export async function swapOutcomeLines(
  storage: Storage,
  ref: ShardRef,
  basedOn: number,
  lines: readonly OutcomeLine[],
): Promise<boolean> {
  const key = outcomesKey(ref);
  const head = { version: 1 } satisfies z.infer<typeof headSchema>;
  const text = [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
  const content = await authenticate(storage, generationKey(key, basedOn + 1), text);
  return await swap(storage.files, key, basedOn, content);
}

function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
