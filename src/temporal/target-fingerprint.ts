import { createHash } from 'node:crypto';
import type { BaseUrl } from '../gateway/base-url.ts';

export interface TargetFingerprintInput {
  readonly storageId: string;
  readonly baseUrl: BaseUrl;
  /** The operator's name for the gateway account. */
  readonly account: string;
  readonly isLive: boolean;
}

/**
 * The digest of what a batch was started for and a worker is set up for. It stands in the queues' names, so that a worker
 * set up otherwise never sees the batch's rows. The gateway's keys are no part of it: they are replaced in mid-batch.
 */
export function targetFingerprintOf({ storageId, baseUrl, account, isLive }: TargetFingerprintInput): string {
  return createHash('sha256')
    .update(JSON.stringify([storageId, baseUrl.url, account, isLive ? 'live' : 'sandbox']))
    .digest('hex')
    .slice(0, 10);
}
