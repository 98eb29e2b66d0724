/* A gateway that accepts half of the configured rate. */
import { meanPerS, timelineOf } from './arrivals.ts';
import { Crew, type Stage } from './stage.ts';

export interface BackOffFigures {
  readonly configuredPerS: number;
  readonly limitPerS: number;
  readonly workers: number;
  /**
   * Requests that the gateway accepted, of those it would have accepted, from ten seconds after the
   * first refusal.
   */
  readonly acceptedShare: number;
  /** Of the requests in the same time, and of all. */
  readonly refusedShare: number;
  readonly refusedShareOfAll: number;
  readonly timeline: readonly (readonly [seconds: number, perS: number])[];
}

/** Until the rate has settled. */
const settlingMs = 10_000;

/** Sends with a limit of ours that is twice the gateway's. */
export async function measureBackOff(stage: Stage, workers: number): Promise<BackOffFigures> {
  const configuredPerS = 100;
  const limitPerS = 50;
  const crew = await Crew.of(stage, workers);
  try {
    const { simulator } = stage;
    await simulator.settings({ ratePerS: limitPerS });
    await crew.ended(await crew.startBatch(3_000, '--rate', String(configuredPerS)));
    const { times, refused } = await simulator.arrivals();
    const fromMs = (times[refused[0] ?? 0] ?? 0) + settlingMs;
    const isRefused = new Set(refused);
    const settled = times.flatMap((time, index) => (time >= fromMs ? [{ time, index }] : []));
    const taken = settled.filter(({ index }) => !isRefused.has(index)).map(({ time }) => time);
    return {
      configuredPerS,
      limitPerS,
      workers,
      acceptedShare: meanPerS(taken) / limitPerS,
      refusedShare: (settled.length - taken.length) / settled.length,
      refusedShareOfAll: refused.length / times.length,
      timeline: timelineOf(times),
    };
  } finally {
    await crew.leave();
  }
}
