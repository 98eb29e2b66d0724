import type { Duration } from '@temporalio/common';
import { CancellationScope, condition, uuid4 } from '@temporalio/workflow';
import type { AppendAuditInput } from '../contract/activities.ts';
import { type AuditAct, type AuditNews, type ControlCaller, theProgram } from '../contract/audit.ts';
import type { HoldReason } from '../contract/hold.ts';
import { definedOf } from '../domain/defined.ts';

/**
 * Writes the audit lines of a batch's workflow in the background: no control of an operator waits
 * for the storage. `flush` waits before the batch publishes or continues as new.
 *
 * No line waits for the line before it. If a worker dies, Temporal may deliver an activity's
 * completion and the update after it to the next worker in one workflow task, and to the one after
 * that in two. A line that waited for a completion would be scheduled after the update's completion
 * in one case and before it in the other, and the history could not be replayed.
 */
export class AuditTrail {
  #written: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  readonly #append: (news: AuditNews) => Promise<void>;

  constructor(batchId: string, appendAudit: (input: AppendAuditInput) => Promise<void>) {
    this.#append = (news) => appendAudit({ batchId, news });
  }

  /** A person's control. Without a caller, it was sent by other means than the commands. */
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

  /** True if every line so far is in the storage. */
  get isWritten(): boolean {
    return this.#waiting === 0;
  }

  /** Resolves when every line so far is in the storage, or after `longest` if it is given. */
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
    // Retried without a limit. It fails only if the workflow has ended.
    this.#written.catch(() => undefined);
  }
}
