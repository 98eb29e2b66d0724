import { accountTurnsFolder } from '../storage/layout.ts';
import { type AccountLimit, readAccountLimit } from '../storage/pace-settings.ts';
import type { Storage } from '../storage/storage.ts';
import { type Pressure, rateUnder } from './back-pressure.ts';
import { readNewestBlock } from './turn-block.ts';

/** How fast all batches of an account may go together, and why. */
export interface AccountPace {
  /** As an operator set it last; undefined: nobody ever did. */
  readonly limit: AccountLimit | undefined;
  /** What the gateway's last refusal left; undefined: it is over, or there was none. */
  readonly pressure: Pressure | undefined;
  /** Requests a second, now; undefined: no limit. */
  readonly ratePerS: number | undefined;
}

/** Reads it from the storage; needs no worker. */
export async function readAccountPace(
  { files, turns }: Pick<Storage, 'files' | 'turns'>,
  binding: string,
  nowMs: number,
): Promise<AccountPace> {
  const limit = await readAccountLimit(files, binding);
  const limitPerS = limit?.ratePerS ?? undefined;
  const pressure = (await readNewestBlock(turns, accountTurnsFolder(binding)))?.pressure;
  const ratePerS = rateUnder(pressure, limitPerS, nowMs);
  return { limit, pressure: ratePerS === limitPerS ? undefined : pressure, ratePerS };
}
