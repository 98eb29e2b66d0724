/*
 * Content that changes, by compare-and-swap. Each generation is a file of its own that is created
 * exclusively and never changed: `outcomes.jsonl` is kept as `outcomes.1.jsonl`, `outcomes.2.jsonl`
 * and so on, and the highest one counts. A rename cannot do this: it replaces whatever is there, so
 * a process that stood still would undo what others wrote meanwhile.
 *
 * Generations are not removed. If one were, a process that stood still could create it again, and
 * believe that its content counts.
 */
import { posix } from 'node:path';
import type { FileStore } from './storage.ts';

/** Content with its generation, from 1. */
export interface Generation {
  readonly generation: number;
  readonly content: Buffer;
}

/** The key of one generation. */
export function generationKey(key: string, generation: number): string {
  const { dir, name, ext } = posix.parse(key);
  return `${dir}/${name}.${generation}${ext}`;
}

/** The highest generation, or undefined if there is none. */
export async function readLatest(files: FileStore, key: string): Promise<Generation | undefined> {
  const { dir, name, ext } = posix.parse(key);
  let generation = 0;
  for (const found of await files.list(dir)) {
    if (!found.startsWith(`${name}.`) || !found.endsWith(ext)) continue;
    const number = found.slice(name.length + 1, found.length - ext.length);
    if (/^[1-9]\d*$/.test(number)) generation = Math.max(generation, Number(number));
  }
  if (generation === 0) return undefined;
  const content = await files.read(generationKey(key, generation));
  if (content === undefined) throw new Error(`Cannot read ${files.locate(generationKey(key, generation))}`);
  return { generation, content };
}

/**
 * Writes the generation after `basedOn` durably; 0: the first. Returns false if another process has
 * written that generation. Returns true if it has exactly this content: then an earlier call wrote
 * it, and its answer was lost.
 */
export async function swap(
  files: FileStore,
  key: string,
  basedOn: number,
  content: string,
): Promise<boolean> {
  const next = generationKey(key, basedOn + 1);
  if (await files.createExclusive(next, content)) return true;
  return (await files.read(next))?.equals(Buffer.from(content)) === true;
}
