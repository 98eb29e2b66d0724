/* How long a call of the storage hangs, and until when. */
import type { ShardRef } from '../../src/storage/storage.ts';
import { openIntentsOf } from '../support/memory-intents.ts';
import type { Delay } from './scheduler.ts';
import { stageOf, type World } from './world.ts';

const stallsMs = [50, 1_500, 4_000, 9_000, 30_000, 120_000] as const;
/** Longer than a worker is waited for. */
const longStallsMs = [4_000, 20_000, 30_000, 60_000, 120_000] as const;
/** A late writer goes on by then, whatever happens. */
const latestMs = 100_000;

/** Before a call takes effect. The places where a delay matters most are rare among all calls. */
export function delayOf(world: World, what: string): Delay {
  const isResult = what.startsWith('result');
  if (isResult && world.happens('late_writer')) return lateIn(world);
  if (/^(create|replace) \S*outcomes/.test(what)) return stalled(world, 'slow_closer', longStallsMs);
  return isResult ? stalled(world, 'slow_result', longStallsMs) : stalled(world, 'stall', stallsMs);
}

/**
 * After a call took effect. A process that has looked at the last intent may be late: the next
 * intent that it creates is fresh.
 */
export function answerDelayOf(world: World, what: string): Delay {
  if (what.startsWith('last') && world.happens('late_writer')) return lateIn(world);
  return stalled(world, 'stall', stallsMs);
}

function stalled(
  world: World,
  kind: 'slow_closer' | 'slow_result' | 'stall',
  waitsMs: typeof stallsMs | typeof longStallsMs,
): Delay {
  return world.happens(kind) ? { waitMs: world.random.pick(waitsMs) } : {};
}

/**
 * Until a later stage of the batch. Mostly until an operator has planned the next pass: its rows
 * were looked at, and it has not begun.
 */
function lateIn(world: World): Delay {
  const stage = world.random.chance(0.3)
    ? world.stage + 1 + world.random.below(4)
    : stageOf(world.pass, 'planned');
  world.log(`  LATE until stage ${stage}`);
  return { waitMs: latestMs, until: () => world.stage >= stage };
}

/**
 * True if a process may overlook that the shard is sealed. Not once the next pass has begun: it has
 * looked at the intents. Not where intents were removed and the row may be charged: then only the
 * seal shows it.
 */
export function mayMissSeal(world: World, ref: ShardRef): boolean {
  if (world.stage >= stageOf(ref.pass + 1, 'open')) return false;
  if (!world.passesWithRemovals.has(ref.pass)) return true;
  return openIntentsOf(world.disk, ref).every(({ row }) => !world.sentRows.has(row));
}
