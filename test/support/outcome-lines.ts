import { readOutcomeFile, swapOutcomeLines } from '../../src/results/outcome-file.ts';
import type { OutcomeLine } from '../../src/results/outcome-line.ts';
import type { ShardRef, Storage } from '../../src/storage/storage.ts';

/** Writes a shard's outcome file, whatever it contains now. */
export async function writeOutcomeLines(
  storage: Storage,
  ref: ShardRef,
  lines: readonly OutcomeLine[],
): Promise<void> {
  const present = await readOutcomeFile(storage, ref);
  if (!(await swapOutcomeLines(storage, ref, present?.generation ?? 0, lines))) {
    throw new Error('Another process wrote the outcome file');
  }
}
