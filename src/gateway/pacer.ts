/*
 * The pacer spaces the sends of a batch in this process evenly at its rate, and keeps at most `concurrency` of them under
 * way. An even spacing is what keeps every window of one second at the limit; a limiter that only counts lets a second's
 * worth through at once.
 *
 * A row passes two gates. The first is before its note, so that notes are not made long before they are needed. The second
 * is right before the POST: making a note durable takes now 1 ms and now 50 ms, and without it the requests that a slow
 * disk held up would go out together. Where the second gate has fallen behind, the first waits for it; but a few requests
 * may stand there, since a gate that has nobody to let through when a note takes longer loses that turn for good.
 */

export interface Pace {
  /** Requests per second; absent: as fast as the lanes go. */
  readonly ratePerS?: number;
  /** Requests under way at once, at most. */
  readonly concurrency: number;
}

/** Leave to send one request. */
export interface Permit {
  readonly kind: 'permit';
  /** Waits for this request's turn; to be called right before the POST. */
  turn(): Promise<void>;
  /** Must be called once, whatever became of the request. */
  release(): void;
}

/** The wait would be longer than the caller may spend: come back after so long. */
export interface ComeBack {
  readonly kind: 'come_back';
  readonly afterMs: number;
}

export interface Pacer {
  /**
   * Waits for leave to send for the batch named, at most `maxWaitMs`. Rejects with the signal's reason when it aborts. Once
   * the pacer is stopped, whoever waits or comes is told to come back.
   */
  enter(name: string, pace: Pace, maxWaitMs: number, signal: AbortSignal): Promise<Permit | ComeBack>;
  /** Lets nobody in any more: the process is about to end. */
  stop(): void;
}

/** Lateness that later sends may make up for: 1 % of a second, so that a late timer costs no throughput and makes no burst. */
const catchUpMs = 10;
/** So far the second gate may be behind before the first waits for it: longer than the usual note takes to become durable. */
const backlogMs = 100;
/** Where all places are taken there is no telling when one is free: ask again after so long. */
const fullRetryMs = 1_000;

/** A pacer for all batches of this process. The clock is in milliseconds and never goes back. */
export function createPacer(nowMs: () => number = () => performance.now()): Pacer {
  const gates = new Map<string, Gate>();
  let isStopped = false;
  return {
    stop() {
      isStopped = true;
      for (const gate of gates.values()) gate.stop();
    },
    enter(name, pace, maxWaitMs, signal) {
      if (isStopped) return Promise.resolve({ kind: 'come_back', afterMs: 0 });
      let gate = gates.get(name);
      if (gate === undefined) {
        gate = new Gate(nowMs);
        gates.set(name, gate);
      }
      return gate.enter(pace, maxWaitMs, signal);
    },
  };
}

class Gate {
  readonly #nowMs: () => number;
  readonly #waiting = new Map<() => void, () => void>();
  #concurrency = 1;
  #intervalMs = 0;
  #underWay = 0;
  #nextEntryMs = 0;
  #nextTurnMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  stop(): void {
    for (const dismiss of [...this.#waiting.values()]) dismiss();
  }

  enter(pace: Pace, maxWaitMs: number, signal: AbortSignal): Promise<Permit | ComeBack> {
    this.#concurrency = pace.concurrency;
    this.#intervalMs = pace.ratePerS === undefined ? 0 : 1000 / pace.ratePerS;
    const queuedMs = this.#waiting.size * this.#intervalMs;
    const waitMs = Math.max(0, this.#nextEntryMs - this.#nowMs()) + queuedMs;
    if (waitMs > maxWaitMs) {
      return Promise.resolve({ kind: 'come_back', afterMs: waitMs });
    }
    if (this.#waiting.size === 0 && !signal.aborted && this.#tryEnter()) {
      return Promise.resolve(this.#permit());
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(admit);
        clearTimeout(timeout);
        signal.removeEventListener('abort', abort);
      };
      const admit = (): void => {
        leave();
        resolve(this.#permit());
      };
      const abort = (): void => {
        leave();
        reject(signal.reason);
      };
      const timeout = setTimeout(() => {
        leave();
        resolve({ kind: 'come_back', afterMs: fullRetryMs });
      }, maxWaitMs + catchUpMs);
      const dismiss = (): void => {
        leave();
        resolve({ kind: 'come_back', afterMs: 0 });
      };
      this.#waiting.set(admit, dismiss);
      if (signal.aborted) {
        abort();
        return;
      }
      signal.addEventListener('abort', abort);
      this.#pump();
    });
  }

  #permit(): Permit {
    this.#underWay += 1;
    let isReleased = false;
    return {
      kind: 'permit',
      turn: () => this.#turn(),
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#underWay -= 1;
        this.#pump();
      },
    };
  }

  #turn(): Promise<void> {
    const now = this.#nowMs();
    const atMs = Math.max(this.#nextTurnMs, now - catchUpMs);
    this.#nextTurnMs = atMs + this.#intervalMs;
    const waitMs = atMs - now;
    return waitMs <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, waitMs));
  }

  #pump(): void {
    clearTimeout(this.#timer);
    for (const admit of this.#waiting.keys()) {
      if (!this.#tryEnter()) break;
      admit();
    }
    if (this.#waiting.size > 0 && this.#underWay < this.#concurrency) {
      // The turn may have come since the look above; who waits is woken even so, since nobody else may ever do it.
      this.#timer = setTimeout(() => this.#pump(), Math.max(0, this.#dueMs() - this.#nowMs()));
    }
  }

  /** Takes the next place at the first gate, if one is free and due. */
  #tryEnter(): boolean {
    const now = this.#nowMs();
    const dueMs = this.#dueMs();
    if (this.#underWay >= this.#concurrency || dueMs > now) return false;
    this.#nextEntryMs = Math.max(dueMs, now - catchUpMs) + this.#intervalMs;
    return true;
  }

  #dueMs(): number {
    return Math.max(this.#nextEntryMs, this.#nextTurnMs - this.#intervalMs - backlogMs);
  }
}
