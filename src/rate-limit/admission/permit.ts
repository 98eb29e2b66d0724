import type { UsedSlot } from '../slots/own-slots.ts';
import type { BatchQueue, ComeBack, ReadyRow, SlotDecision } from './batch-queue.ts';

/** Leave to create an intent and send one request. */
export interface Permit {
  readonly kind: 'permit';
  /**
   * Waits for this request's slot; to be called right before the POST. Rejects if the storage
   * fails.
   */
  slot(): Promise<SlotDecision>;
  /** The request's first byte leaves: later than its slot if it had to wait for a connection. */
  sent(): void;
  /** The gateway answered, or did not in time; to be called at most once. */
  answered(): void;
  /** Must be called once, whatever became of the request. */
  release(): void;
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

/** If concurrency is used up, no one knows when a place is free: ask again after this time. */
export const fullRetryMs = 1_000;
/** A row with an intent waits for its slot this long at most: the intent grows old. */
const longestSlotWaitMs = 2_500;

/** Admits a row. */
export function createPermit(queue: BatchQueue, control: AdmissionControl): Permit {
  queue.inFlight += 1;
  queue.unsent += 1;
  let isUnsent = true;
  let isReleased = false;
  let sentAtMs: number | undefined;
  let used: readonly UsedSlot[] = [];
  const leaveUnsent = (): void => {
    if (isUnsent) queue.unsent -= 1;
    isUnsent = false;
  };
  return {
    kind: 'permit',
    slot: async () => {
      const decision = control.isOpen(queue)
        ? 'go'
        : await waitForSlot(queue, control, leaveUnsent, (slots) => {
            used = slots;
          });
      if (decision === 'go') leaveUnsent();
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
      leaveUnsent();
      queue.inFlight -= 1;
      if (queue.waiting.size > 0) control.serve();
    },
  };
}

/** Waits until the dispatcher gives the row a slot, or for as long as its intent stays young. */
function waitForSlot(
  queue: BatchQueue,
  control: AdmissionControl,
  leaveUnsent: () => void,
  onUsed: (slots: readonly UsedSlot[]) => void,
): Promise<SlotDecision> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      leaveUnsent();
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
