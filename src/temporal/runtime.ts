import { setFlagsFromString } from 'node:v8';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { scrubText } from '../domain/scrub.ts';
import type { Logger } from '../logger.ts';

let isInstalled = false;

/**
 * Lines that tell of nothing wrong: one worker polls for workflows and one for activities, by
 * design.
 */
const expectedLines = new Set([
  'No activities registered, not polling for activity tasks',
  'No workflows registered, not polling for workflow tasks',
  // A row that was not processed fails its activity and is tried again: the history tells, and the
  // batch's page counts.
  'Activity failed',
]);

/**
 * Sends Temporal's own log lines through the one logger, and leaves signals to the commands. Once a
 * process.
 */
export function installRuntime(logger: Logger): void {
  if (isInstalled) return;
  isInstalled = true;
  if (!logger.isLevelEnabled('debug')) forgoWorkflowStacks();
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      if (expectedLines.has(message)) return;
      // Of the SDK's own lines only warnings matter; of the workflows' (workflows/batch-log.ts) all
      // do.
      if (level === 'INFO' && meta?.batch === undefined) return;
      // An activity's failure is in the history, where the operator looks; its error object may
      // hold more than is fit for a log.
      const { workflowId, activityId, activityType, attempt, batch } = meta ?? {};
      const line = { workflowId, activityId, activityType, attempt, batch };
      const write = level === 'ERROR' ? logger.error : level === 'WARN' ? logger.warn : logger.info;
      write.call(logger, line, scrubText(message, 500));
    }),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
}

/**
 * The SDK takes a stack trace of every promise that a workflow makes, for the page "Call stack" of
 * the UI: a tenth of a worker's CPU at full speed. Contexts made from now on, the workflows', take
 * none; this process's own errors keep theirs.
 */
function forgoWorkflowStacks(): void {
  setFlagsFromString('--stack-trace-limit=0');
}
