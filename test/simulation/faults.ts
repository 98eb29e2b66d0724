/*
 * Which faults a seed injects. Each seed draws its own kinds and rates, so that most seeds have a
 * few kinds and some have many. Fired faults are numbered, so that a replay can leave some out.
 */
import { Random } from './random.ts';

export const faultKinds = [
  'kill',
  'freeze',
  'suspend',
  'stall',
  'slow_closer',
  'slow_result',
  'clock_step',
  'clock_skew',
  'write_fails',
  'read_fails',
  'answer_lost',
  'stale_absent',
  'torn_write',
  'duplicate',
  'two_closers',
  'completion_lost',
  'cancel',
  'cancel_shard',
  'reset',
  'forgotten',
  'altered',
  'slow_network',
  'hostile_answer',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** How often a kind fires at one opportunity, at most. */
const highestRates: Readonly<Record<FaultKind, number>> = {
  kill: 0.01,
  freeze: 0.015,
  suspend: 0.01,
  stall: 0.04,
  slow_closer: 0.9,
  slow_result: 0.5,
  clock_step: 0.006,
  clock_skew: 0.5,
  write_fails: 0.08,
  read_fails: 0.03,
  answer_lost: 0.08,
  stale_absent: 0.08,
  torn_write: 0.03,
  duplicate: 0.15,
  two_closers: 0.9,
  completion_lost: 0.1,
  cancel: 0.004,
  cancel_shard: 0.006,
  reset: 0.004,
  forgotten: 0.02,
  altered: 0.02,
  slow_network: 0.2,
  hostile_answer: 0.6,
};

/** The share of seeds that have a kind. */
const shareOfSeeds = 0.3;
/** Rare kinds that end most batches on hold: they would hide the others. */
const rareShare = 0.12;
const rare: ReadonlySet<FaultKind> = new Set(['forgotten', 'altered']);

/** Some seeds have all of these, often: together they make closers overtake each other. */
const closingRace: ReadonlySet<FaultKind> = new Set(['slow_closer', 'slow_result', 'two_closers']);
const closingRaceShare = 0.1;

export interface FiredFault {
  readonly number: number;
  readonly kind: FaultKind;
}

export interface FaultLimits {
  /** Numbers of faults that do not fire. */
  readonly without?: ReadonlySet<number>;
  /** Absent: the seed decides. */
  readonly kinds?: ReadonlySet<FaultKind>;
}

export class Faults {
  readonly #random: Random;
  readonly #rates: ReadonlyMap<FaultKind, number>;
  readonly #without: ReadonlySet<number>;
  readonly #most: number;
  #count = 0;
  readonly fired: FiredFault[] = [];

  constructor(seed: number, { without = new Set(), kinds }: FaultLimits = {}) {
    this.#random = new Random(seed ^ 0x5eed);
    this.#without = without;
    const isRace = this.#random.chance(closingRaceShare);
    this.#rates = new Map(
      faultKinds.flatMap((kind): [FaultKind, number][] => {
        const isIn = this.#random.chance(rare.has(kind) ? rareShare : shareOfSeeds);
        const rate = highestRates[kind] * this.#random.next();
        if (kinds === undefined && isRace && closingRace.has(kind)) return [[kind, highestRates[kind]]];
        if (kinds === undefined ? !isIn : !kinds.has(kind)) return [];
        return [[kind, rate]];
      }),
    );
    this.#most = 1 + this.#random.below(12);
  }

  /** True if the fault happens now. */
  happens(kind: FaultKind): boolean {
    const rate = this.#rates.get(kind);
    if (rate === undefined || this.#count >= this.#most || !this.#random.chance(rate)) return false;
    this.#count += 1;
    if (this.#without.has(this.#count)) return false;
    this.fired.push({ number: this.#count, kind });
    return true;
  }

  has(kind: FaultKind): boolean {
    return this.fired.some((fault) => fault.kind === kind);
  }
}
