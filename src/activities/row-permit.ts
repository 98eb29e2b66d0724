/*
 * How a row in the send protocol (tokenize-row.ts) passes the rate limiter: it waits for admission
 * before its intent, and for its slot before the POST.
 */
import { Context } from '@temporalio/activity';
import type { HoldReason } from '../contract/hold.ts';
import { concurrencyOf } from '../domain/concurrency.ts';
import { definedOf } from '../domain/defined.ts';
import type { HoldMonitor } from '../domain/hold-monitor.ts';
import type { Permit } from '../rate-limit/admission/permit.ts';
import type { RateLimiter } from '../rate-limit/rate-limiter.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { batchHold, slotWait } from './failures.ts';
import { storageFailed } from './row-holds.ts';
import type { RowIntent } from './row-intent.ts';

/**
 * The longest wait in an activity. Rows that would wait longer go back to Temporal, so that a
 * worker that stops does not hold them up.
 */
const longestWaitMs = 10_000;

/**
 * Waits for admission to create an intent. Throws the failure that puts the batch on hold, or the
 * one after which the row comes back later.
 */
export async function waitForPermit(
  rateLimiter: RateLimiter,
  record: BatchRecord,
  monitor: HoldMonitor,
): Promise<Permit> {
  refuseOnHold(monitor);
  const { batchId, ratePerS } = record;
  const { cancellationSignal } = Context.current();
  const limits = { concurrency: concurrencyOf(record), ...definedOf({ ratePerS }) };
  const entry = await rateLimiter
    .enter(batchId, limits, longestWaitMs, cancellationSignal)
    .catch((error: unknown) => {
      if (cancellationSignal.aborted) throw error;
      throw batchHold(monitor.stop(limiterFailed(error)));
    });
  if (entry.kind === 'come_back') {
    throw slotWait(entry.afterMs);
  }
  if (monitor.hold !== undefined) {
    entry.release();
    refuseOnHold(monitor);
  }
  return entry;
}

/**
 * Waits for the slot of a row that has its intent. If none comes, the intent's result is
 * `not_processed`, and the function throws as above.
 */
export async function waitForSlot(permit: Permit, intent: RowIntent, monitor: HoldMonitor): Promise<void> {
  const slot = await permit.slot().catch((error: unknown) => limiterFailed(error));
  if (slot === 'go') return;
  await intent.notProcessed('not sent');
  if ('code' in slot) throw batchHold(monitor.stop(slot));
  throw slotWait(slot.afterMs);
}

/** Throws if the batch is on hold: none of its rows may continue. */
export function refuseOnHold(monitor: HoldMonitor): void {
  if (monitor.hold !== undefined) throw batchHold(monitor.hold);
}

function limiterFailed(error: unknown): HoldReason {
  return storageFailed('The rate limit cannot be enforced through the storage, so nothing is sent', error);
}
