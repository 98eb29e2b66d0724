import { ApplicationFailure, CancellationScope, setHandler } from '@temporalio/workflow';
import type { ControlCaller } from '../contract/audit.ts';
import type { MigrateBatchInput } from '../contract/workflows.ts';
import { highestConcurrency, highestRatePerS } from '../domain/concurrency.ts';
import { proxyShardActivities } from './activity-proxies.ts';
import type { BatchRun } from './batch-run.ts';
import type { BatchState } from './batch-state.ts';
import { setConcurrencyUpdate, setRateUpdate } from './messages.ts';

/** Sets the handlers of the updates that change the pace. To be called before the workflow first waits. */
export function listenToPace(run: BatchRun, input: MigrateBatchInput): void {
  const { state } = run;
  setHandler(
    setRateUpdate,
    async (caller) => {
      const { concurrency } = state.pace;
      const ratePerS = caller.ratePerS ?? undefined;
      await change(run, input, 'set_rate', caller, {
        ...(ratePerS === undefined ? {} : { ratePerS }),
        ...(concurrency === undefined ? {} : { concurrency }),
      });
      return state.phase;
    },
    {
      validator: ({ ratePerS }) => {
        refuseWhere(
          ratePerS !== null && !(ratePerS > 0 && ratePerS <= highestRatePerS),
          `Cannot set the rate: it is a number above 0 and up to ${highestRatePerS}, or none`,
        );
        refuseWhere(hasSentAll(state), 'Cannot set the rate: every row is sent');
        refuseWhere(
          (ratePerS ?? undefined) === state.pace.ratePerS,
          `Cannot set the rate: it is ${ratePerS === null ? 'without a limit' : `${ratePerS} requests/s`} already`,
        );
      },
    },
  );
  setHandler(
    setConcurrencyUpdate,
    async (caller) => {
      const { ratePerS } = state.pace;
      await change(run, input, 'set_concurrency', caller, {
        ...(ratePerS === undefined ? {} : { ratePerS }),
        ...(caller.concurrency === null ? {} : { concurrency: caller.concurrency }),
      });
      return state.phase;
    },
    {
      validator: ({ concurrency }) => {
        const isCount =
          concurrency === null ||
          (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= highestConcurrency);
        refuseWhere(
          !isCount,
          `Cannot set the concurrency: it is a whole number from 1 to ${highestConcurrency}, or auto`,
        );
        refuseWhere(hasSentAll(state), 'Cannot set the concurrency: every row is sent');
        refuseWhere(
          (concurrency ?? undefined) === state.pace.concurrency,
          `Cannot set the concurrency: it is ${concurrency ?? 'auto'} already`,
        );
      },
    },
  );
}

/** The workers read the pace in the storage; here it decides how many rows are handed out. */
async function change(
  run: BatchRun,
  input: MigrateBatchInput,
  act: 'set_rate' | 'set_concurrency',
  { who, reason }: ControlCaller,
  pace: BatchState['pace'],
): Promise<void> {
  const now = Date.now();
  const changed = {
    ...pace,
    // Later passes of the batch go on counting.
    change: Math.max(now, (run.state.paceChange?.change ?? 0) + 1),
    who,
    at: new Date(now).toISOString(),
    ...(reason === undefined ? {} : { reason }),
  };
  run.change((state) => {
    state.paceChange = changed;
    state.lanesOfUse = undefined;
  });
  const { setPace } = proxyShardActivities(input);
  await CancellationScope.nonCancellable(() => setPace({ batchId: input.batchId, act, pace: changed }));
}

function hasSentAll({ stage }: BatchState): boolean {
  return stage !== 'staging' && stage !== 'sending';
}

function refuseWhere(isWrong: boolean, message: string): void {
  if (isWrong) throw ApplicationFailure.create({ type: 'ControlRefused', message, nonRetryable: true });
}
