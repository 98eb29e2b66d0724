/* What an operator may ask of a running batch, besides changing its limits (limit-controls.ts). */
import type { UpdateDefinition } from '@temporalio/common';
import { setHandler } from '@temporalio/workflow';
import type { ControlCaller } from '../contract/audit.ts';
import { cancelOnlyFailure } from '../contract/failure-types.ts';
import { isShardReport, plainControl, setToleranceInput } from '../contract/message-checks.ts';
import type { Shape } from '../contract/shapes.ts';
import { shardReportSignalName } from '../contract/shard-messages.ts';
import type { BatchPhase, SetToleranceInput } from '../contract/workflows.ts';
import { adviceOf } from '../domain/hold-advice.ts';
import { hasSentAllIn } from './batch-phase.ts';
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
import { refuseIf } from './refuse-if.ts';
import { refuseMalformed, takeIf } from './shape-checks.ts';

/** What an update does to a batch's state, and when it is refused. */
interface Control<Input extends ControlCaller> {
  /** Throws if the batch is in no state for it. */
  readonly refuse: (state: BatchState, input: Input) => void;
  readonly apply: (state: BatchState, input: Input) => void;
  /** Adds the line to the audit log; called before `apply`. */
  readonly audit: (run: BatchRun, input: Input) => void;
}

export const pauseControl: Control<ControlCaller> = {
  refuse: (state) => {
    refuseIf(hasSentAllIn(state.phase), 'Cannot pause the batch: all rows have been sent');
    refuseIf(state.isPaused, 'Cannot pause the batch: it is already paused');
  },
  apply: (state) => state.pause(),
  audit: ({ audit }, caller) => audit.control('pause', caller),
};

export const resumeControl: Control<ControlCaller> = {
  refuse: ({ isPaused, holdReason }) => {
    refuseIf(
      !isPaused && holdReason?.code === 'canary_sent',
      'Cannot resume the batch: its canary waits for approval. Use `approve`',
    );
    if (holdReason !== undefined) {
      const { goOn, first } = adviceOf(holdReason.code);
      const message = `Cannot resume the batch (${holdReason.code}). ${first}`;
      refuseIf(goOn === 'never', message, cancelOnlyFailure);
    }
    refuseIf(
      !isPaused && holdReason === undefined,
      'Cannot resume the batch: it is neither paused nor on hold',
    );
  },
  apply: (state) => state.resume(),
  audit: ({ audit }, caller) => audit.control('resume', caller),
};

export const approveControl: Control<ControlCaller> = {
  refuse: ({ holdReason, hasCanary }) =>
    refuseIf(
      holdReason?.code !== 'canary_sent',
      hasCanary
        ? 'Cannot approve the batch: its canary rows are not all answered yet'
        : 'Cannot approve the batch: nothing is waiting for approval',
    ),
  apply: (state) => state.approve(),
  audit: ({ audit, state }, caller) =>
    audit.control('approve', caller, { rows: state.holdReason?.count ?? 0 }),
};

export const toleranceControl: Control<SetToleranceInput> = {
  refuse: ({ phase }, { percent }) => {
    refuseIf(
      !(percent >= 0 && percent <= 100),
      'Cannot set the tolerance: it must be a percentage from 0 to 100',
    );
    refuseIf(hasSentAllIn(phase), 'Cannot set the tolerance: all rows have been sent');
  },
  apply: (state, { percent }) => state.setTolerance(percent),
  audit: ({ audit }, input) => audit.control('set_tolerance', input, { percent: input.percent }),
};

/**
 * Sets the handlers of a batch's query, signal and updates. Call it before the workflow first
 * waits.
 */
export function listen(run: BatchRun): void {
  setHandler(batchProgressQuery, () => run.progress());
  setHandler(
    shardReportSignal,
    takeIf(shardReportSignalName, isShardReport, (report) => run.takeReport(report)),
  );
  listenTo(run, pauseUpdate, pauseControl, plainControl);
  listenTo(run, resumeUpdate, resumeControl, plainControl);
  listenTo(run, approveUpdate, approveControl, plainControl);
  listenTo(run, setToleranceUpdate, toleranceControl, setToleranceInput);
}

function listenTo<Input extends ControlCaller>(
  run: BatchRun,
  update: UpdateDefinition<BatchPhase, [Input]>,
  { refuse, apply, audit }: Control<Input>,
  shape: Shape,
): void {
  setHandler(
    update,
    (input: Input) => {
      audit(run, input);
      run.change((state) => apply(state, input));
      return run.state.phase;
    },
    {
      validator: (input: Input) => {
        refuseMalformed(update.name, shape, input);
        refuse(run.state, input);
      },
    },
  );
}
