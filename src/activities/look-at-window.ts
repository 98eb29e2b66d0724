import type { LookAtWindowInput, LookAtWindowResult } from '../contract/activities.ts';
import { windowStateAt } from '../domain/send-window.ts';
import type { ActivityDeps } from './deps.ts';

/** Tells whether a batch may send at this hour, and until when that stays so. */
export function createLookAtWindow({ nowMs }: ActivityDeps) {
  return async function lookAtWindow({ window }: LookAtWindowInput): Promise<LookAtWindowResult> {
    const now = nowMs();
    const { isOpen, changesAtMs } = windowStateAt(window, now);
    return { isOpen, changesInMs: changesAtMs - now };
  };
}
