import { accountSlotsFolder } from '../storage/layout.ts';
import { type AccountLimit, readAccountLimit } from '../storage/limit-settings.ts';
import type { Storage } from '../storage/storage.ts';
import { type Pressure, rateUnder } from './back-pressure.ts';
import { readNewestSlotBatch } from './slot-batch.ts';

/** How fast all batches of an account may go together, and why. */
export interface AccountLimits {
  /** As an operator set it last; undefined: nobody ever did. */
  readonly limit: AccountLimit | undefined;
  /** What the gateway's last refusal left; undefined: it is over, or there was none. */
  readonly pressure: Pressure | undefined;
  /** Requests a second, now; undefined: no limit. */
  readonly ratePerS: number | undefined;
}

/** Reads it from the storage; needs no worker. */
export async function readAccountLimits(
  { files, slots }: Pick<Storage, 'files' | 'slots'>,
  targetFingerprint: string,
  nowMs: number,
): Promise<AccountLimits> {
  const limit = await readAccountLimit(files, targetFingerprint);
  const limitPerS = limit?.ratePerS ?? undefined;
  const pressure = (await readNewestSlotBatch(slots, accountSlotsFolder(targetFingerprint)))?.pressure;
  const ratePerS = rateUnder(pressure, limitPerS, nowMs);
  return { limit, pressure: ratePerS === limitPerS ? undefined : pressure, ratePerS };
}
