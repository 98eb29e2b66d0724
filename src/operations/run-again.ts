import type { BatchRecord } from '../storage/batch-record.ts';

/**
 * The whole command that works on a batch's pass on this machine, from any folder. What else the batch was started with stands
 * in its record. `--resume`, `--approve` or `--cancel` may be added.
 */
export function describeRunAgain({ batchId, file, merchantId, isLive }: BatchRecord, pass: number): string {
  if (pass > 1) return `cardlift redrive ${batchId}`;
  return `cardlift run ${quoteForShell(file.path)} --merchant-id ${merchantId}${isLive ? ' --live' : ''}`;
}

/** A word as a shell takes it. */
function quoteForShell(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
