import type { HoldReason } from '../contract/hold.ts';
import { holdReasonOf } from './hold-failure.ts';

/**
 * Runs an activity. If it fails with a reason to hold, `hold` holds the batch for it and resolves
 * after the next `resume`; then the activity runs again. Other errors, and a cancellation, are
 * passed on.
 */
export async function acrossHolds<Result>(
  act: () => Promise<Result>,
  hold: (reason: HoldReason) => Promise<unknown>,
): Promise<Result> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      const reason = holdReasonOf(error, 'storage_failed');
      if (reason === undefined) throw error;
      await hold(reason);
    }
  }
}
