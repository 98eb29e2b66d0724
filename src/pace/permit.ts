/*
 * The second gate, right before the POST: making a note durable takes now 1 ms and now 50 ms, and a turn is used by
 * whichever row is ready for it.
 */
import type { BatchGate, ReadyRow } from './batch-gate.ts';
import type { UsedTurn } from './own-turns.ts';

/** The wait would be longer than the caller may spend: come back after so long. */
export interface ComeBack {
  readonly kind: 'come_back';
  readonly afterMs: number;
}

/** `go`: send now. Otherwise the turn is too far away for a note that is made: come back after so long. */
export type Turn = 'go' | ComeBack;

/** Leave to make a note and send one request. */
export interface Permit {
  readonly kind: 'permit';
  /** Waits for this request's turn; to be called right before the POST. Rejects where the storage fails. */
  turn(): Promise<Turn>;
  /** The request's first byte goes out: later than its turn where it had to wait for a connection. */
  sent(): void;
  /** The gateway answered, or did not in time; to be called once at most. */
  answered(): void;
  /** Must be called once, whatever became of the request. */
  release(): void;
}

/** What those who wait at a gate need of the pacer. */
export interface GateKeeper {
  readonly nowMs: () => number;
  /** True where no limit makes anybody wait for a turn. */
  isOpen(gate: BatchGate): boolean;
  /** How long somebody who comes now is likely to wait. */
  waitMs(gate: BatchGate): number;
  /** A request goes out. */
  count(): void;
  /** Somebody came or left: lets through whoever may go. */
  serve(): void;
}

/** Where all places are taken there is no telling when one is free: ask again after so long. */
export const fullRetryMs = 1_000;
/** A note waits at the second gate for so long at most: it gets old. */
const longestTurnWaitMs = 2_500;

/** Lets somebody through the first gate. */
export function createPermit(gate: BatchGate, keeper: GateKeeper): Permit {
  gate.underWay += 1;
  gate.between += 1;
  let isBetween = true;
  let sentAtMs: number | undefined;
  let used: readonly UsedTurn[] = [];
  let isReleased = false;
  const leaveBetween = (): void => {
    if (isBetween) gate.between -= 1;
    isBetween = false;
  };
  return {
    kind: 'permit',
    turn: async () => {
      const turn = keeper.isOpen(gate)
        ? 'go'
        : await waitForTurn(gate, keeper, leaveBetween, (turns) => {
            used = turns;
          });
      if (turn === 'go') leaveBetween();
      sentAtMs = keeper.nowMs();
      return turn;
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
      gate.underWay -= 1;
      if (gate.waiting.size > 0) keeper.serve();
    },
  };
}

function waitForTurn(
  gate: BatchGate,
  keeper: GateKeeper,
  leaveBetween: () => void,
  onUsed: (turns: readonly UsedTurn[]) => void,
): Promise<Turn> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      leaveBetween();
      gate.ready.delete(row);
      clearTimeout(timeout);
    };
    const row: ReadyRow = {
      take: (turn, used = []) => {
        leave();
        onUsed(used);
        resolve(turn);
      },
      fail: (error) => {
        leave();
        reject(error);
      },
    };
    const timeout = setTimeout(
      () => row.take({ kind: 'come_back', afterMs: Math.max(fullRetryMs, keeper.waitMs(gate)) }),
      longestTurnWaitMs,
    );
    gate.ready.add(row);
    keeper.serve();
  });
}
