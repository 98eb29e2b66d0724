/* set-rate while a batch runs: how long until the gateway sees the new rate. */
import { setTimeout as delay } from 'node:timers/promises';
import { settledAfterMs, timelineOf, worstSecond } from './arrivals.ts';
import { Crew, type Stage } from './stage.ts';

export interface Change {
  readonly workers: number;
  readonly steps: readonly {
    readonly ratePerS: number;
    /** From the end of the command until arrivals keep to the new rate; null: never. */
    readonly settledAfterMs: number | null;
    readonly worstSecond: number;
  }[];
  readonly timeline: readonly (readonly [seconds: number, perS: number])[];
}

const stepMs = 10_000;

/** 50, then 100, then 20 a second, ten seconds each. */
export async function measureChange(stage: Stage, workers: number): Promise<Change> {
  const crew = await Crew.of(stage, workers);
  try {
    const batchId = await crew.startBatch(3_000, '--rate', '50');
    await crew.arrived(100);
    await delay(stepMs / 2);
    const changes: { ratePerS: number; atMs: number }[] = [];
    for (const ratePerS of [100, 20]) {
      await crew.command('set-rate', batchId, String(ratePerS), '--reason', 'measured');
      changes.push({ ratePerS, atMs: Date.now() });
      await delay(stepMs);
    }
    await crew.command('cancel', batchId);
    const { times } = await stage.simulator.arrivals();
    const steps = changes.map(({ ratePerS, atMs }) => {
      const untilMs = atMs + stepMs - 500;
      return {
        ratePerS,
        settledAfterMs: settledAfterMs(times, atMs, untilMs, ratePerS) ?? null,
        worstSecond: worstSecond(times.filter((time) => time >= atMs + 2_000 && time < untilMs)),
      };
    });
    return { workers, steps, timeline: timelineOf(times) };
  } finally {
    await crew.leave();
  }
}
