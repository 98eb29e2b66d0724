import { type BatchGate, roomOf } from './batch-gate.ts';
import type { PaceLimits } from './pace-limits.ts';

/** Lets rows through both gates, the batches in rotation, and takes turns for those that wait. */
export class GateRotation {
  /** The batch that is served first the next time. */
  #rotation = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #limits: PaceLimits;
  readonly #nowMs: () => number;

  constructor(limits: PaceLimits, nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** Closes the first gate. Those between the gates have their notes made: they may still have their turn. */
  close(): void {
    this.#isClosed = true;
    this.serve();
  }

  /** Lets through whoever may go, at both gates; takes turns for the others; and comes back when the next is due. */
  serve(): void {
    const gates = this.#inRotation();
    // What is due does not wait for the notes of those that come in.
    this.#send(gates);
    this.#admit(gates);
    this.#wantTurns(gates);
    clearTimeout(this.#timer);
    const nextMs = this.#nextSendMs(gates);
    if (nextMs !== undefined) {
      this.#timer = setTimeout(() => this.serve(), Math.max(0, Math.ceil(nextMs - this.#nowMs())));
    }
  }

  #inRotation(): BatchGate[] {
    const gates = [...this.#limits.gates].filter(({ waiting, between }) => waiting.size + between > 0);
    this.#rotation += 1;
    const first = gates.length === 0 ? 0 : this.#rotation % gates.length;
    return [...gates.slice(first), ...gates.slice(0, first)];
  }

  #admit(gates: readonly BatchGate[]): void {
    let between = gates.reduce((sum, gate) => sum + gate.between, 0);
    const room = roomOf(this.#limits.account);
    let isOver = this.#isClosed;
    while (!isOver) {
      isOver = true;
      for (const gate of gates) {
        const waiter = gate.firstWaiter;
        if (waiter === undefined || gate.isFull || gate.between >= roomOf(gate.book) || between >= room)
          continue;
        between += 1;
        waiter.admit();
        isOver = false;
      }
    }
  }

  #send(gates: readonly BatchGate[]): void {
    const { account } = this.#limits;
    let isOver = false;
    while (!isOver) {
      isOver = true;
      for (const gate of gates) {
        const [first] = gate.ready;
        if (first === undefined || gate.book?.isDue === false || account?.isDue === false) continue;
        const used = [gate.book?.use(), account?.use()].filter((turn) => turn !== undefined);
        first.take('go', used);
        isOver = false;
      }
    }
  }

  #wantTurns(gates: readonly BatchGate[]): void {
    const nowMs = this.#nowMs();
    let wanted = 0;
    let oldestMs = 0;
    let mayAllGather = true;
    for (const gate of gates) {
      const count = gate.between + (this.#isClosed ? 0 : gate.waiting.size);
      const ageMs = nowMs - (gate.firstWaiter?.sinceMs ?? nowMs);
      const mayGather = this.#limits.hasRowsToSpare(gate);
      gate.book?.want(count, ageMs, mayGather);
      mayAllGather &&= mayGather;
      // Rows that their own batch's limit holds back want no turn of the account yet.
      wanted += Math.min(count, roomOf(gate.book));
      oldestMs = Math.max(oldestMs, ageMs);
    }
    this.#limits.account?.want(wanted, oldestMs, mayAllGather);
  }

  #nextSendMs(gates: readonly BatchGate[]): number | undefined {
    const { account } = this.#limits;
    let nextMs: number | undefined;
    for (const { ready, book } of gates) {
      if (ready.size === 0) continue;
      const atMs = Math.max(
        book === undefined ? 0 : (book.nextMs ?? Number.POSITIVE_INFINITY),
        account === undefined ? 0 : (account.nextMs ?? Number.POSITIVE_INFINITY),
      );
      if (Number.isFinite(atMs)) nextMs = Math.min(nextMs ?? atMs, atMs);
    }
    return nextMs;
  }
}
