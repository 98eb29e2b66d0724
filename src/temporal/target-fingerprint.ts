import { createHash } from 'node:crypto';
import type { BaseUrl } from '../gateway/base-url.ts';
import { paymentOptions } from '../gateway/providers.ts';

export interface TargetFingerprintInput {
  readonly storageId: string;
  /** The provider's name. */
  readonly provider: string;
  readonly baseUrl: BaseUrl;
  /** The operator's name for the gateway account. */
  readonly account: string;
  readonly isLive: boolean;
}

/**
 * The digest of what a batch was started for and a worker is set up for. It is part of the queues'
 * names, so a worker that is set up otherwise never sees the batch's rows. The gateway's keys are
 * not part of it: they are replaced in mid-batch.
 */
export function targetFingerprintOf(input: TargetFingerprintInput): string {
  const { storageId, provider, baseUrl, account, isLive } = input;
  const target = [storageId, baseUrl.url, account, isLive ? 'live' : 'sandbox'];
  return createHash('sha256')
    .update(JSON.stringify(provider === paymentOptions.name ? target : [...target, provider]))
    .digest('hex')
    .slice(0, 10);
}
