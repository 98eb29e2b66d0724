/*
 * Which faults a seed injects. Each seed draws its own kinds and rates, so that most seeds have a
 * few kinds and some have many. Fired faults are numbered, so that a replay can leave some out.
 */
import { type FaultKind, faultKinds, highestRates, type Profile, profiles, shareOf } from './fault-rates.ts';
import { Random } from './random.ts';

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
  readonly profile: string;
  readonly #random: Random;
  readonly #rates: ReadonlyMap<FaultKind, number>;
  readonly #without: ReadonlySet<number>;
  readonly #most: number;
  readonly fired: FiredFault[] = [];
  /** How many fired, or would have. */
  count = 0;

  constructor(seed: number, { without = new Set(), kinds }: FaultLimits = {}) {
    this.#random = new Random(seed ^ 0x5eed);
    this.#without = without;
    const [profile, given] = drawProfile(this.#random.next());
    this.profile = profile;
    this.#rates = new Map(
      faultKinds.flatMap((kind): [FaultKind, number][] => {
        const isIn = this.#random.chance(shareOf(kind, given !== undefined));
        const rate = highestRates[kind] * this.#random.next();
        const always = given?.rates[kind];
        if (kinds === undefined && always !== undefined) return [[kind, always]];
        if (kinds === undefined ? !isIn : !kinds.has(kind)) return [];
        return [[kind, rate]];
      }),
    );
    this.#most = (given?.atLeast ?? 1) + this.#random.below(12);
  }

  /** True if the fault may happen in this seed. */
  mayHappen(kind: FaultKind): boolean {
    return this.#rates.has(kind) && this.count < this.#most;
  }

  /** True if the fault happens now. */
  happens(kind: FaultKind): boolean {
    const rate = this.#rates.get(kind);
    if (rate === undefined || this.count >= this.#most || !this.#random.chance(rate)) return false;
    this.count += 1;
    if (this.#without.has(this.count)) return false;
    this.fired.push({ number: this.count, kind });
    return true;
  }

  has(kind: FaultKind): boolean {
    return this.fired.some((fault) => fault.kind === kind);
  }
}

function drawProfile(drawn: number): [name: string, profile: Profile | undefined] {
  let end = 0;
  for (const [name, profile] of Object.entries(profiles)) {
    end += profile.share;
    if (drawn < end) return [name, profile];
  }
  return ['mixed', undefined];
}
