import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { scrubText } from '../domain/scrub.ts';
import type { Logger } from '../logger.ts';

let isInstalled = false;

/** Sends Temporal's own log lines through the one logger, and leaves signals to the commands. Once a process. */
export function installRuntime(logger: Logger): void {
  if (isInstalled) return;
  isInstalled = true;
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      // An activity's failure is in the history, where the operator looks; its error object may hold more than is fit for a log.
      const { workflowId, activityId, activityType, attempt } = meta ?? {};
      const line = { workflowId, activityId, activityType, attempt };
      const write = level === 'ERROR' ? logger.error : level === 'WARN' ? logger.warn : logger.info;
      write.call(logger, line, scrubText(message, 500));
    }),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
}
