/* How closely a number of workers keeps to a limit. */
import { meanPerS, timelineOf, worstSecond } from './arrivals.ts';
import { Crew, type Stage } from './stage.ts';

export interface LimitLine {
  readonly workers: number;
  readonly limitPerS: number;
  readonly requests: number;
  readonly worstSecond: number;
  /** Of the limit, from the second second on. */
  readonly meanShare: number;
  /** From the sixth second on: until then new processes are slow. */
  readonly settledShare: number;
  readonly answers429: number;
  readonly timeline: readonly (readonly [seconds: number, perS: number])[];
}

/**
 * Sends rows for this many seconds. The gateway's own limiter is set to the limit plus its
 * tolerance.
 */
export async function measureLimit(
  stage: Stage,
  workers: number,
  limitPerS: number,
  seconds: number,
): Promise<LimitLine> {
  const crew = await Crew.of(stage, workers);
  try {
    const { simulator } = stage;
    await simulator.settings({ ratePerS: Math.max(limitPerS + 1, Math.floor(limitPerS * 1.02)) });
    const batchId = await crew.startBatch(limitPerS * seconds, '--rate', String(limitPerS));
    await crew.ended(batchId);
    const { times, refused } = await simulator.arrivals();
    return {
      workers,
      limitPerS,
      requests: times.length,
      worstSecond: worstSecond(times),
      meanShare: meanPerS(times) / limitPerS,
      settledShare: meanPerS(times, 5) / limitPerS,
      answers429: refused.length,
      timeline: timelineOf(times),
    };
  } finally {
    await crew.leave();
  }
}
