/* Audit lines about what an operator does. */

import { randomUUID } from 'node:crypto';
import type { AppContext } from '../app/app-context.ts';
import type { AuditAct, AuditNews, ControlCaller } from '../contract/audit.ts';
import { definedOf } from '../domain/defined.ts';
import { scrubText } from '../domain/scrub.ts';

/** Why an operator does something, in their own words. */
export interface Reason {
  readonly reason?: string;
}

/**
 * Who asks, and why. The reason goes into a workflow history, so a card number pasted into it is
 * removed here.
 */
export function callerOf({ operator }: Pick<AppContext, 'operator'>, { reason }: Reason): ControlCaller {
  return { who: operator, ...(reason === undefined ? {} : { reason: scrubText(reason, 300) }) };
}

/** A line for the audit log about the operator's current action. */
export function auditNewsOf(
  context: Pick<AppContext, 'operator'>,
  act: AuditAct,
  reason: Reason,
  details?: AuditNews['details'],
): AuditNews {
  return {
    id: randomUUID(),
    at: new Date().toISOString(),
    act,
    ...callerOf(context, reason),
    ...definedOf({ details }),
  };
}
