import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';

/** What senders do, and how many of them may do it now. */
export interface SenderWork {
  /** True if a row waits to be sent. */
  hasRows(): boolean;
  /** True if so many senders may have a row in flight. */
  mayRun(senders: number): boolean;
  /** True if no waiting row may be sent before something that the pool cannot bring about. */
  isBlocked(): boolean;
  /** Takes the next waiting row and sends it. Rejects if the row's sending was cancelled. */
  sendNext(): Promise<void>;
  /** True if the batch must get a report now: the pool waits for nothing else. */
  isReportDue(): boolean;
  report(): void;
}

/**
 * Senders that run at once. Each sends one row after another, as long as so many senders may run. A
 * stop cancels the scope that they run in: a row that has no intent yet comes back, and one that
 * has is sent to its end.
 */
export class SenderPool {
  #size = 0;
  #scope = new CancellationScope();
  /**
   * An error that no activity raised: a defect of this program, which fails the workflow task until
   * it is fixed.
   */
  #defect: unknown;
  readonly #work: SenderWork;

  constructor(work: SenderWork) {
    this.#work = work;
  }

  /** How many senders run; each has one row in flight. */
  get size(): number {
    return this.#size;
  }

  /** Cancels the senders that run. */
  stop(): void {
    this.#scope.cancel();
  }

  /** Sends rows until none waits, until `stop` or a block. Resolves when no row is in flight. */
  async run(): Promise<void> {
    const scope = new CancellationScope();
    this.#scope = scope;
    await scope.run(async () => {
      const isOver = (): boolean =>
        scope.consideredCancelled ||
        this.#defect !== undefined ||
        (this.#size === 0 && (!this.#work.hasRows() || this.#work.isBlocked()));
      const isReportDue = (): boolean => this.#size === 0 && this.#work.isReportDue();
      while (!isOver()) {
        while (this.#mayStartOne()) this.#startOne();
        await CancellationScope.nonCancellable(() =>
          condition(() => isOver() || this.#mayStartOne() || isReportDue()),
        );
        if (isReportDue()) this.#work.report();
      }
      await this.ended();
    });
    if (this.#defect !== undefined) throw this.#defect;
  }

  /** Resolves when no row is in flight, even if the workflow is cancelled. */
  async ended(): Promise<void> {
    await CancellationScope.nonCancellable(() => condition(() => this.#size === 0));
  }

  #mayStartOne(): boolean {
    return this.#work.hasRows() && this.#work.mayRun(this.#size + 1);
  }

  #startOne(): void {
    this.#size += 1;
    this.#sendRows().catch((error) => {
      if (!isCancellation(error)) this.#defect ??= error;
    });
  }

  async #sendRows(): Promise<void> {
    try {
      while (this.#work.hasRows() && this.#work.mayRun(this.#size)) await this.#work.sendNext();
    } finally {
      this.#size -= 1;
    }
  }
}
