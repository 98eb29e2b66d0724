import type { AppendAuditInput } from '../contract/activities.ts';
import { appendAudit } from '../storage/audit-log.ts';
import type { ActivityDeps } from './deps.ts';
import { auditNotWritten } from './failures.ts';

/** Adds a line to the batch's audit log. Tried again for as long as the storage fails: a hold because of it would want a line, too. */
export function createAppendAudit({ storage }: ActivityDeps) {
  return async function addToAudit({ batchId, news }: AppendAuditInput): Promise<void> {
    try {
      await appendAudit(storage, batchId, news);
    } catch (error) {
      throw auditNotWritten(error);
    }
  };
}
