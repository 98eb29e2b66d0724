import { sleep } from '@temporalio/workflow';
import type { MigrateBatchInput } from '../contract/workflows.ts';
import { proxyShardActivities } from './activity-proxies.ts';
import type { BatchState } from './batch-state.ts';

/** A timer that fires a moment early must not make the workflow spin. */
const shortestWaitMs = 1_000;

/**
 * Keeps the state of the sending hours up to date, until it is cancelled. When the hours close,
 * rows in flight finish as at a pause.
 */
export async function followSendingHours(
  input: MigrateBatchInput,
  change: (act: (state: BatchState) => void) => void,
): Promise<void> {
  const { window } = input;
  if (window === undefined) return;
  const { lookAtWindow } = proxyShardActivities(input);
  for (;;) {
    const { isOpen, changesInMs } = await lookAtWindow({ window });
    change((state) => state.windowChecked({ isOpen, changesAtMs: Date.now() + changesInMs }));
    await sleep(Math.max(shortestWaitMs, changesInMs));
  }
}
