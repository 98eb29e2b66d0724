import { setFlagsFromString } from 'node:v8';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { scrubText } from '../domain/scrub.ts';
import type { Logger } from '../logger.ts';

let isInstalled = false;

/**
 * Harmless log lines: by design, one worker polls only for workflows and one only for activities.
 */
const expectedLines = new Set([
  'No activities registered, not polling for activity tasks',
  'No workflows registered, not polling for workflow tasks',
  // A row that was not processed fails its activity, which is retried. The history shows it, and
  // the batch's progress counts it.
  'Activity failed',
]);

/**
 * Routes Temporal's log lines through our logger, and leaves signals to the commands. Takes effect
 * once per process.
 */
export function installRuntime(logger: Logger): void {
  if (isInstalled) return;
  isInstalled = true;
  if (!logger.isLevelEnabled('debug')) disableWorkflowStacks();
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      if (expectedLines.has(message)) return;
      // Of the SDK's own lines only warnings matter; of the workflows' (workflows/batch-log.ts) all
      // do.
      if (level === 'INFO' && meta?.batch === undefined) return;
      // The workflow history shows an activity's failure to operators. Its error object may contain
      // more than a log may.
      const { workflowId, activityId, activityType, attempt, batch } = meta ?? {};
      const line = { workflowId, activityId, activityType, attempt, batch };
      const write = level === 'ERROR' ? logger.error : level === 'WARN' ? logger.warn : logger.info;
      write.call(logger, line, scrubText(message, 500));
    }),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
}

/**
 * The SDK takes a stack trace of every promise that a workflow creates, for the UI's "Call stack"
 * page: a tenth of a worker's CPU at full speed. Disables them for contexts created from now on,
 * that is for workflows. This process's own errors keep theirs.
 */
function disableWorkflowStacks(): void {
  setFlagsFromString('--stack-trace-limit=0');
}
