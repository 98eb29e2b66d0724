/*
 * The hold of a batch without a worker. Its workflow cannot be queried, but its audit log shows the
 * hold.
 */

import { type HoldCode, holdCodes } from '../../contract/hold.ts';
import { definedOf } from '../../domain/defined.ts';
import type { AuditLine, AuditLog } from '../../storage/audit-log.ts';

/** The acts that end a hold or its pass. */
const later: ReadonlySet<AuditLine['act']> = new Set(['resume', 'approve', 'cancel', 'publish', 'redrive']);

export interface LastHold extends Pick<AuditLine, 'at' | 'reason'> {
  readonly code: HoldCode;
}

/** The last hold in the log that no later line ends. Undefined if there is none. */
export function lastHoldOf({ lines }: AuditLog): LastHold | undefined {
  const last = lines.findLast(({ act }) => act === 'hold' || later.has(act));
  const code = holdCodes.find((known) => known === last?.details?.code);
  if (last?.act !== 'hold' || code === undefined) return undefined;
  return { at: last.at, code, ...definedOf({ reason: last.reason }) };
}
