/* Everything about one batch: its state, what was done to it, and which commands work. */
import type { AppContext } from '../../app/app-context.ts';
import { type AuditLog, readAudit } from '../../storage/audit-log.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { findLatestPass } from '../../storage/decisions.ts';
import { mayHaveSent } from '../../storage/send-decision.ts';
import type { TemporalAccess } from '../../temporal/temporal-access.ts';
import { type Retention, readRetention } from '../retention.ts';
import { describeRunAgain } from '../run-again.ts';
import { type BatchOverview, readOverview } from './batch-overview.ts';
import { type LastHold, lastHoldOf } from './last-hold.ts';

export interface BatchDetails {
  readonly record: BatchRecord;
  readonly overview: BatchOverview;
  readonly retention: Retention;
  readonly log: AuditLog;
  /** The hold that no later event has ended. Only for a batch without a worker. */
  readonly lastHold: LastHold | undefined;
  readonly commands: {
    readonly runAgain: string;
    /** Rows of the batch may have been sent. */
    readonly mayHaveSent: boolean;
  };
}

/** Reads the details. `access` is undefined if Temporal is not running. */
export async function readBatchDetails(
  context: AppContext,
  record: BatchRecord,
  access: TemporalAccess | undefined,
): Promise<BatchDetails> {
  const storage = await context.storage();
  const { batchId } = record;
  const overview = await readOverview(context, record, access);
  const retention = await readRetention(context, record);
  const log = await readAudit(storage, batchId);
  const { progress, status } = overview;
  const isKnown = progress !== undefined || status === 'finished' || status === 'cancelled';
  return {
    record,
    overview,
    retention,
    log,
    lastHold: isKnown ? undefined : lastHoldOf(log),
    commands: {
      runAgain: describeRunAgain(record, await findLatestPass(storage, batchId)),
      mayHaveSent: await mayHaveSent(storage, batchId),
    },
  };
}
