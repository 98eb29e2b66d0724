/* The worker processes of a seed, and what happens to them: kills, freezes, clocks that step. */
import type { OperatorKey } from '../../src/storage/key-file.ts';
import type { LedgerGateway } from './ledger-gateway.ts';
import { type Attempt, WorkerProcess } from './worker-process.ts';
import type { World } from './world.ts';

const freezesMs = [3_000, 6_000, 16_000, 45_000, 400_000] as const;
/** Long enough for others to close the shard, and for the next pass to begin. */
const longFreezesMs = [16_000, 45_000, 120_000, 120_000] as const;
const clockStepsMs = [-3_600_000, -20_000, -3_000, 3_000, 20_000, 3_600_000] as const;
const restartsMs = [100, 5_000, 30_000] as const;

export interface CrewOptions {
  readonly world: World;
  readonly gateway: LedgerGateway;
  readonly operatorKey: OperatorKey;
  readonly targetFingerprint: string;
  readonly workers: number;
}

export class Crew {
  readonly #options: CrewOptions;
  readonly #processes: WorkerProcess[];
  #started = 0;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#processes = Array.from({ length: options.workers }, () => this.#start());
  }

  get alive(): readonly WorkerProcess[] {
    return this.#processes.filter(({ actor }) => actor.isAlive);
  }

  /** All attempts that run, awaited or given up. */
  get running(): readonly Attempt[] {
    return this.alive.flatMap(({ running }) => [...running]);
  }

  /** Lets something happen to each process. Call it after each step. */
  disturb(): void {
    for (const [index, process] of this.#processes.entries()) {
      if (process.actor.isAlive) this.#disturb(process, index);
    }
  }

  #disturb(process: WorkerProcess, index: number): void {
    const { world } = this.#options;
    const { actor } = process;
    const isFrozen = actor.frozenUntilMs > world.time.nowMs;
    if (actor.isDying === true || world.happens('kill')) {
      world.log(`  KILL ${actor.name}`);
      world.scheduler.kill(actor);
      const restartMs = world.random.pick(restartsMs);
      setTimeout(() => {
        this.#processes[index] = this.#start();
      }, restartMs);
    } else if (!isFrozen && world.happens('freeze')) {
      this.#freeze(process);
    } else if (!isFrozen && !process.isSetBack && world.happens('suspend')) {
      process.sleptMs += this.#freeze(process);
    } else if (
      !isFrozen &&
      process.sleptMs === 0 &&
      this.#isSending(process) &&
      world.happens('freeze_back')
    ) {
      this.#step(process, -this.#freeze(process, longFreezesMs));
    } else if (world.happens('clock_step')) {
      const stepMs = world.random.pick(clockStepsMs);
      if (stepMs > 0 || process.sleptMs === 0) this.#step(process, stepMs);
    }
  }

  #step(process: WorkerProcess, stepMs: number): void {
    process.skewMs += stepMs;
    if (stepMs < 0) process.isSetBack = true;
    this.#options.world.log(`  CLOCK of ${process.actor.name} is off by ${process.skewMs} ms`);
  }

  /** An intent was created, and its request has not left. */
  #isSending({ actor }: WorkerProcess): boolean {
    return this.#options.world.scheduler.isParked(actor, (what) => what.startsWith('is sealed'));
  }

  #freeze({ actor }: WorkerProcess, choice: readonly [number, ...number[]] = freezesMs): number {
    const { world } = this.#options;
    const ms = world.random.pick(choice);
    actor.frozenUntilMs = world.time.nowMs + ms;
    world.log(`  FREEZE ${actor.name} for ${ms} ms`);
    return ms;
  }

  #start(): WorkerProcess {
    this.#started += 1;
    return new WorkerProcess({ ...this.#options, name: `worker ${this.#started}` });
  }
}
