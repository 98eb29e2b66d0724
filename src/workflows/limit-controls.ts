import { CancellationScope, setHandler } from '@temporalio/workflow';
import type { ControlCaller } from '../contract/audit.ts';
import { setConcurrencyInput, setRateInput } from '../contract/message-checks.ts';
import type { MigrateBatchInput } from '../contract/workflows.ts';
import { highestConcurrency, highestRatePerS } from '../domain/concurrency.ts';
import { definedOf } from '../domain/defined.ts';
import { proxyShardActivities } from './activity-proxies.ts';
import type { BatchRun } from './batch-run.ts';
import type { BatchState } from './batch-state.ts';
import { setConcurrencyUpdate, setRateUpdate } from './messages.ts';
import { refuseIf } from './refuse-if.ts';
import { refuseMalformed } from './shape-checks.ts';

/**
 * Sets the handlers of the updates that change the limits. Call it before the workflow first waits.
 */
export function listenToLimits(run: BatchRun, input: MigrateBatchInput): void {
  const { state } = run;
  setHandler(
    setRateUpdate,
    async (caller) => {
      const { concurrency } = state.limits;
      const ratePerS = caller.ratePerS ?? undefined;
      await change(run, input, 'set_rate', caller, {
        ...definedOf({ ratePerS, concurrency }),
      });
      return state.phase;
    },
    {
      validator: (input) => {
        refuseMalformed(setRateUpdate.name, setRateInput, input);
        const { ratePerS } = input;
        refuseIf(
          ratePerS !== null && !(ratePerS > 0 && ratePerS <= highestRatePerS),
          `Cannot set the rate: it must be a number above 0 and up to ${highestRatePerS}, or none`,
        );
        refuseIf(state.hasSentAll, 'Cannot set the rate: all rows have been sent');
        refuseIf(
          (ratePerS ?? undefined) === state.limits.ratePerS,
          `Cannot set the rate: it is already ${ratePerS === null ? 'unlimited' : `${ratePerS} requests/s`}`,
        );
      },
    },
  );
  setHandler(
    setConcurrencyUpdate,
    async (caller) => {
      const { ratePerS } = state.limits;
      await change(run, input, 'set_concurrency', caller, {
        ...definedOf({ ratePerS }),
        ...(caller.concurrency === null ? {} : { concurrency: caller.concurrency }),
      });
      return state.phase;
    },
    {
      validator: (input) => {
        refuseMalformed(setConcurrencyUpdate.name, setConcurrencyInput, input);
        const { concurrency } = input;
        const isCount =
          concurrency === null ||
          (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= highestConcurrency);
        refuseIf(
          !isCount,
          `Cannot set the concurrency: it must be a whole number from 1 to ${highestConcurrency}, or auto`,
        );
        refuseIf(state.hasSentAll, 'Cannot set the concurrency: all rows have been sent');
        refuseIf(
          (concurrency ?? undefined) === state.limits.concurrency,
          `Cannot set the concurrency: it is already ${concurrency ?? 'auto'}`,
        );
      },
    },
  );
}

/** The workers read the rate in the storage; here it decides how many rows are handed out. */
async function change(
  run: BatchRun,
  input: MigrateBatchInput,
  act: 'set_rate' | 'set_concurrency',
  // An update that was sent by hand may not say who.
  { who = 'unknown', reason }: Partial<ControlCaller>,
  limits: BatchState['limits'],
): Promise<void> {
  const now = Date.now();
  const changed = {
    ...limits,
    // Later passes of the batch continue the count.
    change: Math.max(now, (run.state.limitsChange?.change ?? 0) + 1),
    who,
    at: new Date(now).toISOString(),
    ...definedOf({ reason }),
  };
  run.change((state) => state.setLimits(changed));
  const { setLimits } = proxyShardActivities(input);
  await CancellationScope.nonCancellable(() => setLimits({ batchId: input.batchId, act, limits: changed }));
}
