import { HoldMonitor } from '../domain/hold-monitor.ts';

/** The hold monitor of each batch in this process. */
export type HoldMonitors = (batchId: string, holdGeneration: number) => HoldMonitor;

/**
 * Keeps one monitor per batch, of its latest hold generation. In-flight rows of an earlier
 * generation get this one too.
 */
export function createHoldMonitors(): HoldMonitors {
  const monitors = new Map<string, { holdGeneration: number; monitor: HoldMonitor }>();
  return (batchId, holdGeneration) => {
    const present = monitors.get(batchId);
    if (present !== undefined && present.holdGeneration >= holdGeneration) {
      return present.monitor;
    }
    const monitor = new HoldMonitor();
    monitors.set(batchId, { holdGeneration, monitor });
    return monitor;
  };
}
