/*
 * A row's intent in the send protocol (tokenize-row.ts). If the storage fails, the batch holds; a
 * row that has not reached its POST is not sent.
 */
import type { HoldReason } from '../contract/hold.ts';
import type { HoldMonitor } from '../domain/hold-monitor.ts';
import type { IntentHead, IntentResult, OwnIntent, ShardRef, Storage } from '../storage/storage.ts';
import { batchHold } from './failures.ts';
import { storageFailed } from './row-holds.ts';

export interface RowIntentContext {
  readonly storage: Storage;
  readonly ref: ShardRef;
  /** Gets the hold, so that this worker sends no other row meanwhile. */
  readonly monitor: HoldMonitor;
}

/**
 * Creates the intent durably. Undefined if another process created this number. Throws a hold if
 * the storage fails.
 */
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

/** An intent that this process owns. */
export class RowIntent {
  readonly head: IntentHead;
  readonly #own: OwnIntent;
  readonly #context: RowIntentContext;

  constructor(context: RowIntentContext, head: IntentHead, own: OwnIntent) {
    this.#context = context;
    this.head = head;
    this.#own = own;
  }

  /**
   * True if the shard was sealed since. If that cannot be read, closes the intent as not sent and
   * throws the hold.
   */
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

  /** Writes the result: certainly nothing was processed. Throws the hold if that fails. */
  async notProcessed(cause: string): Promise<void> {
    const reason = await this.tryWriteResult({ kind: 'not_processed', cause });
    if (reason !== undefined) throw batchHold(reason);
  }

  /** Writes the result durably. Resolves with the hold if that fails. */
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
