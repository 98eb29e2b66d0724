/* How a row passes the rate limiter: it waits for admission, then with its permit for its slot. */
import type { UsedSlot } from '../slots/own-slots.ts';
import type { BatchQueue, ComeBack, ReadyRow, SlotDecision, WaitingRow } from './batch-queue.ts';

/** Permission to create an intent and send one request. */
export interface Permit {
  readonly kind: 'permit';
  /** Waits for this request's slot. Call it right before the POST. Rejects if the storage fails. */
  slot(): Promise<SlotDecision>;
  /** The request's first byte leaves: later than its slot if it had to wait for a connection. */
  sent(): void;
  /** The gateway answered, or did not in time. Call it at most once. */
  answered(): void;
  /** Call it exactly once, also if nothing was sent. */
  release(): void;
}

export interface AdmissionRequest {
  readonly sinceMs: number;
  readonly maxWaitMs: number;
  readonly signal: AbortSignal;
}

/** What waiting rows need from the rate limiter. */
export interface AdmissionControl {
  readonly nowMs: () => number;
  /** True if no rate limits the batch now. */
  isOpen(queue: BatchQueue): boolean;
  /** How long a row that comes now is likely to wait. */
  waitMs(queue: BatchQueue): number;
  /** A request leaves. */
  countSent(): void;
  /** A row came or left: lets through every row that may go. */
  serve(): void;
}

/** If concurrency is used up, the next free moment is unknown: ask again after this time. */
const fullRetryMs = 1_000;
/** A row with an intent waits for its slot this long at most: the intent grows old. */
const longestSlotWaitMs = 2_500;
/** A timer may fire a little late before the row counts as waiting too long. */
const timerSlackMs = 10;

/** Waits in the batch's queue for admission. Rejects with the signal's reason when it aborts. */
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

/** Admits a row. */
export function createPermit(queue: BatchQueue, control: AdmissionControl): Permit {
  queue.inFlight += 1;
  queue.admitted += 1;
  let isAdmitted = true;
  let isReleased = false;
  let sentAtMs: number | undefined;
  let used: readonly UsedSlot[] = [];
  const leaveAdmitted = (): void => {
    if (isAdmitted) queue.admitted -= 1;
    isAdmitted = false;
  };
  return {
    kind: 'permit',
    slot: async () => {
      const decision = control.isOpen(queue)
        ? 'go'
        : await waitForSlot(queue, control, leaveAdmitted, (slots) => {
            used = slots;
          });
      if (decision === 'go') leaveAdmitted();
      sentAtMs = control.nowMs();
      return decision;
    },
    sent: () => {
      sentAtMs = control.nowMs();
      control.countSent();
      for (const sentAt of used) sentAt(sentAtMs);
    },
    answered: () => {
      if (sentAtMs !== undefined) queue.effective.answered(Math.max(0, control.nowMs() - sentAtMs) / 1_000);
    },
    release: () => {
      if (isReleased) return;
      isReleased = true;
      leaveAdmitted();
      queue.inFlight -= 1;
      if (queue.waiting.size > 0) control.serve();
    },
  };
}

/** Waits until the dispatcher gives the row a slot, or until its intent becomes too old. */
function waitForSlot(
  queue: BatchQueue,
  control: AdmissionControl,
  leaveAdmitted: () => void,
  onUsed: (slots: readonly UsedSlot[]) => void,
): Promise<SlotDecision> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      leaveAdmitted();
      queue.ready.delete(row);
      clearTimeout(timeout);
    };
    const row: ReadyRow = {
      take: (decision, used = []) => {
        leave();
        onUsed(used);
        resolve(decision);
      },
      fail: (error) => {
        leave();
        reject(error);
      },
    };
    const timeout = setTimeout(() => {
      const comeBack: ComeBack = { kind: 'come_back', afterMs: Math.max(fullRetryMs, control.waitMs(queue)) };
      row.take(comeBack);
    }, longestSlotWaitMs);
    queue.ready.add(row);
    control.serve();
  });
}
