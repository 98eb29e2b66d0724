import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { BatchPhase } from '../contract/workflows.ts';
import type { BatchRun } from './batch-run.ts';
import { batchProgressQuery, pauseUpdate, resumeUpdate, shardReportSignal } from './messages.ts';

const phasesThatEnd: readonly BatchPhase[] = ['closing', 'publishing', 'finished', 'cancelled'];

/** Sets the handlers of a batch's query, signal and updates. To be called before the workflow first waits. */
export function listen(run: BatchRun): void {
  const { state } = run;
  setHandler(batchProgressQuery, () => state.progress());
  setHandler(shardReportSignal, (report) => run.takeReport(report));
  setHandler(
    pauseUpdate,
    () => {
      run.change((changed) => {
        changed.isPaused = true;
      });
      return state.phase;
    },
    {
      validator: () => {
        refuseWhere(phasesThatEnd.includes(state.phase), 'Cannot pause the batch: every row is sent');
        refuseWhere(state.isPaused, 'Cannot pause the batch: it is paused already');
      },
    },
  );
  setHandler(
    resumeUpdate,
    () => {
      run.change((changed) => changed.resume());
      return state.phase;
    },
    {
      validator: () =>
        refuseWhere(!state.isStopped, 'Cannot resume the batch: it is neither paused nor on hold'),
    },
  );
}

function refuseWhere(isWrong: boolean, message: string): void {
  if (isWrong) throw ApplicationFailure.create({ type: 'ControlRefused', message, nonRetryable: true });
}
