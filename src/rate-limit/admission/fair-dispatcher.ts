import type { SharedLimit } from '../slots/shared-limit.ts';
import { type BatchQueue, roomOf } from './batch-queue.ts';

/** What the dispatcher needs to know of the limits in force. */
export interface DispatcherLimits {
  readonly queues: Iterable<BatchQueue>;
  /** The limit that all batches share; undefined if there is none. */
  readonly account: SharedLimit | undefined;
  /** True if rows wait that the rate does not need yet. */
  hasRowsToSpare(queue: BatchQueue): boolean;
}

/**
 * Decides which row goes next, the batches in rotation, and claims slots for the rows that wait.
 */
export class FairDispatcher {
  /** The batch that is served first the next time. */
  #rotation = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #limits: DispatcherLimits;
  readonly #nowMs: () => number;

  constructor(limits: DispatcherLimits, nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /**
   * Lets through every row that may go, wants slots for the others, and runs again when the next
   * slot is due.
   */
  serve(): void {
    const queues = this.#inRotation();
    // A slot that is due does not wait for the intents of rows that are admitted now.
    this.#send(queues);
    this.#admit(queues);
    this.#wantSlots(queues);
    clearTimeout(this.#timer);
    const nextMs = this.#nextSendMs(queues);
    if (nextMs !== undefined) {
      this.#timer = setTimeout(() => this.serve(), Math.max(0, Math.ceil(nextMs - this.#nowMs())));
    }
  }

  #inRotation(): BatchQueue[] {
    const queues = [...this.#limits.queues].filter(({ unsent }) => unsent > 0);
    this.#rotation += 1;
    const first = queues.length === 0 ? 0 : this.#rotation % queues.length;
    return [...queues.slice(first), ...queues.slice(0, first)];
  }

  /** Gives the slots that are due to rows with an intent, one row of each batch in turn. */
  #send(queues: readonly BatchQueue[]): void {
    const { account } = this.#limits;
    let isOver = false;
    while (!isOver) {
      isOver = true;
      for (const { ready, sharedLimit } of queues) {
        const [first] = ready;
        if (first === undefined || sharedLimit?.isDue === false || account?.isDue === false) continue;
        const used = [sharedLimit?.use(), account?.use()].filter((slot) => slot !== undefined);
        first.take('go', used);
        isOver = false;
      }
    }
  }

  /**
   * Admits as many rows as there are slots in hand, and a few more, one row of each batch in turn.
   */
  #admit(queues: readonly BatchQueue[]): void {
    const room = roomOf(this.#limits.account);
    let admitted = queues.reduce((sum, queue) => sum + queue.admitted, 0);
    let isOver = false;
    while (!isOver) {
      isOver = true;
      for (const queue of queues) {
        const row = queue.firstWaiting;
        if (row === undefined || queue.isFull) continue;
        if (queue.admitted >= roomOf(queue.sharedLimit) || admitted >= room) continue;
        admitted += 1;
        row.admit();
        isOver = false;
      }
    }
  }

  #wantSlots(queues: readonly BatchQueue[]): void {
    const nowMs = this.#nowMs();
    let wanted = 0;
    let oldestWaitMs = 0;
    let mayAllGather = true;
    for (const queue of queues) {
      const slots = queue.unsent;
      const waitMs = nowMs - (queue.firstWaiting?.sinceMs ?? nowMs);
      const mayGather = this.#limits.hasRowsToSpare(queue);
      queue.sharedLimit?.want({ slots, oldestWaitMs: waitMs, mayGather });
      mayAllGather &&= mayGather;
      // Rows that their own batch's limit holds back want no slot of the account yet.
      wanted += Math.min(slots, roomOf(queue.sharedLimit));
      oldestWaitMs = Math.max(oldestWaitMs, waitMs);
    }
    this.#limits.account?.want({ slots: wanted, oldestWaitMs, mayGather: mayAllGather });
  }

  #nextSendMs(queues: readonly BatchQueue[]): number | undefined {
    const { account } = this.#limits;
    let nextMs: number | undefined;
    for (const { ready, sharedLimit } of queues) {
      if (ready.size === 0) continue;
      const atMs = Math.max(
        sharedLimit === undefined ? 0 : (sharedLimit.nextMs ?? Number.POSITIVE_INFINITY),
        account === undefined ? 0 : (account.nextMs ?? Number.POSITIVE_INFINITY),
      );
      if (Number.isFinite(atMs)) nextMs = Math.min(nextMs ?? atMs, atMs);
    }
    return nextMs;
  }
}
