/* What most commands need: the settings, the storage, the operator's key, the terminal. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ActivityDeps } from '../activities/deps.ts';
import { CliError } from '../cli/cli-error.ts';
import { createTerminal, type Terminal } from '../cli/terminal.ts';
import { type Config, readConfig } from '../config.ts';
import type { GatewayKeys } from '../gateway/gateway-keys.ts';
import { missingKeysOf } from '../gateway/gateway-settings.ts';
import { openGateway } from '../gateway/open-gateway.ts';
import { createLogger, type Logger } from '../logger.ts';
import { createRateLimiter } from '../rate-limit/rate-limiter.ts';
import { type OperatorKey, readOrCreateKeyFile } from '../storage/key-file.ts';
import { openLocalStorage } from '../storage/local/local-storage.ts';
import type { Storage } from '../storage/storage.ts';
import { targetFingerprintOf } from '../temporal/target-fingerprint.ts';
import { versions } from './versions.ts';

export interface AppContext {
  readonly config: Config;
  readonly terminal: Terminal;
  readonly logger: Logger;
  storage(): Promise<Storage>;
  operatorKey(): Promise<OperatorKey>;
}

/** The context of this process. Throws ConfigError. */
export function openContext(): AppContext {
  const config = readConfig();
  const terminal = createTerminal(config.hasColor);
  let storage: Promise<Storage> | undefined;
  let key: Promise<OperatorKey> | undefined;
  return {
    config,
    terminal,
    logger: createLogger(config.logLevel),
    storage: () => {
      storage ??= openLocalStorage(config.storageFolder);
      return storage;
    },
    operatorKey: () => {
      key ??= readOrCreateKeyFile(config.keyFile).then((made) => {
        if (made.isNew) {
          terminal.report(
            `Created a new key for encrypting card data: ${config.keyFile}\nKeep a copy outside the storage. Without the key, staged rows cannot be read.`,
          );
        }
        return made;
      });
      return key;
    },
  };
}

/** True where a worker with these settings works on live batches: any gateway but the sandbox and this machine is live. */
export function isLiveContext(config: Config, isLiveAsked: boolean): boolean {
  return isLiveAsked || config.baseUrl.kind === 'other';
}

/** The digest of what a worker with these settings is set up for. */
export async function contextFingerprint(context: AppContext, isLive: boolean): Promise<string> {
  const { id } = await context.storage();
  return targetFingerprintOf({
    storageId: id,
    provider: context.config.provider.name,
    baseUrl: context.config.baseUrl,
    account: context.config.account,
    isLive,
  });
}

/** The keys that requests to the gateway carry. Throws CliError if one is missing: call it before anything is claimed. */
export function requireGatewayKeys({ config }: Pick<AppContext, 'config'>): GatewayKeys {
  const { provider, gatewayKeys } = config;
  const missing = missingKeysOf(provider, gatewayKeys);
  if (missing.length === 0) return gatewayKeys;
  throw new CliError(
    `Cannot send to the gateway: set ${missing.join(' and ')} in the environment. Values are ${provider.settings.keysHint}. Nothing was started`,
  );
}

/** What the activities of a worker in this place need. Throws CliError if the gateway's keys are missing. */
export async function createActivityDeps(context: AppContext, isLive: boolean): Promise<ActivityDeps> {
  const { config } = context;
  const keys = requireGatewayKeys(context);
  const storage = await context.storage();
  const targetFingerprint = await contextFingerprint(context, isLive);
  return {
    storage,
    operatorKey: await context.operatorKey(),
    gateway: openGateway(config.provider, config.baseUrl.url, keys),
    rateLimiter: createRateLimiter({ ...storage, targetFingerprint }),
    targetFingerprint,
    owner: `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
    versions,
    nowMs: Date.now,
  };
}
