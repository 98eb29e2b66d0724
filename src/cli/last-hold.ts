/* The hold of a batch that nobody works on at the moment: its workflow cannot be asked, and its audit log knows. */
import type { AuditLine, AuditLog } from '../storage/audit-log.ts';

/** What ends a hold, or the pass that it was of. */
const later: ReadonlySet<AuditLine['act']> = new Set(['resume', 'approve', 'cancel', 'publish', 'redrive']);

/** The hold that nothing has ended since, by the log; undefined where there is none. */
export function lastHoldOf({ lines }: AuditLog): Pick<AuditLine, 'at' | 'reason' | 'details'> | undefined {
  const last = lines.findLast(({ act }) => act === 'hold' || later.has(act));
  return last?.act === 'hold' ? last : undefined;
}
