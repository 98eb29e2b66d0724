/* The rate of a whole gateway account, which all its batches share. */
import type { AppContext } from '../../app/app-context.ts';
import { isLiveTarget, readTargetFingerprint } from '../../app/target.ts';
import { readAccountLimit, writeAccountLimit } from '../../storage/limit-settings.ts';
import { callerOf, type Reason } from '../audit-news.ts';
import { OperationRefused } from '../errors.ts';

/**
 * Sets the rate of the configured account in requests/s. Null means no limit. Throws
 * OperationRefused if it already has this rate.
 */
export async function setAccountRate(
  context: AppContext,
  ratePerS: number | null,
  isLiveAsked: boolean,
  reason: Reason = {},
): Promise<void> {
  const { files } = await context.storage();
  const fingerprint = await readTargetFingerprint(context, isLiveTarget(context.config, isLiveAsked));
  const present = await readAccountLimit(files, fingerprint);
  if ((present?.ratePerS ?? null) === ratePerS) {
    throw new OperationRefused(
      'conflict',
      `Cannot set the account's rate: it is already ${ratePerS === null ? 'unlimited' : `${ratePerS} requests/s`}`,
    );
  }
  await writeAccountLimit(files, fingerprint, {
    version: 1,
    ratePerS,
    at: new Date().toISOString(),
    ...callerOf(context, reason),
  });
}
