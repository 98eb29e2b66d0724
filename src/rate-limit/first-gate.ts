/* The first gate, before a row's intent: so intents are not made long before they are needed. */
import type { BatchQueue, Waiter } from './batch-queue.ts';
import { type ComeBack, createPermit, fullRetryMs, type GateKeeper, type Permit } from './permit.ts';

export interface LeaveRequest {
  readonly sinceMs: number;
  readonly maxWaitMs: number;
  readonly signal: AbortSignal;
}

/** A timer may fire a little late before it counts as waiting for too long. */
const timerSlackMs = 10;

/** Waits in the batch's row for leave to make an intent. Rejects with the signal's reason when it aborts. */
export function waitForLeave(
  gate: BatchQueue,
  keeper: GateKeeper,
  { sinceMs, maxWaitMs, signal }: LeaveRequest,
): Promise<Permit | ComeBack> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      gate.waiting.delete(waiter);
      clearTimeout(timeout);
      signal.removeEventListener('abort', abort);
    };
    const waiter: Waiter = {
      sinceMs,
      admit: () => {
        leave();
        resolve(createPermit(gate, keeper));
      },
      dismiss: (entry) => {
        leave();
        resolve(entry);
      },
      fail: (error) => {
        leave();
        reject(error);
      },
    };
    const abort = (): void => {
      waiter.fail(signal.reason);
      keeper.serve();
    };
    const timeout = setTimeout(() => {
      waiter.dismiss({ kind: 'come_back', afterMs: Math.max(fullRetryMs, keeper.waitMs(gate)) });
    }, maxWaitMs + timerSlackMs);
    gate.waiting.add(waiter);
    signal.addEventListener('abort', abort);
    keeper.serve();
  });
}
