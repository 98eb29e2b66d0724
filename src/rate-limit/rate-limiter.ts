/*
 * The rate limiter says when the requests of this process may go out: under the limit of each batch, under the one of the
 * gateway account that all batches share, and with at most `concurrency` of a batch under way. The limits hold over all
 * workers: see slot-shared limit.ts.
 *
 * A row passes two gates. The first is before its intent (first-gate.ts), the second right before the POST (permit.ts).
 * Batches are served in rotation, at both gates (gate-rotation.ts). Without a limit the gates are open and nothing is
 * counted but the places.
 */
import type { FileStore, SlotStore } from '../storage/storage.ts';
import type { Limits } from './batch-queue.ts';
import { FairDispatcher } from './fair-dispatcher.ts';
import { waitForLeave } from './first-gate.ts';
import { LimitRegistry } from './limit-registry.ts';
import { LimitsWatch } from './limits-watch.ts';
import { type ComeBack, createPermit, type GateKeeper, type Permit } from './permit.ts';
import { SendMeter } from './send-meter.ts';

export interface RateLimiter {
  /**
   * Waits for leave to send for the batch, at most `maxWaitMs`. Rejects with the signal's reason when it aborts, and where
   * the storage fails. Once the rate limiter is stopped, whoever waits or comes is told to come back.
   */
  enter(batchId: string, limits: Limits, maxWaitMs: number, signal: AbortSignal): Promise<Permit | ComeBack>;
  /**
   * Of how many rows of the batch, handed out at once, is use under the limits and with what the gateway takes to answer;
   * undefined where nothing is new. A batch that hands out more has them wait, be given back to Temporal and taken again; one
   * that hands out less does not use its rate.
   */
  concurrencyUpdate(batchId: string): number | undefined;
  /** True where so many rows of the batch wait here for their slot that the rate needs no others for so long. */
  hasRowsFor(batchId: string, ms: number): boolean;
  /** The gateway refused a request for its rate: all workers of the account wait, and go on slower. */
  refused(refusal: GatewayRefusal): void;
  /** Lets nobody in any more: the process is about to end. */
  stop(): void;
}

export interface GatewayRefusal {
  /** When the request's first byte went out. */
  readonly sentAtMs: number;
  /** What the gateway asked for. */
  readonly retryAfterMs?: number;
  /** For the operator: what it answered. */
  readonly cause: string;
}

export interface RateLimiterOptions {
  readonly slots: SlotStore;
  /** Where the settings lie that change while batches run. */
  readonly files: FileStore;
  /** The digest of what this worker is set up for: it names the account. */
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
  readonly #watch: LimitsWatch;
  readonly #meter = new SendMeter();
  readonly #limits: LimitRegistry;
  readonly #dispatcher: FairDispatcher;
  readonly #keeper: GateKeeper;
  #isStopped = false;

  constructor({ slots, files, targetFingerprint, nowMs }: Required<RateLimiterOptions>) {
    const onFault = (error: unknown): void => this.#fail(error);
    const serve = (): void => this.#dispatcher.serve();
    this.#nowMs = nowMs;
    this.#limits = new LimitRegistry({ slots, targetFingerprint, nowMs, onSlots: serve, onFault });
    this.#dispatcher = new FairDispatcher(this.#limits, nowMs);
    this.#keeper = {
      nowMs,
      isOpen: (gate) => this.#limits.isOpen(gate),
      waitMs: (gate) => this.#limits.waitMs(gate),
      count: () => this.#meter.add(nowMs()),
      serve,
    };
    this.#watch = new LimitsWatch({
      ...{ files, slots, targetFingerprint, nowMs, onFault },
      onSettings: (settings) => {
        this.#limits.apply(settings);
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
    const gate = this.#limits.gateOf(batchId, limits);
    if (!this.#watch.isFresh(batchId)) await this.#watch.find(batchId);
    if (this.#isStopped) return { kind: 'come_back', afterMs: 0 };
    signal.throwIfAborted();
    if (this.#limits.isOpen(gate) && gate.waiting.size === 0 && !gate.isFull) {
      return createPermit(gate, this.#keeper);
    }
    const waitMs = this.#limits.waitMs(gate);
    if (waitMs > maxWaitMs) return { kind: 'come_back', afterMs: waitMs };
    return await waitForLeave(gate, this.#keeper, { sinceMs: this.#nowMs(), maxWaitMs, signal });
  }

  concurrencyUpdate(batchId: string): number | undefined {
    return this.#limits.concurrencyUpdate(batchId);
  }

  hasRowsFor(batchId: string, ms: number): boolean {
    return this.#limits.hasRowsFor(batchId, ms);
  }

  refused(refusal: GatewayRefusal): void {
    const takenPerS = this.#meter.inSecondBefore(refusal.sentAtMs);
    this.#limits.refuse({ ...refusal, atMs: this.#nowMs(), takenPerS });
    this.#dispatcher.serve();
  }

  stop(): void {
    this.#isStopped = true;
    this.#watch.stop();
    for (const { waiting } of this.#limits.gates) {
      for (const waiter of [...waiting]) waiter.dismiss({ kind: 'come_back', afterMs: 0 });
    }
    this.#dispatcher.close();
  }

  #fail(error: unknown): void {
    for (const { waiting, ready } of this.#limits.gates) {
      for (const row of [...waiting, ...ready]) row.fail(error);
    }
  }
}
