import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { lifeline } from '../../test/support/cardlift-process.ts';
import type { FailpointArgument } from './failpoint-worker.ts';

export interface StepWorkerPlace {
  /** Holds storage and home, as createTestContext lays them out. */
  readonly folder: string;
  readonly baseUrl: string;
  /** The folder whose sources it runs. */
  readonly project: string;
}

/** A worker with a failpoint, in its own process. */
export interface StepWorker {
  readonly child: ChildProcess;
  /** Settles when the failpoint is reached. */
  readonly isHit: Promise<void>;
  readonly exited: Promise<unknown>;
}

/** Starts a worker from a project's sources. Resolves when it is ready. */
export async function startStepWorker(
  { folder, baseUrl, project }: StepWorkerPlace,
  argument: FailpointArgument,
): Promise<StepWorker> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '--import',
      lifeline,
      join(project, 'crash/steps/failpoint-worker.ts'),
      JSON.stringify(argument),
    ],
    {
      cwd: project,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        PATH: process.env.PATH,
        CARDLIFT_HOME: join(folder, 'home'),
        CARDLIFT_STORAGE: join(folder, 'storage'),
        PAYMENT_OPTIONS_BASE_URL: baseUrl,
        PAYMENT_OPTIONS_AUTHORIZATION: 'Basic simulator',
        PAYMENT_OPTIONS_X_API_KEY: 'simulator',
        PAYMENT_OPTIONS_TIMEOUT_MS: '1000',
        CARDLIFT_LOG_LEVEL: 'silent',
      },
    },
  );
  // Not at `exit`: its last line may not have been read by then.
  const exited = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  const said = (word: string): Promise<void> =>
    new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        if (line === word) resolve();
      });
      void exited.then(() => reject(new Error(`The worker ended before it said "${word}"`)));
    });
  const isHit = said('hit');
  isHit.catch(() => undefined);
  await said('working');
  return { child, isHit, exited };
}
