import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  startChild,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { type BatchNotice, noticeWorkflowIdOf } from '../contract/notice.ts';
import type { BatchProgress, MigrateBatchInput, NoticeWorkflowInput } from '../contract/workflows.ts';
import { postNoticeWorkflow } from './notice-workflow.ts';

/** The notices of a batch. Each has its own workflow, which outlives the batch's. */
export class Notices {
  /** How many there were so far, in all runs of the pass. */
  #count: number;
  #started: Promise<unknown> = Promise.resolve();
  #starting = 0;
  readonly #input: MigrateBatchInput;

  constructor(input: MigrateBatchInput) {
    this.#input = input;
    this.#count = input.carried?.notices ?? 0;
  }

  post(event: BatchNotice['event'], { phase, rows, counts, hold }: BatchProgress): void {
    const { batchId, pass, isLive, hasNotices, activityQueue } = this.#input;
    if (hasNotices !== true) return;
    this.#count += 1;
    const at = new Date().toISOString();
    const news = { event, batchId, pass, phase, isLive, rows, outcomes: counts, at };
    const notice: BatchNotice = hold === undefined ? news : { ...news, hold };
    const options = {
      workflowId: noticeWorkflowIdOf(batchId, pass, this.#count),
      args: [{ batchId, notice, activityQueue }] as [NoticeWorkflowInput],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      // The batch's cancellation must not cancel it: the notice of the end is sent after that.
      cancellationType: ChildWorkflowCancellationType.ABANDON,
      staticSummary: `Notifies of the ${event}`,
    } as const;
    const started = CancellationScope.nonCancellable(() => startChild(postNoticeWorkflow, options));
    // After a reset of the batch, the notice may already be on its way.
    this.#starting += 1;
    this.#started = Promise.allSettled([this.#started, started]).then(() => {
      this.#starting -= 1;
    });
    started.then((handle) => handle.result()).catch(() => undefined);
  }

  /** The number of notices, for the progress and the next run. */
  carried(): { readonly notices?: number } {
    return this.#count === 0 ? {} : { notices: this.#count };
  }

  /** True if Temporal has accepted every notice. */
  get areStarted(): boolean {
    return this.#starting === 0;
  }

  /** Resolves when Temporal has accepted every notice: the run would lose the others. */
  async flush(): Promise<void> {
    await this.#started;
  }
}
