/* An intent under the send protocol (tokenize-row.ts): a storage that fails at it makes the batch hold; before the POST nothing is sent then. */
import type { HoldReason } from '../contract/hold.ts';
import type { HoldMonitor } from '../domain/hold-monitor.ts';
import type { IntentHead, IntentResult, OwnIntent, ShardRef, Storage } from '../storage/storage.ts';
import { batchHold } from './failures.ts';
import { storageFailed } from './row-holds.ts';

export interface RowIntentContext {
  readonly storage: Storage;
  readonly ref: ShardRef;
  /** Told of the hold, so that no other row of this worker is sent meanwhile. */
  readonly monitor: HoldMonitor;
}

/** Makes the intent durably; undefined where somebody else made one of its number. Throws the failure that holds the batch. */
export async function createRowIntent(
  context: RowIntentContext,
  head: IntentHead,
): Promise<RowIntent | undefined> {
  const { storage, ref, monitor } = context;
  try {
    const own = await storage.intents.create(ref, head);
    return own === undefined ? undefined : new RowIntent(context, head, own);
  } catch (error) {
    throw batchHold(
      monitor.stop(storageFailed('A send intent cannot be stored durably, so nothing is sent', error)),
    );
  }
}

/** An intent that this process made. */
export class RowIntent {
  readonly head: IntentHead;
  readonly #own: OwnIntent;
  readonly #context: RowIntentContext;

  constructor(context: RowIntentContext, head: IntentHead, own: OwnIntent) {
    this.#context = context;
    this.head = head;
    this.#own = own;
  }

  /** Whether the shard was closed since. Where that cannot be read, ends the intent as not sent and throws the hold. */
  async isSealed(): Promise<boolean> {
    const { storage, ref, monitor } = this.#context;
    try {
      return await storage.intents.isSealed(ref);
    } catch (error) {
      const reason = monitor.stop(
        storageFailed('The seal of a shard cannot be read, so nothing is sent', error),
      );
      await this.notProcessed('not sent');
      throw batchHold(reason);
    }
  }

  /** Ends the intent: certainly nothing was processed under it. Throws the hold where the end cannot be written. */
  async notProcessed(cause: string): Promise<void> {
    const reason = await this.tryWriteResult({ kind: 'not_processed', cause });
    if (reason !== undefined) throw batchHold(reason);
  }

  /** Ends the intent durably. Resolves with the hold where the end could not be written. */
  async tryWriteResult(end: IntentResult): Promise<HoldReason | undefined> {
    try {
      await this.#own.writeResult(end);
      return undefined;
    } catch (error) {
      return this.#context.monitor.stop(
        storageFailed('The result of a send intent cannot be written', error),
      );
    }
  }
}
