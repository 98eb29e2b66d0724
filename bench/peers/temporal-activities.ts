import { ApplicationFailure } from '@temporalio/activity';
import type { Result, Row } from './files.ts';
import { GatewayError, isFinal, tokenize } from './gateway.ts';

/**
 * The request as an activity, retried indefinitely by default, later if the gateway asks for it.
 */
export async function tokenizeAsActivity(row: Row): Promise<Result> {
  try {
    return await tokenize(row);
  } catch (error) {
    if (isFinal(error)) return { outcome: 'failed', token: '' };
    if (error instanceof GatewayError && error.retryAfterMs !== undefined) {
      throw ApplicationFailure.create({ message: error.message, nextRetryDelay: error.retryAfterMs });
    }
    throw error;
  }
}
