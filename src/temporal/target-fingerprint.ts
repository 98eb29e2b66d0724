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
 * Digest of the target that a batch was started for and a worker is configured for. It is part of
 * the queue names, so that a worker with another configuration never sees the batch's rows. The
 * gateway's keys are not included, because they can be replaced while a batch runs.
 */
export function targetFingerprintOf({ storageId, baseUrl, account, isLive }: TargetFingerprintInput): string {
  return createHash('sha256')
    .update(JSON.stringify([storageId, baseUrl.url, account, isLive ? 'live' : 'sandbox']))
    .digest('hex')
    .slice(0, 10);
}
