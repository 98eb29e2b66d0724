import type { AppendAuditInput } from '../contract/activities.ts';
import { appendAudit } from '../storage/audit-log.ts';
import type { ActivityDeps } from './deps.ts';
import { auditNotWritten } from './failures.ts';

/**
 * Adds a line to the batch's audit log. Temporal retries while the storage fails: a hold for it
 * would need an audit line too.
 */
export function createAppendAudit({ storage }: ActivityDeps) {
  return async function addToAudit({ batchId, news }: AppendAuditInput): Promise<void> {
    try {
      await appendAudit(storage, batchId, news);
    } catch (error) {
      throw auditNotWritten(error);
    }
  };
}
