import { answerGraceMs } from '../gateway/http-gateway.ts';
import type { IntentHead } from '../storage/storage.ts';

/** If an intent is older than this before its POST, its process was suspended in between. */
export const staleIntentMs = 5_000;
/** Time for writing the result, and for differences between the workers' clocks. */
const endSlackMs = 5_000;

/** The longest time between the creation of an intent and its result. */
export function longestSendMs(gatewayTimeoutMs: number): number {
  return staleIntentMs + gatewayTimeoutMs + answerGraceMs + endSlackMs;
}

/** The time by which the owner of an intent has written its result, or never will. */
export function intentDeadlineMs(createdAtMs: number, gatewayTimeoutMs: number): number {
  return createdAtMs + longestSendMs(gatewayTimeoutMs);
}

/**
 * How long to wait for an open intent. A truncated head has no deadline, so the storage, which does
 * not know the batch, gives it the longest possible one. The batch's own time-out is more exact.
 */
export function waitedForUntilMs(
  { deadlineMs, createdAtMs }: Pick<IntentHead, 'deadlineMs' | 'createdAtMs'>,
  gatewayTimeoutMs: number,
): number {
  return Math.min(deadlineMs, intentDeadlineMs(createdAtMs, gatewayTimeoutMs));
}
