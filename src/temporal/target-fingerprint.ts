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
 * The digest of the target that a batch was started for and a worker is configured for. The queues'
 * names contain it, so a worker with another target never sees the batch's rows. It does not cover
 * the gateway's keys, which may be replaced during a batch.
 */
export function targetFingerprintOf(input: TargetFingerprintInput): string {
  const { storageId, provider, baseUrl, account, isLive } = input;
  const target = [storageId, baseUrl.url, account, isLive ? 'live' : 'sandbox'];
  return createHash('sha256')
    .update(JSON.stringify(provider === paymentOptions.name ? target : [...target, provider]))
    .digest('hex')
    .slice(0, 10);
}
