import { type BatchQueue, roomOf } from './batch-queue.ts';
import type { LimitRegistry } from './limit-registry.ts';

/** Lets rows through both gates, the batches in rotation, and takes slots for those that wait. */
export class FairDispatcher {
  /** The batch that is served first the next time. */
  #dispatcher = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #limits: LimitRegistry;
  readonly #nowMs: () => number;

  constructor(limits: LimitRegistry, nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** Closes the first gate. Those between the gates have their intents made: they may still have their slot. */
  close(): void {
    this.#isClosed = true;
    this.serve();
  }

  /** Lets through whoever may go, at both gates; takes slots for the others; and comes back when the next is due. */
  serve(): void {
    const gates = this.#inRotation();
    // What is due does not wait for the intents of those that come in.
    this.#send(gates);
    this.#admit(gates);
    this.#wantSlots(gates);
    clearTimeout(this.#timer);
    const nextMs = this.#nextSendMs(gates);
    if (nextMs !== undefined) {
      this.#timer = setTimeout(() => this.serve(), Math.max(0, Math.ceil(nextMs - this.#nowMs())));
    }
  }

  #inRotation(): BatchQueue[] {
    const gates = [...this.#limits.gates].filter(({ waiting, between }) => waiting.size + between > 0);
    this.#dispatcher += 1;
    const first = gates.length === 0 ? 0 : this.#dispatcher % gates.length;
    return [...gates.slice(first), ...gates.slice(0, first)];
  }

  #admit(gates: readonly BatchQueue[]): void {
    let between = gates.reduce((sum, gate) => sum + gate.between, 0);
    const room = roomOf(this.#limits.account);
    let isOver = this.#isClosed;
    while (!isOver) {
      isOver = true;
      for (const gate of gates) {
        const waiter = gate.firstWaiter;
        if (
          waiter === undefined ||
          gate.isFull ||
          gate.between >= roomOf(gate.sharedLimit) ||
          between >= room
        )
          continue;
        between += 1;
        waiter.admit();
        isOver = false;
      }
    }
  }

  #send(gates: readonly BatchQueue[]): void {
    const { account } = this.#limits;
    let isOver = false;
    while (!isOver) {
      isOver = true;
      for (const gate of gates) {
        const [first] = gate.ready;
        if (first === undefined || gate.sharedLimit?.isDue === false || account?.isDue === false) continue;
        const used = [gate.sharedLimit?.use(), account?.use()].filter((slot) => slot !== undefined);
        first.take('go', used);
        isOver = false;
      }
    }
  }

  #wantSlots(gates: readonly BatchQueue[]): void {
    const nowMs = this.#nowMs();
    let wanted = 0;
    let oldestMs = 0;
    let mayAllGather = true;
    for (const gate of gates) {
      const count = gate.between + (this.#isClosed ? 0 : gate.waiting.size);
      const ageMs = nowMs - (gate.firstWaiter?.sinceMs ?? nowMs);
      const mayGather = this.#limits.hasRowsToSpare(gate);
      gate.sharedLimit?.want(count, ageMs, mayGather);
      mayAllGather &&= mayGather;
      // Rows that their own batch's limit holds back want no slot of the account yet.
      wanted += Math.min(count, roomOf(gate.sharedLimit));
      oldestMs = Math.max(oldestMs, ageMs);
    }
    this.#limits.account?.want(wanted, oldestMs, mayAllGather);
  }

  #nextSendMs(gates: readonly BatchQueue[]): number | undefined {
    const { account } = this.#limits;
    let nextMs: number | undefined;
    for (const { ready, sharedLimit } of gates) {
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
