/*
 * What a gateway that says "too many requests" does to the rate of its whole account. Pure.
 *
 * After a refusal nobody sends until the gateway's `Retry-After` is over. Then the rate begins a little below what the
 * gateway had taken in the second before the refusal, climbs to just below that within 34 s (after the first refusal 4 s),
 * stays about there for as long, and then climbs faster and faster, in case the gateway takes more by now (the curve of TCP
 * CUBIC: it spends most of its time just below what was seen to be too much).
 *
 * A refusal that met next to no requests (the first row, an outage, after a pause) tells nothing of what the gateway takes.
 * Then the rate begins low and doubles every two seconds until a refusal tells more, as TCP does in its slow start.
 */

/** What all workers of an account keep to, from one refusal to the next. */
export interface Pressure {
  /** The rate right after the refusal, and the one that the gateway had taken before it; requests a second. */
  readonly ceilingPerS: number;
  readonly plateauPerS: number;
  /** Requests sent before this met the rate of before, and say nothing about this one. */
  readonly cutAtMs: number;
  /** Nothing is sent before. */
  readonly resumeAtMs: number;
  /** For the operator: what the gateway answered. */
  readonly cause: string;
  /** Nothing is known of what the gateway takes: the rate doubles from the ceiling on. */
  readonly isGuess?: true;
  /** The first that told what the gateway takes, and told it badly: see firstClimbMs. */
  readonly isFirst?: true;
}

export interface Refusal {
  readonly atMs: number;
  /** When the refused request was sent. */
  readonly sentAtMs: number;
  /** What the gateway asked for; absent: it did not say. */
  readonly retryAfterMs?: number;
  readonly cause: string;
  /** Requests that it took in the second before the refused one was sent. */
  readonly takenPerS: number;
  /** The rate at that time; undefined: no limit. */
  readonly ratePerS: number | undefined;
}

/** A gateway that does not say when to come back has its second. */
const usualPauseMs = 1_000;
const cutShare = 0.97;
/**
 * What was taken may be counted a request too high, and a plateau above what the gateway takes meets the next refusal within
 * seconds. One that is as much too low costs that much until the rate climbs beyond it.
 */
const plateauShare = 0.98;
/** A second refusal soon after the first means that the gateway counts in another way than by the second. */
const quickCutShare = 0.8;
const quickMs = 5_000;
/** So few requests taken tell nothing, unless the rate was as slow. */
const reportingPerS = 2;
/** A guess begins with this share of the rate, or with one a second, and with half of the last one where that was refused too. */
const guessShare = 0.3;
const guessPerS = 1;
const leastPerS = 0.1;
const doubleMs = 2_000;
/** A rate that no gateway of cards takes: from there on nothing limits any more. */
const unlimitedPerS = 1_000;
const climbMs = 34_000;
/**
 * The first refusal meets a batch that has just begun, with requests in bursts, and may tell a fifth too little. So the rate
 * climbs beyond it within seconds; the next refusal comes at an even rate and tells it right.
 */
const firstClimbMs = 4_200;
/** Without a limit of ours, the pressure is over where the rate is so much above what was once too much. */
const overShare = 4;

/** The rate at a time: the lower of the limit and what the pressure leaves; undefined where neither limits it. */
export function rateUnder(
  pressure: Pressure | undefined,
  limitPerS: number | undefined,
  nowMs: number,
): number | undefined {
  if (pressure === undefined) return limitPerS;
  const { ceilingPerS, plateauPerS, resumeAtMs, isFirst } = pressure;
  const elapsedMs = Math.max(0, nowMs - resumeAtMs);
  if (pressure.isGuess === true) {
    const guessedPerS = ceilingPerS * 2 ** Math.min(elapsedMs / doubleMs, 32);
    const endPerS = limitPerS ?? unlimitedPerS;
    return guessedPerS < endPerS ? guessedPerS : limitPerS;
  }
  const away = 1 - elapsedMs / (isFirst === true ? firstClimbMs : climbMs);
  const ratePerS = plateauPerS - (plateauPerS - ceilingPerS) * away ** 3;
  if (limitPerS === undefined) return ratePerS >= plateauPerS * overShare ? undefined : ratePerS;
  return Math.min(limitPerS, ratePerS);
}

/** The pressure after a refusal. */
export function pressureAfter(present: Pressure | undefined, refusal: Refusal): Pressure {
  const { atMs, sentAtMs, takenPerS, ratePerS, cause } = refusal;
  const resumeAtMs = Math.max(present?.resumeAtMs ?? 0, atMs + (refusal.retryAfterMs ?? usualPauseMs));
  if (present !== undefined && sentAtMs < Math.max(present.cutAtMs, present.resumeAtMs)) {
    return { ...present, resumeAtMs };
  }
  const isQuick = present !== undefined && atMs < present.resumeAtMs + quickMs;
  if (!isReporting(refusal)) {
    const ofLimitsPerS = Math.max(guessPerS, (ratePerS ?? 0) * guessShare);
    const startPerS = isQuick ? Math.max(leastPerS, present.ceilingPerS / 2) : ofLimitsPerS;
    const ceilingPerS = Math.min(startPerS, ratePerS ?? startPerS);
    return { ceilingPerS, plateauPerS: ceilingPerS, cutAtMs: atMs, resumeAtMs, cause, isGuess: true };
  }
  const plateauPerS = Math.max(leastPerS, Math.min(takenPerS, ratePerS ?? takenPerS) * plateauShare);
  return {
    ceilingPerS: plateauPerS * (isQuick ? quickCutShare : cutShare),
    plateauPerS,
    cutAtMs: atMs,
    resumeAtMs,
    cause,
    ...(present === undefined || present.isGuess === true ? { isFirst: true } : {}),
  };
}

/** Whether the gateway had taken so much that its refusal says something about its limit. */
function isReporting({ takenPerS, ratePerS }: Refusal): boolean {
  const isAtLimits = ratePerS !== undefined && takenPerS > 0 && takenPerS >= ratePerS / 2;
  return takenPerS >= reportingPerS || isAtLimits;
}

/** Of two workers' views the later cut, and the longer pause. */
export function mergePressures(one: Pressure | undefined, other: Pressure | undefined): Pressure | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const later = other.cutAtMs > one.cutAtMs ? other : one;
  return { ...later, resumeAtMs: Math.max(one.resumeAtMs, other.resumeAtMs) };
}
