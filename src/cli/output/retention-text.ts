import type { Retention } from '../../operations/retention.ts';

/** For people. Undefined if there is nothing to report. */
export function describeRetention(batchId: string, { state, due_at: dueAt }: Retention): string | undefined {
  switch (state) {
    case 'due':
      return `Card data is past its retention since ${dueAt?.slice(0, 10)}. Purge it: cardlift purge ${batchId}`;
    case 'purging':
      return `A purge was interrupted. Finish it: cardlift purge ${batchId}`;
    case 'none':
    case 'kept':
    case 'purged':
      return undefined;
  }
}
