import { ApplicationFailure } from '@temporalio/activity';
import type { Result, Row } from './files.ts';
import { GatewayError, isFinal, tokenize } from './gateway.ts';

/** The request as an activity: retried by default for as long as it takes, later where the gateway says so. */
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
