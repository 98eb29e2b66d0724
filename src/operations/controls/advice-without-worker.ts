/*
 * What works instead if a batch cannot be controlled: Temporal is not running, no worker answers,
 * or the batch is not running.
 */
import { adviceOf } from '../../domain/hold-advice.ts';
import { readManifest } from '../../results/manifest.ts';
import { readAudit } from '../../storage/audit-log.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { findLatestPass } from '../../storage/decisions.ts';
import { isCancelledUnsent } from '../../storage/send-decision.ts';
import type { Storage } from '../../storage/storage.ts';
import { lastHoldOf } from '../lookups/last-hold.ts';
import { describeRunAgain } from '../run-again.ts';

/** The control that the operator asked for; `percent` belongs to `set-tolerance`. */
export type Steering =
  | { readonly control: 'pause' | 'resume' | 'approve' | 'cancel' | 'setRate' | 'setConcurrency' | 'watch' }
  | { readonly control: 'setTolerance'; readonly percent: number };

/** Advice with commands, one a line. Every command works without Temporal and a worker. */
export async function adviseWithoutWorker(
  storage: Storage,
  record: BatchRecord,
  steering: Steering,
): Promise<string> {
  const { batchId } = record;
  if (await isCancelledUnsent(storage, batchId)) {
    return 'The batch was cancelled before anything was sent. You can run the same file again as a new batch.';
  }
  const pass = await findLatestPass(storage, batchId);
  const published = (await readManifest(storage, batchId))?.pass ?? 0;
  if (published >= pass) {
    return [`The batch has ended. To show its results:`, `  cardlift results ${batchId}`].join('\n');
  }
  const runAgain = describeRunAgain(record, pass);
  const held = lastHoldOf(await readAudit(storage, batchId));
  const { goOn, first } = held === undefined ? { goOn: undefined, first: '' } : adviceOf(held.code);
  if (held !== undefined && goOn === 'never' && steering.control !== 'cancel') {
    return [`It is on hold (${held.code}). ${first}:`, `  ${runAgain} --cancel`].join('\n');
  }
  switch (steering.control) {
    case 'cancel':
      return ['To do it on this machine:', `  ${runAgain} --cancel`].join('\n');
    case 'resume':
    case 'approve':
      if (goOn !== undefined && goOn !== steering.control) {
        return [`It is on hold (${held?.code}). To continue:`, `  ${runAgain} --${goOn}`].join('\n');
      }
      return steering.control === 'approve' && held === undefined
        ? ['Nothing was waiting for approval when the batch last ran. To continue:', `  ${runAgain}`].join(
            '\n',
          )
        : ['To do it on this machine:', `  ${runAgain} --${steering.control}`].join('\n');
    case 'setTolerance':
      return [
        'To do it on this machine, and resume the batch:',
        `  ${runAgain} --resume --tolerate ${steering.percent}`,
      ].join('\n');
    case 'pause':
      return ['Nothing is sent while no worker is running. To continue later:', `  ${runAgain}`].join('\n');
    case 'watch':
      return ['To continue the batch on this machine:', `  ${runAgain}`].join('\n');
    case 'setRate':
    case 'setConcurrency':
      return [
        'Continue the batch on this machine, then repeat the command in another terminal:',
        `  ${runAgain}`,
      ].join('\n');
  }
}
