import type { SetLimitsInput } from '../contract/activities.ts';
import { definedOf } from '../domain/defined.ts';
import { appendAudit } from '../storage/audit-log.ts';
import { writeBatchLimits } from '../storage/limit-settings.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * Writes a batch's new limits where its workers read them, and who changed them into the audit log.
 * May run again.
 */
export function createSetLimits({ storage }: ActivityDeps) {
  return async function setLimits({ batchId, act, limits }: SetLimitsInput): Promise<void> {
    await writeBatchLimits(storage.files, batchId, limits);
    const { change, who, at, reason, ratePerS, concurrency } = limits;
    await appendAudit(storage, batchId, {
      id: `rate-${change}`,
      at,
      who,
      act,
      ...definedOf({ reason }),
      details:
        act === 'set_rate' ? { rate_per_s: ratePerS ?? 'none' } : { concurrency: concurrency ?? 'auto' },
    });
  };
}
