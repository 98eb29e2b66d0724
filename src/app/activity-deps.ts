/* Assembles what the activities of a worker need. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ActivityDeps } from '../activities/deps.ts';
import { ConfigError } from '../config.ts';
import type { GatewayKeys } from '../gateway/gateway-keys.ts';
import { missingKeysOf } from '../gateway/gateway-settings.ts';
import { openGateway } from '../gateway/open-gateway.ts';
import { createRateLimiter } from '../rate-limit/rate-limiter.ts';
import type { AppContext } from './app-context.ts';
import { refuseMovedStorage } from './moved-storage.ts';
import { refuseNetworkStorage } from './network-storage.ts';
import { readTargetFingerprint } from './target.ts';
import { versions } from './versions.ts';

/**
 * The keys that requests to the gateway carry. Throws ConfigError if one is missing, so call it
 * before a batch is claimed.
 */
export function requireGatewayKeys({ config }: Pick<AppContext, 'config'>): GatewayKeys {
  const { provider, gatewayKeys } = config;
  const missing = missingKeysOf(provider, gatewayKeys);
  if (missing.length === 0) return gatewayKeys;
  throw new ConfigError(
    `Cannot send to the gateway: set ${missing.join(' and ')} in the environment. Values are ${provider.settings.keysHint}. Nothing was started`,
  );
}

/**
 * The dependencies of the activities in this process. Throws ConfigError if a gateway key is
 * missing, or if nothing may be sent from the storage: it is on a network file system, or was
 * moved.
 */
export async function createActivityDeps(context: AppContext, isLive: boolean): Promise<ActivityDeps> {
  const { config } = context;
  const keys = requireGatewayKeys(context);
  await refuseNetworkStorage(context);
  await refuseMovedStorage(context);
  const storage = await context.storage();
  const targetFingerprint = await readTargetFingerprint(context, isLive);
  return {
    storage,
    operatorKey: await context.operatorKey(),
    gateway: openGateway(config.provider, config.baseUrl.url, keys),
    rateLimiter: createRateLimiter({ ...storage, targetFingerprint }),
    targetFingerprint,
    owner: `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
    versions,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  };
}
