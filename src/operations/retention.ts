/* How long card data lies in the storage, and when it is due to be purged. */

import type { AppContext } from '../app/app-context.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { type CardData, findCardData } from '../storage/card-data.ts';

const dayMs = 86_400_000;

/** JSON-safe: what `list`, `status` and `doctor` say of a batch's card data. */
export interface Retention {
  /** `due`: longer in the storage than the retention. `purging`: a purge was cut off, and is to be given again. */
  readonly state: 'none' | 'kept' | 'due' | 'purging' | 'purged';
  /** Encrypted files. */
  readonly files: number;
  /** When it is or was due; absent where there is none. */
  readonly due_at?: string;
}

/** Where a batch's card data stands. */
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

/** The same, looked up in the storage. */
export async function readRetention(context: AppContext, record: BatchRecord): Promise<Retention> {
  const staged = await findCardData(await context.storage(), record);
  return retentionOf(staged, context.config.retentionDays, Date.now());
}
