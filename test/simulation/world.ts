/* What one seed consists of: time, actors, a disk, faults, and counters of what happened. */

import type { Storage } from '../../src/storage/storage.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { openMemoryStorage } from '../support/memory-storage.ts';
import { testKey } from '../support/storage-key.ts';
import { createActor } from './actor.ts';
import { type FaultLimits, Faults } from './faults.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { VirtualTime } from './virtual-time.ts';
import { settleConditions } from './workflow-shim.ts';

export interface WorldOptions extends FaultLimits {
  readonly seed: number;
  readonly isTraced?: boolean;
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
  hasRemovedIntents = false;
  /** The tokens that an intent held durably, by row. None of them may be lost. */
  readonly durableTokens = new Map<number, string>();

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
        for (const act of this.#onStep) act();
      },
      settleMore: settleConditions,
      trace: (line) => this.log(line),
    });
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
