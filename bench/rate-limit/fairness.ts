/*
 * A small batch that starts while a large one of another merchant runs under the same account
 * limit.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Crew, type Stage } from './stage.ts';

export interface Fairness {
  readonly limitPerS: number;
  readonly smallRows: number;
  readonly largeRows: number;
  readonly aloneS: number;
  readonly besideS: number;
}

async function timeOf(crew: Crew, rows: number): Promise<number> {
  const startedMs = performance.now();
  await crew.ended(
    await crew.startBatch(rows, '--rate', 'none', '--batch', `small-${Math.round(startedMs)}`),
  );
  return (performance.now() - startedMs) / 1_000;
}

/** Runs the small batch alone, then beside the large one. */
export async function measureFairness(stage: Stage): Promise<Fairness> {
  const limitPerS = 100;
  const smallRows = 1_000;
  const largeRows = smallRows * 6;
  const crew = await Crew.of(stage, 1);
  try {
    await crew.command('set-rate', '--account', String(limitPerS), '--reason', 'measured');
    const aloneS = await timeOf(crew, smallRows);
    const large = await crew.startBatch(largeRows, '--rate', 'none');
    await crew.arrived(smallRows + 300);
    await delay(1_000);
    const besideS = await timeOf(crew, smallRows);
    await crew.command('cancel', large);
    return { limitPerS, smallRows, largeRows, aloneS, besideS };
  } finally {
    await crew.leave();
  }
}
