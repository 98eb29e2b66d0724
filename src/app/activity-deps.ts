/* Puts together what the activities of a worker need. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ActivityDeps } from '../activities/deps.ts';
import { ConfigError } from '../config.ts';
import { createHttpGateway } from '../gateway/http-gateway.ts';
import { createRateLimiter } from '../rate-limit/rate-limiter.ts';
import type { AppContext } from './app-context.ts';
import { readTargetFingerprint } from './target.ts';
import { versions } from './versions.ts';

export interface GatewayKeys {
  readonly authorization: string;
  readonly apiKey: string;
}

/** The keys that requests to the gateway carry. Throws ConfigError if one is missing: call it before anything is claimed. */
export function requireGatewayKeys({
  config: { authorization, apiKey },
}: Pick<AppContext, 'config'>): GatewayKeys {
  if (authorization !== undefined && apiKey !== undefined) return { authorization, apiKey };
  const missing = [
    ...(authorization === undefined ? ['PAYMENT_OPTIONS_AUTHORIZATION'] : []),
    ...(apiKey === undefined ? ['PAYMENT_OPTIONS_X_API_KEY'] : []),
  ];
  throw new ConfigError(
    `Cannot send to the gateway: set ${missing.join(' and ')} in the environment. Values are sent exactly as given, e.g. "Basic KEY". Nothing was started`,
  );
}

/** What the activities of a worker of this process need. Throws ConfigError if the gateway's keys are missing. */
export async function createActivityDeps(context: AppContext, isLive: boolean): Promise<ActivityDeps> {
  const { config } = context;
  const keys = requireGatewayKeys(context);
  const storage = await context.storage();
  const targetFingerprint = await readTargetFingerprint(context, isLive);
  return {
    storage,
    operatorKey: await context.operatorKey(),
    gateway: createHttpGateway({ baseUrl: config.baseUrl.url, ...keys }),
    rateLimiter: createRateLimiter({ ...storage, targetFingerprint }),
    targetFingerprint,
    owner: `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
    versions,
    nowMs: Date.now,
  };
}
