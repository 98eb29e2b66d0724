import type { TokenizeRowInput } from '../contract/activities.ts';
import { HoldMonitor } from '../domain/hold-monitor.ts';

/** The hold monitor in this process for a row. */
export type HoldMonitors = (row: Omit<TokenizeRowInput, 'row'>) => HoldMonitor;

interface MonitorOfRun {
  readonly holdGeneration: number;
  readonly monitor: HoldMonitor;
}

/**
 * A pass has one run of its batch's workflow at a time. Rows in flight of the run before may still
 * need theirs.
 */
const keptRuns = 3;

/**
 * Keeps one monitor per run of a batch's workflow in a pass, of its latest hold generation: another
 * run counts the holds from the start again, and a hold of one run never stops the rows of another.
 * In-flight rows of an earlier generation get the latest monitor too.
 */
export function createHoldMonitors(): HoldMonitors {
  const passes = new Map<string, Map<string, MonitorOfRun>>();
  return ({ batchId, pass, run = '', holdGeneration = 0 }) => {
    const name = `${batchId} ${pass}`;
    const runs = passes.get(name) ?? new Map<string, MonitorOfRun>();
    passes.set(name, runs);
    const present = runs.get(run);
    const kept =
      present !== undefined && present.holdGeneration >= holdGeneration
        ? present
        : { holdGeneration, monitor: new HoldMonitor() };
    // Removed and added again: the map's order is the order of use.
    runs.delete(run);
    runs.set(run, kept);
    const [oldest] = runs.keys();
    if (runs.size > keptRuns && oldest !== undefined) runs.delete(oldest);
    return kept.monitor;
  };
}
