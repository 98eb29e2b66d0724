import { accountSlotsFolder } from '../storage/layout.ts';
import { type AccountLimit, readAccountLimit } from '../storage/limit-settings.ts';
import type { Storage } from '../storage/storage.ts';
import { type BackOff, rateUnder } from './back-off.ts';
import { readNewestSlotBatch } from './slots/slot-batch.ts';

/** How fast all batches of an account may go together, and why. */
export interface AccountLimits {
  /** The limit that an operator set last; undefined: none was ever set. */
  readonly limit: AccountLimit | undefined;
  /** The back-off after the gateway's last refusal; undefined: it is over, or there was none. */
  readonly backOff: BackOff | undefined;
  /** Requests per second, now; undefined: no limit. */
  readonly ratePerS: number | undefined;
}

/** Reads them from the storage; needs no worker. Throws LimitSettingsError and SlotBatchError. */
export async function readAccountLimits(
  { files, slots }: Pick<Storage, 'files' | 'slots'>,
  targetFingerprint: string,
  nowMs: number,
): Promise<AccountLimits> {
  const limit = await readAccountLimit(files, targetFingerprint);
  const limitPerS = limit?.ratePerS ?? undefined;
  const backOff = (await readNewestSlotBatch(slots, accountSlotsFolder(targetFingerprint)))?.backOff;
  const ratePerS = rateUnder(backOff, limitPerS, nowMs);
  return { limit, backOff: ratePerS === limitPerS ? undefined : backOff, ratePerS };
}
