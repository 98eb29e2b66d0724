/*
 * Plays Temporal's part for activities: chooses a worker, retries, times out a silent attempt while
 * it may still live, and loses completions. An attempt that was given up goes on as a zombie.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityName, Attempt, WorkerProcess } from './worker-process.ts';
import type { World } from './world.ts';

const heartbeatTimeoutMs = 15_000;
const watchEveryMs = 5_000;
const dayMs = 86_400_000;
/** The gateway's time-out, and what the workflow adds to it. */
const longestSendMs = 2_000 + 22_000;

/** The activity ended because its cancellation was requested. */
export class ActivityCancelled extends Error {
  override readonly name = 'ActivityCancelled';
  /** Temporal may end a cancelled activity with this. */
  readonly lastFailure: ApplicationFailure | undefined;

  constructor(lastFailure?: unknown) {
    super('Cancelled');
    this.lastFailure = lastFailure instanceof ApplicationFailure ? lastFailure : undefined;
  }
}

export interface Cancellation {
  isRequested: boolean;
  readonly onRequest: Set<() => void>;
}

export function createCancellation(): Cancellation {
  return { isRequested: false, onRequest: new Set() };
}

export function requestCancellation(cancellation: Cancellation): void {
  cancellation.isRequested = true;
  for (const act of cancellation.onRequest) act();
}

const isRequested = (cancellation: Cancellation | undefined): boolean => cancellation?.isRequested === true;

type End = { readonly value: unknown } | { readonly error: unknown } | 'lost';

export interface ExecuteOptions {
  readonly cancellation?: Cancellation;
  /** False once the workflow was terminated: its activities are not tried again. */
  readonly isWanted?: () => boolean;
}

export class ActivityServer {
  readonly #world: World;
  /** The processes that can take an activity now. */
  readonly #workers: () => readonly WorkerProcess[];
  constructor(world: World, workers: () => readonly WorkerProcess[]) {
    this.#world = world;
    this.#workers = workers;
  }

  /** Runs an activity until it ends. Rejects with its last failure, or ActivityCancelled. */
  async execute(
    name: ActivityName,
    input: object,
    { cancellation, isWanted = () => true }: ExecuteOptions = {},
  ): Promise<unknown> {
    const longestMs = name === 'tokenizeRow' ? longestSendMs : dayMs;
    let last: unknown;
    for (let attempt = 1; ; attempt += 1) {
      const what = `${name} ${'row' in input ? input.row : ''}`.trim();
      await this.#world.scheduler.park(this.#world.temporal, `start ${what}, attempt ${attempt}`);
      if (isRequested(cancellation) || !isWanted()) throw new ActivityCancelled(last);
      const end = await this.#attempt(name, input, attempt, longestMs, cancellation);
      await this.#world.scheduler.park(this.#world.temporal, `end of ${what}`);
      if (end !== 'lost' && 'value' in end) return end.value;
      const error = end === 'lost' ? undefined : end.error;
      if (error instanceof ApplicationFailure && error.nonRetryable === true) throw error;
      if (error instanceof CancelledFailure || isRequested(cancellation)) throw new ActivityCancelled(error);
      last = error;
      this.#world.count(end === 'lost' ? 'attempt lost' : `retry: ${(error as ApplicationFailure).type}`);
      await this.#wait(retryDelayOf(error, attempt), cancellation);
    }
  }

  async #attempt(
    name: ActivityName,
    input: object,
    number: number,
    longestMs: number,
    cancellation: Cancellation | undefined,
  ): Promise<End> {
    const workers = this.#workers();
    const [first, ...others] = workers;
    if (first === undefined) return 'lost';
    const attempt = this.#world.random.pick([first, ...others]).start(name, input, number);
    const cancel = (): void => attempt.cancel();
    cancellation?.onRequest.add(cancel);
    const ended = attempt.result.then(
      (value): End => ({ value }),
      (error: unknown): End => ({ error }),
    );
    const over = ended.then((end): End => (this.#world.happens('completion_lost') ? 'lost' : end));
    const watch = { isOver: false };
    const end = await Promise.race([over, this.#watch(attempt, longestMs, watch)]);
    watch.isOver = true;
    cancellation?.onRequest.delete(cancel);
    return end;
  }

  /** Resolves when the attempt is silent for too long, or takes too long. */
  async #watch(attempt: Attempt, longestMs: number, watch: { readonly isOver: boolean }): Promise<End> {
    const { time } = this.#world;
    const startedAtMs = time.nowMs;
    if (this.#world.happens(attempt.name === 'closeShard' ? 'two_closers' : 'duplicate')) {
      await this.#wait(this.#world.random.pick([10, 500, 3_000, 15_000]));
      return 'lost';
    }
    while (!watch.isOver) {
      await this.#wait(watchEveryMs);
      if (time.nowMs - attempt.heartbeatAtMs > heartbeatTimeoutMs) return 'lost';
      if (time.nowMs - startedAtMs > longestMs) return 'lost';
    }
    return 'lost';
  }

  #wait(ms: number, cancellation?: Cancellation): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, ms);
      cancellation?.onRequest.add(resolve);
    });
  }
}

function retryDelayOf(error: unknown, attempt: number): number {
  const given = error instanceof ApplicationFailure ? error.nextRetryDelay : undefined;
  return typeof given === 'number' ? given : Math.min(30_000, 1_000 * 2 ** (attempt - 1));
}
