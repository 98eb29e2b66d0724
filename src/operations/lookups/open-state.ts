/* The state of a batch that has not ended, from its workflow. */
import type { AppContext } from '../../app/app-context.ts';
import type { OutcomeCounts } from '../../contract/outcome.ts';
import type { BatchProgress } from '../../contract/workflows.ts';
import type { AccountLimits } from '../../rate-limit/account-limits.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import {
  type BatchStatus,
  NoWorkerError,
  readBatchStatus,
  readProgress,
} from '../../temporal/batch-client.ts';
import type { TemporalAccess } from '../../temporal/temporal-access.ts';
import { findWorkerPresence, type WorkerPresence } from '../../temporal/worker-presence.ts';
import { readAccount } from './account.ts';

export interface OpenState {
  readonly status: 'running' | 'open';
  readonly outcomes: OutcomeCounts;
  readonly progress?: BatchProgress;
  readonly account?: AccountLimits;
  readonly detail?: string;
}

/** Asks Temporal and the batch's workflow. `pass` is the latest one in the storage. */
export async function readOpenState(
  context: Pick<AppContext, 'storage'>,
  record: BatchRecord,
  access: TemporalAccess,
  pass: number,
): Promise<OpenState> {
  const status = await readBatchStatus(access.client, record.batchId);
  if (status !== 'running') {
    return { status: 'open', outcomes: {}, detail: describeNotRunning(status, pass) };
  }
  try {
    const progress = await readProgress(access.client, record.batchId);
    const account = await readAccount(context, record);
    return { status, outcomes: progress.counts, progress, account };
  } catch (error) {
    if (!(error instanceof NoWorkerError)) throw error;
    const presence = await findWorkerPresence(access, record.targetFingerprint, Date.now());
    return { status, outcomes: {}, detail: describeSilence(presence) };
  }
}

function describeSilence(presence: WorkerPresence): string {
  return presence.kind === 'none'
    ? 'no worker is running'
    : `no worker answered; one polled for work ${Math.round(presence.polledMsAgo / 1_000)} s ago and is now busy or stopped`;
}

function describeNotRunning(status: Exclude<BatchStatus, 'running'>, pass: number): string {
  const next =
    pass === 1
      ? 'to continue, give the same `run` or `start` command'
      : `pass ${pass} is open; \`redrive\` continues it`;
  return status === 'absent' || pass > 1
    ? `not running on this Temporal; ${next}`
    : `its workflow is ${status} and left no results; ${next}`;
}
