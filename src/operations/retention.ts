/* How long card data has been in the storage, and when it is due for `purge`. */

import type { AppContext } from '../app/app-context.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { type CardData, findCardData } from '../storage/card-data.ts';

const dayMs = 86_400_000;

/** What `list`, `status` and `doctor` show about a batch's card data. JSON-safe. */
export interface Retention {
  /**
   * `due`: in the storage for longer than the retention. `purging`: a purge was interrupted and
   * must be repeated.
   */
  readonly state: 'none' | 'kept' | 'due' | 'purging' | 'purged';
  readonly files: number;
  /** When it is or was due. Absent if there is no such time. */
  readonly due_at?: string;
}

/** The state of a batch's card data. */
export function retentionOf(
  { files, since, mark }: CardData,
  retentionDays: number,
  nowMs: number,
): Retention {
  if (mark?.state === 'begun') return { state: 'purging', files };
  if (since === undefined) return { state: mark === undefined ? 'none' : 'purged', files };
  const dueMs = Date.parse(since) + retentionDays * dayMs;
  return { state: nowMs >= dueMs ? 'due' : 'kept', files, due_at: new Date(dueMs).toISOString() };
}

/** The same, read from the storage. */
export async function readRetention(context: AppContext, record: BatchRecord): Promise<Retention> {
  const staged = await findCardData(await context.storage(), record);
  return retentionOf(staged, context.config.retentionDays, Date.now());
}
