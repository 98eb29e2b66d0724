/* The settings of a process. Only this module reads process.env. */

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { notifyUrlRemedies, parseNotifyUrl } from './domain/notify-url.ts';
import { looksLikeCardNumber } from './domain/redaction/card-like-numbers.ts';
import type { BaseUrl } from './gateway/base-url.ts';
import type { GatewayKeys } from './gateway/gateway-keys.ts';
import { GatewaySettingError } from './gateway/gateway-setting-error.ts';
import { type GatewaySettings, readGatewaySettings } from './gateway/gateway-settings.ts';
import type { Provider } from './gateway/provider.ts';
import * as providers from './gateway/providers.ts';

export interface Config {
  /** The provider whose gateway receives the batches. It declares the next three settings. */
  readonly provider: Provider;
  readonly baseUrl: BaseUrl;
  /** The keys that are set, by the names of their settings. */
  readonly gatewayKeys: GatewayKeys;
  readonly gatewayTimeoutMs: number;
  readonly storageFolder: string;
  /** The storage may be on a network file system, although rows may then be charged twice. */
  readonly allowsNetworkStorage: boolean;
  readonly keyFile: string;
  readonly home: string;
  /** The operator's name for the gateway account of the keys. */
  readonly account: string;
  readonly logLevel: string;
  /** Card data that has been in the storage for longer is due for `purge`. */
  readonly retentionDays: number;
  /** Where notices go for a batch that is started without `--notify`. A secret. */
  readonly notifyUrl?: string;
  /** The folder that relative paths on the command line start from. */
  readonly workingFolder: string;
  readonly hasColor: boolean;
}

/** An unusable setting. The message names the variable and the remedy, never the value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Long enough for the redrives of a migration, short enough to notice forgotten card data. */
const defaultRetentionDays = 14;
const longestRetentionDays = 3_650;

const environmentSchema = z.object({
  CARDLIFT_GATEWAY: z
    .enum(
      Object.values(providers).map(({ name }) => name),
      `must be one of: ${Object.values(providers)
        .map(({ name }) => name)
        .join(', ')}`,
    )
    .default(providers.paymentOptions.name),
  CARDLIFT_STORAGE: z.string().optional(),
  CARDLIFT_ALLOW_NETWORK_STORAGE: z.enum(['true', 'false'], 'must be true or false').default('false'),
  CARDLIFT_KEY_FILE: z.string().optional(),
  CARDLIFT_HOME: z.string().optional(),
  CARDLIFT_ACCOUNT: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores')
    .refine((name) => !looksLikeCardNumber(name), 'looks like a card number: give another name')
    .default('default'),
  CARDLIFT_RETENTION_DAYS: z.coerce
    .number('must be a number of days')
    .int('must be a whole number of days')
    .min(1, 'must be at least 1')
    .max(longestRetentionDays, `must be at most ${longestRetentionDays}`)
    .default(defaultRetentionDays),
  CARDLIFT_NOTIFY_URL: z.string().optional(),
  CARDLIFT_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('warn'),
  INIT_CWD: z.string().optional(),
  npm_lifecycle_event: z.string().optional(),
  NO_COLOR: z.string().optional(),
});

/** The settings that an operator may give. npm's own variables are excluded. */
export type SettingName = Exclude<keyof typeof environmentSchema.shape, 'INIT_CWD' | 'npm_lifecycle_event'>;

/** Node's debug output: `stream` prints rows of the file, others print what is sent. */
const debugVariables = ['NODE_DEBUG', 'NODE_DEBUG_NATIVE'];
/**
 * Node options that expose the memory, write it to a file, or make traffic readable. Diagnostic
 * reports contain the keys.
 */
const leakyNodeOptions = new RegExp(
  `(?:^|[\\s"'])(--(?:${[
    'inspect(?:-brk|-wait|-port)?',
    'heapsnapshot-[a-z-]+',
    'report-[a-z-]+',
    'tls-keylog',
    'trace-tls',
    'abort-on-uncaught-exception',
  ].join('|')}))(?=[\\s=:"']|$)`,
);

/** Refuses settings that make Node itself show card numbers or keys. Throws ConfigError. */
function refuseLeakyEnvironment(given: NodeJS.ProcessEnv): void {
  const debug = debugVariables.find((name) => given[name] !== undefined);
  if (debug !== undefined) {
    throw new ConfigError(
      `${debug} is set: it prints card numbers. Unset it, and set CARDLIFT_LOG_LEVEL=debug instead`,
    );
  }
  if (given.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    throw new ConfigError(
      "NODE_TLS_REJECT_UNAUTHORIZED=0 is set: it accepts any server as the gateway. Unset it; for a private certificate authority set NODE_EXTRA_CA_CERTS to its certificate's file",
    );
  }
  const [, option] = leakyNodeOptions.exec(given.NODE_OPTIONS?.replaceAll('_', '-') ?? '') ?? [];
  if (option !== undefined) {
    throw new ConfigError(
      `NODE_OPTIONS has ${option}: it can show card numbers and keys. Take it out of NODE_OPTIONS`,
    );
  }
}

/** Reads the settings. Throws ConfigError. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  refuseLeakyEnvironment(given);
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(`${issue?.path.join('.')} ${issue?.message}`);
  }
  const { data } = parsed;
  const provider = providerOf(data.CARDLIFT_GATEWAY);
  const gateway = readGateway(provider, given);
  const home = resolve(data.CARDLIFT_HOME ?? join(homedir(), '.cardlift'));
  return {
    provider,
    baseUrl: gateway.baseUrl,
    gatewayKeys: gateway.keys,
    gatewayTimeoutMs: gateway.timeoutMs,
    storageFolder: readStorageFolder(data.CARDLIFT_STORAGE, home),
    allowsNetworkStorage: data.CARDLIFT_ALLOW_NETWORK_STORAGE === 'true',
    keyFile: resolve(data.CARDLIFT_KEY_FILE ?? join(home, 'key.json')),
    home,
    account: data.CARDLIFT_ACCOUNT,
    logLevel: data.CARDLIFT_LOG_LEVEL,
    retentionDays: data.CARDLIFT_RETENTION_DAYS,
    ...(data.CARDLIFT_NOTIFY_URL === undefined ? {} : { notifyUrl: readNotifyUrl(data.CARDLIFT_NOTIFY_URL) }),
    // `npm run` changes to the project's folder, but the operator's relative paths start from the
    // folder in which they called npm.
    workingFolder:
      data.npm_lifecycle_event === 'cardlift' && data.INIT_CWD !== undefined ? data.INIT_CWD : process.cwd(),
    hasColor: data.NO_COLOR === undefined,
  };
}

function providerOf(wanted: string): Provider {
  const all: readonly Provider[] = Object.values(providers);
  return all.find(({ name }) => name === wanted) ?? providers.paymentOptions;
}

function readGateway(provider: Provider, given: NodeJS.ProcessEnv): GatewaySettings {
  try {
    return readGatewaySettings(provider, given);
  } catch (error) {
    if (!(error instanceof GatewaySettingError)) throw error;
    throw new ConfigError(error.message);
  }
}

function readNotifyUrl(text: string): string {
  const parsed = parseNotifyUrl(text);
  if ('url' in parsed) return parsed.url;
  throw new ConfigError(`CARDLIFT_NOTIFY_URL is refused: ${notifyUrlRemedies[parsed.fault]}`);
}

function readStorageFolder(text: string | undefined, home: string): string {
  if (text === undefined) return join(home, 'storage');
  if (text.startsWith('file:')) return fileURLToPath(text);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    throw new ConfigError(
      'CARDLIFT_STORAGE must be a folder or a file:// address: no other storage is built yet',
    );
  }
  return resolve(text);
}
