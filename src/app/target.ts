/* What a process with these settings sends to: batches are bound to it. */
import type { Config } from '../config.ts';
import { targetFingerprintOf } from '../temporal/target-fingerprint.ts';
import type { AppContext } from './app-context.ts';

/** True if a worker with these settings works on live batches: any gateway but the sandbox and this machine is live. */
export function isLiveTarget(config: Config, isLiveAsked: boolean): boolean {
  return isLiveAsked || config.baseUrl.kind === 'other';
}

/** The digest of what a worker with these settings is set up for. */
export async function readTargetFingerprint(
  context: Pick<AppContext, 'config' | 'storage'>,
  isLive: boolean,
): Promise<string> {
  const { id } = await context.storage();
  const { provider, baseUrl, account } = context.config;
  return targetFingerprintOf({ storageId: id, provider: provider.name, baseUrl, account, isLive });
}
