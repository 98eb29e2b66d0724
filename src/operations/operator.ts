/* Who types a command, for the audit log. */

import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { AuditAct, AuditNews, ControlCaller } from '../contract/audit.ts';
import { definedOf } from '../domain/defined.ts';
import { scrubText } from '../domain/scrub.ts';

/** The text of an option that every command with an effect on a batch has. */
export const reasonOption = ['--reason <text>', 'the reason, for the audit log'] as const;

/** `user@host` of this process. */
export function operatorName(): string {
  return `${userName()}@${hostname()}`;
}

/** Who asks, and why. The reason goes into a history: a card number pasted into it is taken out here already. */
export function callerOf({ reason }: { readonly reason?: string }): ControlCaller {
  return { who: operatorName(), ...(reason === undefined ? {} : { reason: scrubText(reason, 300) }) };
}

/** A line for the audit log about what the operator of this process does now. */
export function auditNewsOf(
  act: AuditAct,
  options: { readonly reason?: string },
  details?: AuditNews['details'],
): AuditNews {
  return {
    id: randomUUID(),
    at: new Date().toISOString(),
    act,
    ...callerOf(options),
    ...definedOf({ details }),
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user id that has no name.
    return 'unknown';
  }
}
