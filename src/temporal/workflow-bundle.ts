import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';
import type { Logger } from '../logger.ts';

/** Written by `npm run build` beside the compiled code. */
const prebuiltBundle = fileURLToPath(new URL('./workflow-bundle.js', import.meta.url));
const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

/**
 * The workflows' code for a worker: the prebuilt bundle if it exists (in a built package),
 * otherwise bundled now.
 */
export async function loadWorkflowBundle(logger: Logger): Promise<WorkflowBundleOption> {
  if (existsSync(prebuiltBundle)) {
    return { codePath: prebuiltBundle };
  }
  return await bundleWorkflows(logger);
}

/** Bundles the workflows from their sources. */
export async function bundleWorkflows(logger: Logger): Promise<{ code: string }> {
  return await bundleWorkflowCode({ workflowsPath, logger: bundlerLogger(logger) });
}

/** The bundler logs progress as `info`; only problems are worth a line. */
function bundlerLogger(logger: Logger) {
  return {
    log: () => undefined,
    trace: () => undefined,
    debug: () => undefined,
    info: () => undefined,
    warn: (message: string) => logger.warn(message),
    error: (message: string) => logger.error(message),
  };
}
