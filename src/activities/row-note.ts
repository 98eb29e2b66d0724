/* A note under the send protocol (tokenize-row.ts): a storage that fails at it makes the batch hold; before the POST nothing is sent then. */
import type { HoldReason } from '../contract/hold.ts';
import type { AnswerWatch } from '../domain/hold-rules.ts';
import type { NoteEnd, NoteHead, OwnNote, ShardRef, Storage } from '../storage/storage.ts';
import { batchHold } from './failures.ts';
import { storageFailed } from './row-holds.ts';

export interface RowNotePlace {
  readonly storage: Storage;
  readonly ref: ShardRef;
  /** Told of the hold, so that no other row of this worker is sent meanwhile. */
  readonly watch: AnswerWatch;
}

/** Makes the note durably; undefined where somebody else made one of its number. Throws the failure that holds the batch. */
export async function makeRowNote(place: RowNotePlace, head: NoteHead): Promise<RowNote | undefined> {
  const { storage, ref, watch } = place;
  try {
    const own = await storage.notes.create(ref, head);
    return own === undefined ? undefined : new RowNote(place, head, own);
  } catch (error) {
    throw batchHold(watch.stop(storageFailed('A note cannot be made durable, so nothing is sent', error)));
  }
}

/** A note that this process made. */
export class RowNote {
  readonly head: NoteHead;
  readonly #own: OwnNote;
  readonly #place: RowNotePlace;

  constructor(place: RowNotePlace, head: NoteHead, own: OwnNote) {
    this.#place = place;
    this.head = head;
    this.#own = own;
  }

  /** Whether the shard was closed since. Where that cannot be read, ends the note as not sent and throws the hold. */
  async isSealed(): Promise<boolean> {
    const { storage, ref, watch } = this.#place;
    try {
      return await storage.notes.isSealed(ref);
    } catch (error) {
      const reason = watch.stop(
        storageFailed('The seal of a shard cannot be read, so nothing is sent', error),
      );
      await this.notProcessed('not sent');
      throw batchHold(reason);
    }
  }

  /** Ends the note: certainly nothing was processed under it. Throws the hold where the end cannot be written. */
  async notProcessed(cause: string): Promise<void> {
    const reason = await this.tryEnd({ kind: 'not_processed', cause });
    if (reason !== undefined) throw batchHold(reason);
  }

  /** Ends the note durably. Resolves with the hold where the end could not be written. */
  async tryEnd(end: NoteEnd): Promise<HoldReason | undefined> {
    try {
      await this.#own.end(end);
      return undefined;
    } catch (error) {
      return this.#place.watch.stop(storageFailed('The end of a note cannot be written', error));
    }
  }
}
