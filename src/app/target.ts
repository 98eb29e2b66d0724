/* What a process with these settings sends to. Each batch is bound to its target. */
import type { Config } from '../config.ts';
import { targetFingerprintOf } from '../temporal/target-fingerprint.ts';
import type { AppContext } from './app-context.ts';

/**
 * True if a worker with these settings works on live batches: live was requested, or the gateway is
 * neither the sandbox nor on this machine.
 */
export function isLiveTarget(config: Config, isLiveAsked: boolean): boolean {
  return isLiveAsked || config.baseUrl.kind === 'other';
}

/** The digest of the target that these settings describe. */
export async function readTargetFingerprint(
  context: Pick<AppContext, 'config' | 'storage'>,
  isLive: boolean,
): Promise<string> {
  const { id } = await context.storage();
  const { provider, baseUrl, account } = context.config;
  return targetFingerprintOf({ storageId: id, provider: provider.name, baseUrl, account, isLive });
}
