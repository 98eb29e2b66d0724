import { AnswerWatch } from '../domain/hold-rules.ts';

/** The answers of each batch, watched in this process from one hold to the next. */
export type SendWatches = (batchId: string, epoch: number) => AnswerWatch;

/** Keeps one watch a batch: the latest epoch's. Rows of an earlier epoch, still under way, find the hold of their own. */
export function createSendWatches(): SendWatches {
  const watches = new Map<string, { epoch: number; watch: AnswerWatch }>();
  return (batchId, epoch) => {
    const present = watches.get(batchId);
    if (present !== undefined && present.epoch >= epoch) {
      return present.watch;
    }
    const watch = new AnswerWatch();
    watches.set(batchId, { epoch, watch });
    return watch;
  };
}
