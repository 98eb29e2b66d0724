import type { BatchRecord } from '../storage/batch-record.ts';

/**
 * The command that runs a pass of the batch on this machine, from any folder. The other settings
 * are in the batch's record. `--resume`, `--approve` or `--cancel` may be added.
 */
export function describeRunAgain({ batchId, file, merchantId, isLive }: BatchRecord, pass: number): string {
  if (pass > 1) return `cardlift redrive ${batchId}`;
  return `cardlift run ${quoteForShell(file.path)} --merchant-id ${merchantId}${isLive ? ' --live' : ''}`;
}

/** A word, quoted for a shell if necessary. */
export function quoteForShell(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
