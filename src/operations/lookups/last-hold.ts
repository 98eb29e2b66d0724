/* The hold of a batch that no worker works on at the moment: its workflow cannot be asked, but its audit log knows. */

import { type HoldCode, holdCodes } from '../../contract/hold.ts';
import { definedOf } from '../../domain/defined.ts';
import type { AuditLine, AuditLog } from '../../storage/audit-log.ts';

/** What ends a hold, or the pass that it was of. */
const later: ReadonlySet<AuditLine['act']> = new Set(['resume', 'approve', 'cancel', 'publish', 'redrive']);

export interface LastHold extends Pick<AuditLine, 'at' | 'reason'> {
  readonly code: HoldCode;
}

/** The hold that nothing has ended since, by the log; undefined if there is none. */
export function lastHoldOf({ lines }: AuditLog): LastHold | undefined {
  const last = lines.findLast(({ act }) => act === 'hold' || later.has(act));
  const code = holdCodes.find((known) => known === last?.details?.code);
  if (last?.act !== 'hold' || code === undefined) return undefined;
  return { at: last.at, code, ...definedOf({ reason: last.reason }) };
}
