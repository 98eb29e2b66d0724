import type { UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { ControlCaller } from '../contract/audit.ts';
import { type BatchPhase, cancelOnlyFailure, controlRefusedFailure } from '../contract/workflows.ts';
import { adviceOf } from '../domain/hold-advice.ts';
import type { BatchRun } from './batch-run.ts';
import type { BatchState } from './batch-state.ts';
import {
  approveUpdate,
  batchProgressQuery,
  pauseUpdate,
  resumeUpdate,
  setToleranceUpdate,
  shardReportSignal,
} from './messages.ts';

const phasesThatEnd: readonly BatchPhase[] = ['closing', 'publishing', 'finished', 'cancelled'];

/** What an update does to a batch's state, and where it is refused. */
interface Control<Input extends ControlCaller> {
  /** Throws ControlRefused where the batch is in no state for it: nothing of it stands in the history then. */
  readonly refuse: (state: BatchState, input: Input) => void;
  readonly apply: (state: BatchState, input: Input) => void;
  /** Adds the line to the audit log; called before `apply`. */
  readonly intent: (run: BatchRun, input: Input) => void;
}

/** Sets the handlers of a batch's query, signal and updates. To be called before the workflow first waits. */
export function listen(run: BatchRun): void {
  setHandler(batchProgressQuery, () => run.progress());
  setHandler(shardReportSignal, (report) => run.takeReport(report));
  listenTo(run, pauseUpdate, {
    refuse: (state) => {
      refuseWhere(phasesThatEnd.includes(state.phase), 'Cannot pause the batch: all rows have been sent');
      refuseWhere(state.isPaused, 'Cannot pause the batch: it is already paused');
    },
    apply: (state) => {
      state.isPaused = true;
    },
    intent: ({ audit }, caller) => audit.control('pause', caller),
  });
  listenTo(run, resumeUpdate, {
    refuse: (state) => {
      refuseWhere(
        !state.isPaused && state.hold?.code === 'canary_sent',
        'Cannot resume the batch: its canary waits for approval. Use `approve`',
      );
      if (state.hold !== undefined) {
        const { goOn, first } = adviceOf(state.hold.code);
        const message = `Cannot resume the batch (${state.hold.code}). ${first}`;
        refuseWhere(goOn === 'never', message, cancelOnlyFailure);
      }
      refuseWhere(!state.isHeldBack, 'Cannot resume the batch: it is neither paused nor on hold');
    },
    apply: (state) => state.resume(),
    intent: ({ audit }, caller) => audit.control('resume', caller),
  });
  listenTo(run, approveUpdate, {
    refuse: (state) =>
      refuseWhere(
        state.hold?.code !== 'canary_sent',
        state.canaryRows === undefined
          ? 'Cannot approve the batch: nothing is waiting for approval'
          : 'Cannot approve the batch: its canary rows are not all answered yet',
      ),
    apply: (state) => state.approve(),
    intent: ({ audit, state }, caller) => audit.control('approve', caller, { rows: state.hold?.count ?? 0 }),
  });
  listenTo(run, setToleranceUpdate, {
    refuse: (state, { percent }) => {
      refuseWhere(
        !(percent >= 0 && percent <= 100),
        'Cannot set the tolerance: it must be a percentage from 0 to 100',
      );
      refuseWhere(phasesThatEnd.includes(state.phase), 'Cannot set the tolerance: all rows have been sent');
    },
    apply: (state, { percent }) => state.setTolerance(percent),
    intent: ({ audit }, input) => audit.control('set_tolerance', input, { percent: input.percent }),
  });
}

function listenTo<Input extends ControlCaller>(
  run: BatchRun,
  update: UpdateDefinition<BatchPhase, [Input]>,
  { refuse, apply, intent }: Control<Input>,
): void {
  setHandler(
    update,
    (input: Input) => {
      intent(run, input);
      run.change((state) => apply(state, input));
      return run.state.phase;
    },
    { validator: (input: Input) => refuse(run.state, input) },
  );
}

function refuseWhere(isWrong: boolean, message: string, type = controlRefusedFailure): void {
  if (isWrong) throw ApplicationFailure.create({ type, message, nonRetryable: true });
}
