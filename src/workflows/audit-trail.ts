import type { Duration } from '@temporalio/common';
import { CancellationScope, condition, uuid4 } from '@temporalio/workflow';
import type { AppendAuditInput } from '../contract/activities.ts';
import { type AuditAct, type AuditNews, type ControlCaller, theProgram } from '../contract/audit.ts';
import type { HoldReason } from '../contract/hold.ts';
import { definedOf } from '../domain/defined.ts';

/**
 * What a batch's workflow has to add to the audit log, written in the background: nothing that an
 * operator does waits for the storage. `flush` waits before the batch publishes or goes on in
 * another run.
 *
 * No line waits for the one before it. Where a worker dies, Temporal may hand the end of an
 * activity and the update that follows it to the next worker in one piece, and to the one after
 * that in two. A line that waited for an end would then be scheduled now after the update's
 * completion and now before it, and the batch could never be replayed again.
 */
export class AuditTrail {
  #written: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  readonly #append: (news: AuditNews) => Promise<void>;

  constructor(batchId: string, appendAudit: (input: AppendAuditInput) => Promise<void>) {
    this.#append = (news) => appendAudit({ batchId, news });
  }

  /**
   * A person's control. One that came without a caller was sent by other means than the commands.
   */
  control(act: AuditAct, caller: ControlCaller | undefined, details?: AuditNews['details']): void {
    const { who = 'unknown', reason } = caller ?? {};
    this.#add({
      act,
      who,
      ...definedOf({ reason, details }),
    });
  }

  hold({ code, text, count }: HoldReason): void {
    this.#add({ act: 'hold', who: theProgram, reason: text, details: { code, count } });
  }

  /** True where every line so far is in the storage. */
  get isWritten(): boolean {
    return this.#waiting === 0;
  }

  /** Resolves when every line so far is in the storage, or after `longest` where it is given. */
  async flush(longest?: Duration): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      if (longest === undefined) await this.#written;
      else if (this.#waiting > 0) await condition(() => this.#waiting === 0, longest);
    });
  }

  #add(news: Omit<AuditNews, 'id' | 'at'>): void {
    const whole = { id: uuid4(), at: new Date().toISOString(), ...news };
    this.#waiting += 1;
    const written = CancellationScope.nonCancellable(async () => {
      await undefined;
      await this.#append(whole);
      this.#waiting -= 1;
    });
    this.#written = Promise.all([this.#written, written]);
    // Retried for as long as it takes; it fails only where the workflow is over.
    this.#written.catch(() => undefined);
  }
}
