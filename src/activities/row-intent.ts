/*
 * A row's intent in the send protocol (tokenize-row.ts). If the storage fails, the batch holds; a
 * row that has not reached its POST is not sent.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HoldReason } from '../contract/hold.ts';
import type { HoldMonitor } from '../domain/hold-monitor.ts';
import {
  type IntentHead,
  type IntentResult,
  type OwnIntent,
  type ShardRef,
  type Storage,
  StorageForgotError,
} from '../storage/storage.ts';
import { batchHold } from './failures.ts';
import { storageFailed, storageForgot } from './row-holds.ts';

/** How long a failed write waits before it is tried again. */
const writeAgainAfterMs = 1_000;

export interface RowIntentContext {
  readonly storage: Storage;
  readonly ref: ShardRef;
  /** Gets the hold, so that this worker sends no other row meanwhile. */
  readonly monitor: HoldMonitor;
  readonly monotonicMs: () => number;
}

/**
 * Creates the intent durably. Undefined if another process created this number. Throws a hold if
 * the storage fails.
 */
export async function createRowIntent(
  context: RowIntentContext,
  head: IntentHead,
): Promise<RowIntent | undefined> {
  const { monitor, monotonicMs } = context;
  const beganAtMs = monotonicMs();
  try {
    const own = await createDurably(context, head);
    return own === undefined ? undefined : new RowIntent(context, { head, own, beganAtMs });
  } catch (error) {
    throw batchHold(
      monitor.stop(
        error instanceof StorageForgotError
          ? storageForgot(error)
          : storageFailed('A send intent cannot be stored durably, so nothing is sent', error),
      ),
    );
  }
}

/**
 * Creates it, once more if the first time failed: the answer of the storage may have been lost. Its
 * nonce identifies the intent as its own.
 */
async function createDurably(
  { storage, ref }: RowIntentContext,
  head: IntentHead,
): Promise<OwnIntent | undefined> {
  try {
    return await storage.intents.create(ref, head);
  } catch (error) {
    if (error instanceof StorageForgotError) throw error;
    return await storage.intents.create(ref, head);
  }
}

interface CreatedIntent {
  readonly head: IntentHead;
  readonly own: OwnIntent;
  /** When its creation began, by the clock that does not step. */
  readonly beganAtMs: number;
}

/** An intent that this process owns. */
export class RowIntent {
  readonly head: IntentHead;
  readonly #own: OwnIntent;
  readonly #beganAtMs: number;
  readonly #context: RowIntentContext;

  constructor(context: RowIntentContext, { head, own, beganAtMs }: CreatedIntent) {
    this.#context = context;
    this.head = head;
    this.#own = own;
    this.#beganAtMs = beganAtMs;
  }

  /**
   * How old the intent is, by the clock that says more: the wall clock may step back, and the other
   * one stands still while the machine sleeps.
   */
  ageMs(nowMs: number): number {
    return Math.max(nowMs - this.head.createdAtMs, this.#context.monotonicMs() - this.#beganAtMs);
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

  /**
   * Writes the result durably. If that fails, resolves with the hold, and tries again as long as
   * this process lives.
   */
  async tryWriteResult(result: IntentResult): Promise<HoldReason | undefined> {
    try {
      await this.#own.writeResult(result);
      return undefined;
    } catch (error) {
      void this.#writeLater(result);
      return this.#context.monitor.stop(
        storageFailed('The result of a send intent cannot be written', error),
      );
    }
  }

  async #writeLater(result: IntentResult): Promise<void> {
    for (;;) {
      // Nothing else keeps the process alive for it: a worker that stops has reported it.
      await sleep(writeAgainAfterMs, undefined, { ref: false });
      try {
        return await this.#own.writeResult(result);
      } catch {
        // The disk is still full or broken. The batch is on hold for it.
      }
    }
  }
}
