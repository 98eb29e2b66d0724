/* Lets a seed go on until something is so, or until it failed or broke a promise. */
import type { World } from './world.ts';

/** A seed that takes more steps goes on forever: most take a few hundred. */
const mostSteps = 40_000;

export class SeedCourse {
  readonly #world: World;
  /** What broke a promise. */
  readonly violations: string[];
  #failure: { readonly error: unknown } | undefined;

  constructor(world: World, violations: string[]) {
    this.#world = world;
    this.violations = violations;
  }

  /** The seed ends with the first failure. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  async until(isOver: () => boolean): Promise<void> {
    const isEnded = (): boolean => this.#failure !== undefined || this.violations.length > 0;
    await this.#world.scheduler.run(() => isOver() || isEnded(), mostSteps);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async wait(ms: number): Promise<void> {
    let isOver = false;
    setTimeout(() => {
      isOver = true;
    }, ms);
    await this.until(() => isOver);
  }

  /** Undefined if a promise was broken meanwhile. */
  async whole<Result>(act: Promise<Result>): Promise<Result | undefined> {
    let end: { readonly result: Result } | undefined;
    act.then(
      (result) => {
        end = { result };
      },
      (error: unknown) => this.fail(error),
    );
    await this.until(() => end !== undefined);
    return end?.result;
  }
}
