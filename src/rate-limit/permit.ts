/*
 * The second gate, right before the POST: making an intent durable takes now 1 ms and now 50 ms, and a slot is used by
 * whichever row is ready for it.
 */
import type { BatchQueue, ReadyRow } from './batch-queue.ts';
import type { UsedSlot } from './own-slots.ts';

/** The wait would be longer than the caller may spend: come back after so long. */
export interface ComeBack {
  readonly kind: 'come_back';
  readonly afterMs: number;
}

/** `go`: send now. Otherwise the slot is too far away for an intent that is made: come back after so long. */
export type Slot = 'go' | ComeBack;

/** Leave to make an intent and send one request. */
export interface Permit {
  readonly kind: 'permit';
  /** Waits for this request's slot; to be called right before the POST. Rejects where the storage fails. */
  slot(): Promise<Slot>;
  /** The request's first byte goes out: later than its slot where it had to wait for a connection. */
  sent(): void;
  /** The gateway answered, or did not in time; to be called once at most. */
  answered(): void;
  /** Must be called once, whatever became of the request. */
  release(): void;
}

/** What those who wait at a gate need of the rate limiter. */
export interface GateKeeper {
  readonly nowMs: () => number;
  /** True where no limit makes anybody wait for a slot. */
  isOpen(gate: BatchQueue): boolean;
  /** How long somebody who comes now is likely to wait. */
  waitMs(gate: BatchQueue): number;
  /** A request goes out. */
  count(): void;
  /** Somebody came or left: lets through whoever may go. */
  serve(): void;
}

/** Where all places are taken there is no telling when one is free: ask again after so long. */
export const fullRetryMs = 1_000;
/** An intent waits at the second gate for so long at most: it gets old. */
const longestSlotWaitMs = 2_500;

/** Lets somebody through the first gate. */
export function createPermit(gate: BatchQueue, keeper: GateKeeper): Permit {
  gate.inFlight += 1;
  gate.between += 1;
  let isBetween = true;
  let sentAtMs: number | undefined;
  let used: readonly UsedSlot[] = [];
  let isReleased = false;
  const leaveBetween = (): void => {
    if (isBetween) gate.between -= 1;
    isBetween = false;
  };
  return {
    kind: 'permit',
    slot: async () => {
      const slot = keeper.isOpen(gate)
        ? 'go'
        : await waitForSlot(gate, keeper, leaveBetween, (slots) => {
            used = slots;
          });
      if (slot === 'go') leaveBetween();
      sentAtMs = keeper.nowMs();
      return slot;
    },
    sent: () => {
      sentAtMs = keeper.nowMs();
      keeper.count();
      for (const sentAt of used) sentAt(sentAtMs);
    },
    answered: () => {
      if (sentAtMs !== undefined) gate.answered(Math.max(0, keeper.nowMs() - sentAtMs) / 1_000);
    },
    release: () => {
      if (isReleased) return;
      isReleased = true;
      leaveBetween();
      gate.inFlight -= 1;
      if (gate.waiting.size > 0) keeper.serve();
    },
  };
}

function waitForSlot(
  gate: BatchQueue,
  keeper: GateKeeper,
  leaveBetween: () => void,
  onUsed: (slots: readonly UsedSlot[]) => void,
): Promise<Slot> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      leaveBetween();
      gate.ready.delete(row);
      clearTimeout(timeout);
    };
    const row: ReadyRow = {
      take: (slot, used = []) => {
        leave();
        onUsed(used);
        resolve(slot);
      },
      fail: (error) => {
        leave();
        reject(error);
      },
    };
    const timeout = setTimeout(
      () => row.take({ kind: 'come_back', afterMs: Math.max(fullRetryMs, keeper.waitMs(gate)) }),
      longestSlotWaitMs,
    );
    gate.ready.add(row);
    keeper.serve();
  });
}
