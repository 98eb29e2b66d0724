import type { AppContext } from '../../app/app-context.ts';
import { type Manifest, readManifest } from '../../results/manifest.ts';
import { isCancelledUnsent } from '../../storage/send-decision.ts';
import { describeCancelledUnsent } from '../controls/cancel-unsent.ts';
import { EngineFailed, OperationRefused } from '../errors.ts';

export interface ClosedPass {
  readonly batchId: string;
  readonly pass: number;
  /** How the workflow ended, as Temporal reports it. */
  readonly status: string;
  readonly runAgain: string;
}

/**
 * The results of a pass whose workflow has ended. Throws OperationRefused or EngineFailed if it
 * left none.
 */
export async function readClosedPass(
  context: Pick<AppContext, 'storage'>,
  { batchId, pass, status, runAgain }: ClosedPass,
): Promise<Manifest> {
  const storage = await context.storage();
  const manifest = await readManifest(storage, batchId);
  if (manifest !== undefined && manifest.pass >= pass) return manifest;
  if (await isCancelledUnsent(storage, batchId)) {
    throw new OperationRefused('cancelled', describeCancelledUnsent({ batchId }));
  }
  if (status === 'cancelled' && pass === 1) {
    throw new OperationRefused(
      'cancelled',
      `The batch ${batchId} was cancelled before its file was staged. This run sent nothing and wrote no results. To continue the batch, or to cancel it for good:\n  ${runAgain}\n  ${runAgain} --cancel`,
    );
  }
  const text = `The workflow of the batch ${batchId} is ${status} and left no results${pass === 1 ? '' : ` of pass ${pass}`}. See the Temporal UI. To continue:\n  ${runAgain}`;
  throw status === 'cancelled' ? new OperationRefused('cancelled', text) : new EngineFailed(text);
}
