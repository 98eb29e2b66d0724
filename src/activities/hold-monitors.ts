import { HoldMonitor } from '../domain/hold-monitor.ts';

/** The answers of each batch, watched in this process from one hold to the next. */
export type HoldMonitors = (batchId: string, holdGeneration: number) => HoldMonitor;

/** Keeps one watch a batch: the latest hold generation's. Rows of an earlier hold generation, still under way, find the hold of their own. */
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
