import type { AppContext } from '../../app/app-context.ts';
import { type AccountLimits, readAccountLimits } from '../../rate-limit/account-limits.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';

/** The limits of the batch's gateway account, and what slows it down now. */
export async function readAccount(
  context: Pick<AppContext, 'storage'>,
  { targetFingerprint }: Pick<BatchRecord, 'targetFingerprint'>,
): Promise<AccountLimits> {
  return await readAccountLimits(await context.storage(), targetFingerprint, Date.now());
}
