/*
 * A row with an open note is not sent again, whatever its outcome says: the note's maker may still write what the gateway
 * answered. Only a person's verdict that the send was not charged lifts that.
 */
import type { VerdictsByRef } from '../storage/resolutions.ts';
import type { Note } from '../storage/storage.ts';
import type { BatchPast } from './merged-shard.ts';

/** True where the row's last note of a pass bars it. */
export function isBarring(note: Note | undefined, verdicts: VerdictsByRef): boolean {
  return (
    note !== undefined &&
    note.end === undefined &&
    verdicts.get(note.head.merchantTxnRef)?.verdict !== 'not_charged'
  );
}

/** The rows of a shard that a note of an ended pass bars. */
export async function findBarredRows(
  { storage, batchId, plans, verdicts }: Pick<BatchPast, 'storage' | 'batchId' | 'plans' | 'verdicts'>,
  shard: number,
): Promise<Set<number>> {
  const barred = new Set<number>();
  for (let pass = 1; pass <= plans.length + 1; pass += 1) {
    const notes = await storage.notes.list({ batchId, pass, shard });
    const last = new Map(notes.map((note) => [note.head.row, note]));
    for (const [row, note] of last) if (isBarring(note, verdicts)) barred.add(row);
  }
  return barred;
}
