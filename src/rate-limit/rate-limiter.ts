/*
 * The rate limiter decides when each request may leave. Three limits hold at once: the rate of the
 * batch, the rate of the gateway account that all its batches share, and the batch's concurrency.
 * The rates hold across all workers. No server hands them out: workers agree through the storage.
 *
 * SLOTS
 *
 * A slot is a moment at which one request may leave under a limit. Each limit has a folder in the
 * storage with numbered slot batches. To claim slots, a worker
 *
 *  1. looks: it reads the slot batches that other workers created since its last look;
 *  2. plans its slots. With a limit of N per second, a slot is at least one second after the
 *     Nth-latest request before it left or will leave, so no window of one second has more than N.
 *     A virtual clock spreads the slots evenly, and the limit's tolerance is kept for requests that
 *     reach the gateway late (slot-plan.ts);
 *  3. creates the slot batch of the next number, exclusively. If another worker was first, it
 *     starts again. All workers plan by the same slots, so the limit holds whichever wins.
 *
 * A worker claims only while it has rows, 80 ms worth at a time, and 120 to 200 ms before they are
 * due, so one that dies leaves few unused. It uses a slot right before the POST, never early. If it
 * is late, it writes that into its slot batch, because the slot one second later is planned by when
 * this request really left. A slot that is half a second late (at rates below 1/s up to 2.5 s) is
 * lost. The workers' clocks must agree, so machines run NTP.
 *
 * A ROW, STEP BY STEP
 *
 *   wait for admission ──> create the intent ──> wait for a slot ──> POST ──> release
 *   (BatchQueue.waiting)                         (BatchQueue.ready)
 *
 * Creating an intent takes 1 ms or 50 ms, and an intent must not grow old. So a row is admitted
 * only when its slot is near: about as many rows are admitted as there are slots in hand. A slot
 * goes to the row whose intent is durable first. The fair dispatcher serves batches in rotation at
 * both steps. A row that would wait too long comes back later, and Temporal keeps it meanwhile.
 *
 * MODES OF A LIMIT
 *
 *  - OPEN: there is no limit. Rows need no slots, and only concurrency counts. The limits poller
 *    looks twice a second: a limit that an operator set leads to LIMITED, and back.
 *  - LIMITED: each row needs a slot, one of its batch's limit and one of the account's.
 *  - BACKING OFF: the gateway answered 429. Own slots are given up, all workers pause for as long
 *    as it asked, continue below the rate that it accepted, and climb back to the mode before
 *    (back-off.ts has the curves). The account's slot batches carry the back-off, so one refusal
 *    slows every worker, and an account without a limit has one until it is over.
 *  - STOPPED: the worker shuts down. Waiting rows go back to Temporal; rows with an intent may
 *    still use their slots.
 *
 * MODES OF A SLOT CLAIMER (one for each limit and worker)
 *
 *  - IDLE: there are slots enough for the rows here. `want` leads to CLAIMING, as does a refusal.
 *  - EARLY: the next slot is further away than the lead. Sleeps until then, at most 0.5 s.
 *  - GATHERING: rows come one by one and can wait. Sleeps 50 ms, so that they share a slot batch.
 *  - CLAIMING: looks, plans and creates, as above. A refusal that this worker met is reported at
 *    once, if need be in a slot batch without slots.
 *
 * Beside this file: active-limits (the limits in force), limits-poller, back-off and account-limits
 * (what an operator sees). slots/ starts at shared-limit.ts, admission/ at fair-dispatcher.ts.
 */
import type { FileStore, SlotStore } from '../storage/storage.ts';
import { ActiveLimits } from './active-limits.ts';
import type { ComeBack, Limits } from './admission/batch-queue.ts';
import { FairDispatcher } from './admission/fair-dispatcher.ts';
import { type AdmissionControl, createPermit, type Permit, waitForAdmission } from './admission/permit.ts';
import { LimitsPoller } from './limits-poller.ts';
import { SendMeter } from './send-meter.ts';

export interface RateLimiter {
  /**
   * Waits at most `maxWaitMs` for permission to send a row of the batch. Rejects with the signal's
   * reason when it aborts, and if the storage fails. After `stop`, waiting and new rows get
   * `come_back`.
   */
  enter(batchId: string, limits: Limits, maxWaitMs: number, signal: AbortSignal): Promise<Permit | ComeBack>;
  /**
   * The effective concurrency of the batch: how many of its rows are worth starting at once, under
   * its limits and with the measured response time; undefined if it has not changed since the last
   * call. With more rows started than that, rows wait here, go back to Temporal and are taken
   * again; with fewer the rate is not used.
   */
  concurrencyUpdate(batchId: string): number | undefined;
  /** True if so many rows of the batch wait here that the rate needs no others for this long. */
  hasRowsFor(batchId: string, ms: number): boolean;
  /**
   * The gateway refused a request for its rate: all workers of the account pause, then go slower.
   */
  refused(refusal: GatewayRefusal): void;
  /** Admits no more rows: the process is about to end. */
  stop(): void;
}

export interface GatewayRefusal {
  /** When the request's first byte left. */
  readonly sentAtMs: number;
  /** What the gateway asked for; absent: it did not say. */
  readonly retryAfterMs?: number;
  /** What it answered, for the operator. */
  readonly cause: string;
}

export interface RateLimiterOptions {
  readonly slots: SlotStore;
  /** Holds the limits that change while batches run. */
  readonly files: FileStore;
  /** Names the gateway account that this worker is configured for. */
  readonly targetFingerprint: string;
  /** The wall clock: workers share slots by it. */
  readonly nowMs?: () => number;
}

/** A rate limiter for all batches of this process. */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  return new SharedRateLimiter({ nowMs: Date.now, ...options });
}

class SharedRateLimiter implements RateLimiter {
  readonly #nowMs: () => number;
  readonly #poller: LimitsPoller;
  readonly #meter = new SendMeter();
  readonly #limits: ActiveLimits;
  readonly #dispatcher: FairDispatcher;
  readonly #control: AdmissionControl;
  #isStopped = false;

  constructor({ slots, files, targetFingerprint, nowMs }: Required<RateLimiterOptions>) {
    const onFault = (error: unknown): void => this.#fail(error);
    const serve = (): void => this.#dispatcher.serve();
    this.#nowMs = nowMs;
    this.#limits = new ActiveLimits({ slots, targetFingerprint, nowMs, onSlots: serve, onFault });
    this.#dispatcher = new FairDispatcher(this.#limits, nowMs);
    this.#control = {
      nowMs,
      isOpen: (queue) => this.#limits.isOpen(queue),
      waitMs: (queue) => this.#limits.waitMs(queue),
      countSent: () => this.#meter.add(nowMs()),
      serve,
    };
    this.#poller = new LimitsPoller({
      ...{ files, slots, targetFingerprint, nowMs, onFault },
      onLimits: (found) => {
        this.#limits.apply(found);
        serve();
      },
    });
  }

  async enter(
    batchId: string,
    limits: Limits,
    maxWaitMs: number,
    signal: AbortSignal,
  ): Promise<Permit | ComeBack> {
    const queue = this.#limits.queueOf(batchId, limits);
    if (!this.#poller.isFresh(batchId)) await this.#poller.find(batchId);
    if (this.#isStopped) return { kind: 'come_back', afterMs: 0 };
    signal.throwIfAborted();
    if (this.#limits.isOpen(queue) && queue.waiting.size === 0 && !queue.isFull) {
      return createPermit(queue, this.#control);
    }
    const waitMs = this.#limits.waitMs(queue);
    if (waitMs > maxWaitMs) return { kind: 'come_back', afterMs: waitMs };
    return await waitForAdmission(queue, this.#control, { sinceMs: this.#nowMs(), maxWaitMs, signal });
  }

  concurrencyUpdate(batchId: string): number | undefined {
    return this.#limits.concurrencyUpdate(batchId);
  }

  hasRowsFor(batchId: string, ms: number): boolean {
    return this.#limits.hasRowsFor(batchId, ms);
  }

  refused(refusal: GatewayRefusal): void {
    const acceptedPerS = this.#meter.inSecondBefore(refusal.sentAtMs);
    this.#limits.refuse({ ...refusal, atMs: this.#nowMs(), acceptedPerS });
    this.#dispatcher.serve();
  }

  stop(): void {
    this.#isStopped = true;
    this.#poller.stop();
    for (const { waiting } of this.#limits.queues) {
      for (const row of [...waiting]) row.dismiss({ kind: 'come_back', afterMs: 0 });
    }
    // Admitted rows have their intents and may still use their slots.
    this.#dispatcher.serve();
  }

  #fail(error: unknown): void {
    for (const { waiting, ready } of this.#limits.queues) {
      for (const row of [...waiting, ...ready]) row.fail(error);
    }
  }
}
