import type { BatchQueue, ComeBack, WaitingRow } from './batch-queue.ts';
import { type AdmissionControl, createPermit, fullRetryMs, type Permit } from './permit.ts';

export interface AdmissionRequest {
  readonly sinceMs: number;
  readonly maxWaitMs: number;
  readonly signal: AbortSignal;
}

/** A timer may fire a little late before the row counts as waiting too long. */
const timerSlackMs = 10;

/**
 * Waits in the batch's queue for leave to create an intent. Rejects with the signal's reason when
 * it aborts.
 */
export function waitForAdmission(
  queue: BatchQueue,
  control: AdmissionControl,
  { sinceMs, maxWaitMs, signal }: AdmissionRequest,
): Promise<Permit | ComeBack> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      queue.waiting.delete(row);
      clearTimeout(timeout);
      signal.removeEventListener('abort', abort);
    };
    const row: WaitingRow = {
      sinceMs,
      admit: () => {
        leave();
        resolve(createPermit(queue, control));
      },
      dismiss: (comeBack) => {
        leave();
        resolve(comeBack);
      },
      fail: (error) => {
        leave();
        reject(error);
      },
    };
    const abort = (): void => {
      row.fail(signal.reason);
      control.serve();
    };
    const timeout = setTimeout(() => {
      row.dismiss({ kind: 'come_back', afterMs: Math.max(fullRetryMs, control.waitMs(queue)) });
    }, maxWaitMs + timerSlackMs);
    queue.waiting.add(row);
    signal.addEventListener('abort', abort);
    control.serve();
  });
}
