/*
 * Every await of production code at a boundary (storage, gateway, timer) parks here. One at a time,
 * the scheduler lets one go on, or lets time pass until the next timer; the seed decides which.
 */
import type { Actor } from './actor.ts';
import type { Random } from './random.ts';
import { runningActor, type VirtualTime } from './virtual-time.ts';

/** How long a call takes if time passes meanwhile. */
const slowCallMs = [1, 5, 20, 100, 400] as const;

const realSetImmediate = setImmediate;

/** Lets all code run that waits for nothing but promises. */
const settle = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve));

export interface Delay {
  /** Goes on after this time, or once `until` is true. */
  readonly waitMs?: number;
  readonly until?: () => boolean;
}

interface ParkOptions extends Delay {
  /** What a kill at this point leaves on the disk. */
  readonly onKill?: () => void;
}

interface Parked extends Pick<ParkOptions, 'until' | 'onKill'> {
  readonly actor: Actor;
  readonly what: string;
  readonly notBeforeMs: number;
  readonly go: () => void;
}

export interface SchedulerOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  /** The probability that time passes although something could go on. */
  readonly haste: number;
  /** True if something happened. */
  readonly onStep: () => boolean;
  /** Lets code go on that waits for a condition. True if there was any. */
  readonly settleMore: () => boolean;
  readonly trace: (line: string) => void;
}

/** The seed ran into a state from which nothing goes on, or never came to an end. */
export class StuckError extends Error {
  override readonly name = 'StuckError';
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #parked = new Set<Parked>();
  steps = 0;
  #hasKilled = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Waits until the scheduler picks this. */
  park(actor: Actor, what: string, { waitMs = 0, ...more }: ParkOptions = {}): Promise<void> {
    return new Promise((resolve) => {
      const notBeforeMs = this.#options.time.nowMs + waitMs;
      this.#parked.add({ ...more, actor, what, go: resolve, notBeforeMs });
    });
  }

  /** True if a call of the actor waits that `isMeant` accepts. */
  isParked(actor: Actor, isMeant: (what: string) => boolean): boolean {
    for (const parked of this.#parked) if (parked.actor === actor && isMeant(parked.what)) return true;
    return false;
  }

  /** Drops everything that an actor waits for. */
  kill(actor: Actor): void {
    this.#hasKilled = true;
    actor.isAlive = false;
    for (const parked of this.#parked) {
      if (parked.actor !== actor) continue;
      this.#parked.delete(parked);
      parked.onKill?.();
    }
    this.#options.time.forgetTimersOf(actor);
  }

  /** Runs until `isOver`. Throws StuckError. */
  async run(isOver: () => boolean, mostSteps: number): Promise<void> {
    const { time, random, haste, onStep, trace } = this.#options;
    await this.#settled();
    const mayRun = (actor: Actor | undefined): boolean =>
      actor === undefined || (actor.isAlive && actor.frozenUntilMs <= time.nowMs);
    while (!isOver()) {
      this.steps += 1;
      if (this.steps > mostSteps) throw new StuckError(`Not over after ${mostSteps} steps`);
      const ready = [...this.#parked].filter(
        ({ actor, notBeforeMs, until }) => mayRun(actor) && (notBeforeMs <= time.nowMs || until?.() === true),
      );
      const next = ready.length > 0 && !random.chance(haste) ? this.#choose(ready) : undefined;
      if (next !== undefined) {
        this.#parked.delete(next);
        trace(`${next.actor.name}: ${next.what}`);
        runningActor.run(next.actor, next.go);
      } else if (!time.fireOne(mayRun, (count) => random.below(count))) {
        const nextMs = this.#nextMs(time.nextDueMs());
        if (nextMs === undefined && ready.length === 0) throw new StuckError('Nothing can go on');
        // Calls that could go on are a little slow; they do not wait for the next timer.
        const soonMs = ready.length === 0 ? Number.POSITIVE_INFINITY : time.nowMs + random.pick(slowCallMs);
        time.nowMs = Math.max(time.nowMs, Math.min(nextMs ?? soonMs, soonMs));
        time.fireOne(mayRun, (count) => random.below(count));
      }
      await this.#settled();
      this.#hasKilled = false;
      if (onStep() || this.#hasKilled) await this.#settled();
    }
  }

  async #settled(): Promise<void> {
    do await settle();
    while (this.#options.settleMore());
  }

  #choose(ready: readonly Parked[]): Parked | undefined {
    const total = ready.reduce((sum, { actor }) => sum + actor.weight, 0);
    let left = this.#options.random.next() * total;
    return ready.find(({ actor }) => {
      left -= actor.weight;
      return left < 0;
    });
  }

  /** When something can go on that cannot now. */
  #nextMs(timerMs: number | undefined): number | undefined {
    const { nowMs } = this.#options.time;
    let nextMs = timerMs;
    const consider = (atMs: number): void => {
      if (atMs > nowMs && (nextMs === undefined || atMs < nextMs)) nextMs = atMs;
    };
    for (const { actor, notBeforeMs } of this.#parked) {
      consider(Math.max(notBeforeMs, actor.frozenUntilMs));
    }
    return nextMs;
  }
}
