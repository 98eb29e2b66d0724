/*
 * A worker that is killed or stopped at one step. A failpoint can only be enabled here. It takes
 * the settings of `cardlift worker` and one argument, a FailpointArgument as JSON. It prints
 * `working` when it is ready, and `hit` before it dies or stops.
 */
import { writeSync } from 'node:fs';
import { createActivityDeps } from '../../src/app/activity-deps.ts';
import { openContext } from '../../src/cli/cli-context.ts';
import { listenForInterrupt } from '../../src/cli/interrupt.ts';
import type { LedgerReport } from '../../src/simulator/control.ts';
import { startWorker } from '../../src/temporal/worker-assembly.ts';
import { eventually } from '../../test/support/condition.ts';
import { withFailpoint } from './failpoint.ts';
import type { Place } from './steps.ts';

export interface FailpointArgument {
  readonly at: Place;
  readonly row: number;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly address: string;
  /** The file of the workflows' code. */
  readonly bundle: string;
}

const argument = JSON.parse(process.argv[2] ?? '') as FailpointArgument;
const place = openContext();
const interrupt = listenForInterrupt(() => undefined);

/** Blocks all JavaScript of this process, so that the signal takes effect here. */
function wait(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

const deps = withFailpoint(await createActivityDeps(place, false), {
  at: argument.at,
  row: argument.row,
  hit() {
    writeSync(1, 'hit\n');
    process.kill(process.pid, argument.signal);
    wait(argument.signal === 'SIGKILL' ? Number.POSITIVE_INFINITY : 100);
  },
  untilCharged: (merchantTxnRef) =>
    eventually('the charge', async () => {
      const response = await fetch(`${place.config.baseUrl.url}/simulator/ledger`);
      const { charges } = (await response.json()) as LedgerReport;
      return charges.some((charge) => charge.merchantTxnRef === merchantTxnRef) || undefined;
    }).then(() => undefined),
});

const worker = await startWorker({
  connectionOptions: { address: argument.address },
  namespace: 'default',
  deps,
  logger: place.logger,
  shutdownGraceMs: 20_000,
  workflowBundle: { codePath: argument.bundle },
});
interrupt.signal.addEventListener('abort', () => void worker.stop());
writeSync(1, 'working\n');
await worker.stopped;
interrupt.forget();
