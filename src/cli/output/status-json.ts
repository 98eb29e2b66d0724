/*
 * The stable shapes that `status --json` and `list --json` print. docs/json-output.md describes
 * them.
 */

import type { BatchOverview } from '../../operations/lookups/batch-overview.ts';
import type { LastHold } from '../../operations/lookups/last-hold.ts';
import type { Retention } from '../../operations/retention.ts';
import type { AuditLog } from '../../storage/audit-log.ts';
import { accountJson } from './limits-text.ts';

/** One element of `list`; also the main part of `status`. */
export function overviewAsJson(overview: BatchOverview, retention: Retention, nowMs: number) {
  const { batchId, status, rows, outcomes, startedAt, progress, account, detail } = overview;
  return {
    batch_id: batchId,
    rows,
    started_at: startedAt,
    status,
    outcomes,
    ...(progress === undefined ? {} : { progress }),
    ...(account === undefined ? {} : { account: accountJson(account, nowMs) }),
    ...(detail === undefined ? {} : { detail }),
    staged_data: retention,
  };
}

/** What `status` prints. `auditLines`: the most lines of the audit log; all if undefined. */
export function statusAsJson(
  overview: BatchOverview,
  retention: Retention,
  log: AuditLog,
  auditLines: number | undefined,
  lastHold: LastHold | undefined,
  nowMs: number,
): object {
  return {
    ...overviewAsJson(overview, retention, nowMs),
    ...(lastHold === undefined
      ? {}
      : { last_hold: { at: lastHold.at, code: lastHold.code, text: lastHold.reason } }),
    audit: auditLines === undefined ? log.lines : log.lines.slice(-auditLines),
    audit_damaged: log.damagedLines,
  };
}
