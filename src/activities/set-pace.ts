import type { SetPaceInput } from '../contract/activities.ts';
import { appendAudit } from '../storage/audit-log.ts';
import { writeBatchPace } from '../storage/pace-settings.ts';
import type { ActivityDeps } from './deps.ts';

/** Writes a batch's new pace where its workers look for it, and who changed it into the audit log. May be run again. */
export function createSetPace({ storage }: ActivityDeps) {
  return async function setPace({ batchId, act, pace }: SetPaceInput): Promise<void> {
    await writeBatchPace(storage.files, batchId, pace);
    const { change, who, at, reason, ratePerS, concurrency } = pace;
    await appendAudit(storage, batchId, {
      id: `pace-${change}`,
      at,
      who,
      act,
      ...(reason === undefined ? {} : { reason }),
      details:
        act === 'set_rate' ? { rate_per_s: ratePerS ?? 'none' } : { concurrency: concurrency ?? 'auto' },
    });
  };
}
