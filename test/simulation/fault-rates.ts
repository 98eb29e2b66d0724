/*
 * How often each kind of fault happens. Most seeds mix a few kinds. The others have a profile: a
 * few kinds that lead together to a state that a mix reaches too rarely.
 */
export const faultKinds = [
  'kill',
  'freeze',
  'freeze_back',
  'suspend',
  'stall',
  'slow_closer',
  'slow_result',
  'late_writer',
  'clock_step',
  'clock_skew',
  'write_fails',
  'result_fails',
  'read_fails',
  'answer_lost',
  'stale_absent',
  'stale_seal',
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
  'declined',
  'hostile_answer',
] as const;
export type FaultKind = (typeof faultKinds)[number];
export type FaultRates = Readonly<Partial<Record<FaultKind, number>>>;

/** How often a kind happens at one opportunity, at most. */
export const highestRates: Readonly<Record<FaultKind, number>> = {
  kill: 0.01,
  freeze: 0.015,
  freeze_back: 0.1,
  suspend: 0.01,
  stall: 0.04,
  slow_closer: 0.9,
  slow_result: 0.5,
  late_writer: 0.1,
  clock_step: 0.006,
  clock_skew: 0.5,
  write_fails: 0.08,
  result_fails: 0.3,
  read_fails: 0.03,
  answer_lost: 0.08,
  stale_absent: 0.08,
  stale_seal: 0.5,
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
  declined: 0.6,
  hostile_answer: 0.6,
};

/** Rare kinds that end most batches on hold: they would hide the others. */
const rare: ReadonlySet<FaultKind> = new Set(['forgotten', 'altered']);

export interface Profile {
  /** The share of seeds that have it. */
  readonly share: number;
  /** How many faults it has at least; up to eleven more may happen. */
  readonly atLeast: number;
  /** The kinds that it always has. */
  readonly rates: FaultRates;
}

export const profiles: Readonly<Record<string, Profile>> = {
  /** Closers overtake each other, while a result arrives. */
  closing: { share: 0.1, atLeast: 6, rates: { slow_closer: 0.7, slow_result: 0.5, two_closers: 0.9 } },
  /** A process that stood still creates its intent, or writes its result, in a later stage. */
  late_writers: {
    share: 0.1,
    atLeast: 14,
    rates: { late_writer: 0.4, slow_result: 0.6, stale_seal: 0.9, declined: 0.4 },
  },
  /** The wall clock is set back while a process stands still before its send. */
  set_back: { share: 0.08, atLeast: 6, rates: { freeze_back: 0.3 } },
  /** Results cannot be written at once, and the workflow does not learn of them. */
  failed_results: {
    share: 0.08,
    atLeast: 6,
    rates: { result_fails: 0.6, completion_lost: 0.4, reset: 0.01 },
  },
  /** Files vanish or are edited while a shard is closed. */
  forgetful: { share: 0.08, atLeast: 6, rates: { forgotten: 0.1, cancel: 0.004, two_closers: 0.3 } },
  edited: { share: 0.08, atLeast: 6, rates: { altered: 0.1, duplicate: 0.1, kill: 0.01 } },
};

/** The share of seeds of a mix that have a kind. */
export function shareOf(kind: FaultKind, hasProfile: boolean): number {
  if (hasProfile) return rare.has(kind) ? 0 : 0.12;
  return rare.has(kind) ? 0.12 : 0.3;
}
