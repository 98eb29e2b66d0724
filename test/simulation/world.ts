/* What one seed consists of: time, actors, a disk, faults, and counters of what happened. */

import type { Storage } from '../../src/storage/storage.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { openMemoryStorage } from '../support/memory-storage.ts';
import { testKey } from '../support/storage-key.ts';
import { type Actor, createActor } from './actor.ts';
import { type FaultLimits, Faults } from './faults.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { VirtualTime } from './virtual-time.ts';
import { settleConditions } from './workflow-shim.ts';

export interface WorldOptions extends FaultLimits {
  readonly seed: number;
  readonly isTraced?: boolean;
}

const stageNames = ['open', 'closed', 'published', 'planned'] as const;
export type Stage = (typeof stageNames)[number];

/** How far a batch is, as a number that only grows. `planned`: an operator sees the next pass. */
export function stageOf(pass: number, stage: Stage): number {
  return pass * stageNames.length + stageNames.indexOf(stage);
}

export class World {
  readonly seed: number;
  /** Decides the order of what happens. */
  readonly random: Random;
  readonly faults: Faults;
  readonly time = new VirtualTime();
  readonly scheduler: Scheduler;
  readonly disk: MemoryDisk;
  /** The storage without faults. */
  readonly storage: Storage;
  readonly temporal = createActor('temporal', 2);
  readonly network = createActor('network');
  readonly counters = new Map<string, number>();
  readonly trace: string[] = [];
  /** The passes in which intents were removed. */
  readonly passesWithRemovals = new Set<number>();
  /** The rows whose card a request may have charged, or may still charge. */
  readonly sentRows = new Set<number>();
  /** The rows that were sent although their shard was sealed, by a process that did not see it. */
  readonly unseenSeals = new Set<number>();
  /** The tokens that an intent held durably, by row. None of them may be lost. */
  readonly durableTokens = new Map<number, string>();
  /** The tokens that a process received, by row. As long as it lives, none of them is lost. */
  readonly heldTokens = new Map<number, { readonly token: string; readonly process: Actor }>();
  /** The results that are being written, or that are to be written again, by intent. */
  readonly unwritten = new Map<string, Actor>();
  #stage = stageOf(1, 'open');

  /** True if the disk lost something or was edited, or a process saw as absent what is there. */
  get wasDamaged(): boolean {
    return (['forgotten', 'altered', 'stale_absent'] as const).some((kind) => this.faults.has(kind));
  }
  readonly #isTraced: boolean;
  readonly #onStep: (() => void)[] = [];

  constructor(options: WorldOptions) {
    const { seed, isTraced = false } = options;
    this.seed = seed;
    this.#isTraced = isTraced;
    this.random = new Random(seed);
    this.faults = new Faults(seed, options);
    this.disk = new MemoryDisk(() => this.time.nowMs);
    const id = '2b7c6f0e-0d6f-4f0e-9d3a-6f2f1c0e5a11';
    this.storage = openMemoryStorage({ disk: this.disk, id, operatorKey: testKey });
    this.scheduler = new Scheduler({
      time: this.time,
      random: this.random,
      haste: this.random.pick([0, 0.02, 0.1, 0.3]),
      onStep: () => {
        const before = this.faults.count;
        for (const act of this.#onStep) act();
        return this.faults.count > before;
      },
      settleMore: settleConditions,
      trace: (line) => this.log(line),
    });
  }

  /** True if a living process still has to write a result. */
  get isWriting(): boolean {
    return [...this.unwritten.values()].some(({ isAlive }) => isAlive);
  }

  /** The latest stage that was reached. */
  get stage(): number {
    return this.#stage;
  }

  get pass(): number {
    return Math.floor(this.#stage / stageNames.length);
  }

  reach(pass: number, stage: Stage): void {
    this.#stage = Math.max(this.#stage, stageOf(pass, stage));
  }

  /** Calls `act` after each step. */
  onStep(act: () => void): void {
    this.#onStep.push(act);
  }

  count(what: string): void {
    this.counters.set(what, (this.counters.get(what) ?? 0) + 1);
  }

  log(line: string): void {
    if (this.#isTraced) this.trace.push(`${(this.time.elapsedMs / 1_000).toFixed(3)} s  ${line}`);
  }

  /** Draws whether a fault happens now; counts and logs it. */
  happens(kind: Parameters<Faults['happens']>[0]): boolean {
    if (!this.faults.happens(kind)) return false;
    this.count(`fault: ${kind}`);
    this.log(`  fault ${this.faults.fired.at(-1)?.number}: ${kind}`);
    return true;
  }
}
