/*
 * Temporal's own limiter on the same rows: bench/peers/plain-temporal, with
 * maxTaskQueueActivitiesPerSecond.
 */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSampleFile } from '../../test/support/sample-file.ts';
import { contenders } from '../alternatives/contender.ts';
import { meanPerS, timelineOf, worstSecond } from './arrivals.ts';
import type { LimitLine } from './limits.ts';
import type { Stage } from './stage.ts';

/** The same measurement for an activity a row under Temporal's limiter, in one worker. */
export async function measurePlain(
  { temporal, simulator }: Stage,
  limitPerS: number,
  seconds: number,
): Promise<LimitLine> {
  const plain = contenders.find(({ name }) => name === 'Temporal, plain');
  if (plain === undefined) throw new Error('There is no plain contender to compare with');
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-bench-rate-limit-'));
  try {
    await simulator.reset();
    await simulator.settings({ ratePerS: Math.max(limitPerS + 1, Math.floor(limitPerS * 1.02)) });
    const file = await writeSampleFile(folder, limitPerS * seconds);
    const own = join(folder, 'own');
    await mkdir(own);
    const running = plain.start({
      inputFile: file.path,
      folder: own,
      baseUrl: simulator.baseUrl,
      ratePerS: limitPerS,
      concurrency: 100,
      timeoutMs: 10_000,
      environment: { TEMPORAL_ADDRESS: temporal.address },
    });
    await once(running, 'exit');
    const { times, refused } = await simulator.arrivals();
    return {
      workers: 1,
      limitPerS,
      requests: times.length,
      worstSecond: worstSecond(times),
      meanShare: meanPerS(times) / limitPerS,
      settledShare: meanPerS(times, 5) / limitPerS,
      answers429: refused.length,
      timeline: timelineOf(times),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
