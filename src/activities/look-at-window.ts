import type { LookAtWindowInput, LookAtWindowResult } from '../contract/activities.ts';
import { windowStateAt } from '../domain/send-window.ts';
import type { ActivityDeps } from './deps.ts';

/** Checks whether a batch may send now, and when that changes. */
export function createLookAtWindow({ nowMs }: ActivityDeps) {
  return async function lookAtWindow({ window }: LookAtWindowInput): Promise<LookAtWindowResult> {
    const now = nowMs();
    const { isOpen, changesAtMs } = windowStateAt(window, now);
    return { isOpen, changesInMs: changesAtMs - now };
  };
}
