/*
 * Time that passes only when the scheduler says so. Replaces the timers of Node and the clock of
 * JavaScript for the whole process while a seed runs; each timer belongs to the actor that set it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Actor } from './actor.ts';

const timersPromises = createRequire(import.meta.url)('node:timers/promises') as {
  setTimeout: (ms?: number, value?: unknown) => Promise<unknown>;
};

/** Which actor the running code belongs to. */
export const runningActor = new AsyncLocalStorage<Actor>();

const startMs = Date.UTC(2026, 0, 1);

class VirtualTimer {
  readonly actor: Actor | undefined;
  readonly everyMs: number | undefined;
  readonly fire: () => void;
  dueMs: number;

  constructor(timer: Pick<VirtualTimer, 'actor' | 'everyMs' | 'fire' | 'dueMs'>) {
    this.actor = timer.actor;
    this.everyMs = timer.everyMs;
    this.fire = timer.fire;
    this.dueMs = timer.dueMs;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

export class VirtualTime {
  nowMs = startMs;
  readonly #timers = new Set<VirtualTimer>();

  /** Milliseconds since the start. */
  get elapsedMs(): number {
    return this.nowMs - startMs;
  }

  /** Replaces the timers. Returns a function that puts the real ones back. */
  install(random: () => number): () => void {
    const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval } = globalThis;
    const [realSleep, realNow, realRandom] = [timersPromises.setTimeout, Date.now, Math.random];
    const add = (act: (...values: unknown[]) => void, ms = 0, values: unknown[] = [], isRepeated = false) => {
      const delayMs = Math.max(ms, isRepeated ? 1 : 0);
      const actor = runningActor.getStore();
      const timer: VirtualTimer = new VirtualTimer({
        actor,
        everyMs: isRepeated ? delayMs : undefined,
        dueMs: this.nowMs + delayMs,
        fire: () => (actor === undefined ? act(...values) : runningActor.run(actor, () => act(...values))),
      });
      this.#timers.add(timer);
      return timer;
    };
    const clear = (timer: unknown): void => {
      if (timer instanceof VirtualTimer) this.#timers.delete(timer);
    };
    Object.assign(globalThis, {
      setTimeout: (act: () => void, ms?: number, ...values: unknown[]) => add(act, ms, values),
      setInterval: (act: () => void, ms?: number, ...values: unknown[]) => add(act, ms, values, true),
      setImmediate: (act: () => void, ...values: unknown[]) => add(act, 0, values),
      clearTimeout: clear,
      clearInterval: clear,
    });
    timersPromises.setTimeout = (ms, value) =>
      new Promise((resolve) => {
        add(() => resolve(value), ms);
      });
    Date.now = () => this.nowMs;
    Math.random = random;
    syncBuiltinESMExports();
    return () => {
      Object.assign(globalThis, { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval });
      timersPromises.setTimeout = realSleep;
      Date.now = realNow;
      Math.random = realRandom;
      syncBuiltinESMExports();
    };
  }

  /** When the next timer can fire; undefined if there is none. */
  nextDueMs(): number | undefined {
    let nextMs: number | undefined;
    for (const { actor, dueMs } of this.#timers) {
      const atMs = Math.max(dueMs, actor?.frozenUntilMs ?? 0);
      if (nextMs === undefined || atMs < nextMs) nextMs = atMs;
    }
    return nextMs;
  }

  /** Fires one of the timers that are due; `choose` picks from so many. False if none is due. */
  fireOne(mayRun: (actor: Actor | undefined) => boolean, choose: (count: number) => number): boolean {
    const due = [...this.#timers].filter((timer) => timer.dueMs <= this.nowMs && mayRun(timer.actor));
    const timer = due[choose(due.length)];
    if (timer === undefined) return false;
    if (timer.everyMs === undefined) this.#timers.delete(timer);
    else timer.dueMs = this.nowMs + timer.everyMs;
    timer.fire();
    return true;
  }

  forgetTimersOf(actor: Actor): void {
    for (const timer of this.#timers) if (timer.actor === actor) this.#timers.delete(timer);
  }
}
