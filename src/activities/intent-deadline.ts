import { answerGraceMs } from '../gateway/http-gateway.ts';
import type { IntentHead } from '../storage/storage.ts';

/** An intent older than this before its request goes out was made by a process that was stopped in between. */
export const staleIntentMs = 5_000;
/** Room for writing the result, and for clocks that differ between workers. */
const endSlackMs = 5_000;

/** When the owner of an intent has written its result, or never will. */
export function intentDeadlineMs(createdAtMs: number, gatewayTimeoutMs: number): number {
  return createdAtMs + staleIntentMs + gatewayTimeoutMs + answerGraceMs + endSlackMs;
}

/**
 * Until when an open intent is waited for. A head that was cut off tells no deadline, and the storage, which knows no batch,
 * gives such an intent the longest there is; the batch's own time-out says it better.
 */
export function waitedForUntilMs(
  { deadlineMs, createdAtMs }: Pick<IntentHead, 'deadlineMs' | 'createdAtMs'>,
  gatewayTimeoutMs: number,
): number {
  return Math.min(deadlineMs, intentDeadlineMs(createdAtMs, gatewayTimeoutMs));
}
