/*
 * Back-off: what a gateway that answers "too many requests" does to the rate of its whole account.
 * Pure.
 *
 * After a refusal no request leaves until the gateway's `Retry-After` has passed. What follows
 * depends on what the refusal says about the gateway's limit:
 *
 * - `guess`: the gateway had accepted almost nothing in the second before (the first row, an
 *   outage, a pause), so the refusal says nothing about its limit. The rate starts low and doubles
 *   every two seconds until a refusal says more, as in TCP's slow start.
 * - `first`: the first refusal that says how much the gateway accepts. It tends to be low, so the
 *   rate climbs back within 4 s and beyond that soon after.
 * - `measured`: every later one. The rate starts a little below what the gateway had accepted,
 *   climbs to just below it within 34 s, stays about there for as long, and then climbs faster and
 *   faster in case the gateway accepts more by now. This is the curve of TCP CUBIC, which spends
 *   most of its time just below the rate that was too high.
 */

/** The back-off that all workers of an account apply from one refusal to the next. */
export interface BackOff {
  readonly basis: 'guess' | 'first' | 'measured';
  /** The rate right after the pause, in requests per second. */
  readonly startPerS: number;
  /** The rate that the gateway accepted before the refusal, less a margin. */
  readonly plateauPerS: number;
  /** Requests sent before this met the earlier rate and say nothing about this one. */
  readonly cutAtMs: number;
  /** No request leaves before this. */
  readonly resumeAtMs: number;
  /** What the gateway answered, for the operator. */
  readonly cause: string;
}

export interface Refusal {
  readonly atMs: number;
  /** When the refused request was sent. */
  readonly sentAtMs: number;
  /** What the gateway asked for; absent: it did not say. */
  readonly retryAfterMs?: number;
  readonly cause: string;
  /** Requests that the gateway accepted in the second before the refused one was sent. */
  readonly acceptedPerS: number;
  /** The rate at that time; undefined: no limit. */
  readonly ratePerS: number | undefined;
}

/** For a gateway that does not say when to retry. */
const defaultPauseMs = 1_000;
/** The rate starts at this share of the plateau. */
const cutShare = 0.97;
/**
 * The count of accepted requests may be one too high, and a plateau above the gateway's limit meets
 * the next refusal within seconds. A plateau that is too low costs only the difference, until the
 * rate climbs beyond it.
 */
const plateauShare = 0.98;
/** A second refusal soon after the first: the gateway does not count by the second. Start lower. */
const quickCutShare = 0.8;
const quickMs = 5_000;
/** Fewer accepted requests say nothing about the limit, unless the rate itself was that low. */
const informativePerS = 2;
/** A guess starts at this share of the rate, at least at 1/s; a refused guess is halved. */
const guessShare = 0.3;
const guessPerS = 1;
const lowestPerS = 0.1;
const doubleMs = 2_000;
/** No card gateway accepts more. From here on the rate is unlimited. */
const unlimitedPerS = 1_000;
const climbMs = 34_000;
/**
 * The first refusal meets a batch that has just started and sends in bursts, so it may understate
 * the limit by a fifth. The next refusal meets an even rate and measures it correctly.
 */
const firstClimbMs = 4_200;
/** Without a limit of ours, back-off ends at this multiple of the rate that was once too high. */
const endShare = 4;

/** The rate at a time: the lower of limit and back-off; undefined if neither limits it. */
export function rateUnder(
  backOff: BackOff | undefined,
  limitPerS: number | undefined,
  nowMs: number,
): number | undefined {
  if (backOff === undefined) return limitPerS;
  const { basis, startPerS, plateauPerS, resumeAtMs } = backOff;
  const elapsedMs = Math.max(0, nowMs - resumeAtMs);
  if (basis === 'guess') {
    const guessedPerS = startPerS * 2 ** Math.min(elapsedMs / doubleMs, 32);
    const endPerS = limitPerS ?? unlimitedPerS;
    return guessedPerS < endPerS ? guessedPerS : limitPerS;
  }
  const away = 1 - elapsedMs / (basis === 'first' ? firstClimbMs : climbMs);
  const ratePerS = plateauPerS - (plateauPerS - startPerS) * away ** 3;
  if (limitPerS === undefined) return ratePerS >= plateauPerS * endShare ? undefined : ratePerS;
  return Math.min(limitPerS, ratePerS);
}

/** The back-off after a refusal, given the one in force. */
export function backOffAfter(present: BackOff | undefined, refusal: Refusal): BackOff {
  const { atMs, sentAtMs, acceptedPerS, ratePerS, cause } = refusal;
  const resumeAtMs = Math.max(present?.resumeAtMs ?? 0, atMs + (refusal.retryAfterMs ?? defaultPauseMs));
  if (present !== undefined && sentAtMs < Math.max(present.cutAtMs, present.resumeAtMs)) {
    return { ...present, resumeAtMs };
  }
  const isQuick = present !== undefined && atMs < present.resumeAtMs + quickMs;
  const cut = { cutAtMs: atMs, resumeAtMs, cause };
  if (!isInformative(refusal)) {
    const guessedPerS = isQuick
      ? Math.max(lowestPerS, present.startPerS / 2)
      : Math.max(guessPerS, (ratePerS ?? 0) * guessShare);
    const startPerS = Math.min(guessedPerS, ratePerS ?? guessedPerS);
    return { basis: 'guess', startPerS, plateauPerS: startPerS, ...cut };
  }
  const plateauPerS = Math.max(lowestPerS, Math.min(acceptedPerS, ratePerS ?? acceptedPerS) * plateauShare);
  const startPerS = plateauPerS * (isQuick ? quickCutShare : cutShare);
  const isFirst = present === undefined || present.basis === 'guess';
  return { basis: isFirst ? 'first' : 'measured', startPerS, plateauPerS, ...cut };
}

/** Whether the gateway had accepted enough for its refusal to say something about its limit. */
function isInformative({ acceptedPerS, ratePerS }: Refusal): boolean {
  const isAtRate = ratePerS !== undefined && acceptedPerS > 0 && acceptedPerS >= ratePerS / 2;
  return acceptedPerS >= informativePerS || isAtRate;
}

/** Of two workers' views, the later cut and the longer pause. */
export function mergeBackOffs(one: BackOff | undefined, other: BackOff | undefined): BackOff | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const later = other.cutAtMs > one.cutAtMs ? other : one;
  return { ...later, resumeAtMs: Math.max(one.resumeAtMs, other.resumeAtMs) };
}
