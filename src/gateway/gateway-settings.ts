/* Reads the settings that a provider declares out of an environment. */
import { type BaseUrl, parseBaseUrl } from './base-url.ts';
import type { GatewayKeys } from './gateway-keys.ts';
import { GatewaySettingError } from './gateway-setting-error.ts';
import type { Provider } from './provider.ts';

/** What a process is set up for. */
export interface GatewaySettings {
  readonly baseUrl: BaseUrl;
  /** Those that are set. */
  readonly keys: GatewayKeys;
  readonly timeoutMs: number;
}

const shortestTimeoutMs = 100;
const longestTimeoutMs = 600_000;

/** Reads a provider's settings. Empty variables count as absent. Throws GatewaySettingError. */
export function readGatewaySettings(
  { settings }: Provider,
  environment: Readonly<Record<string, string | undefined>>,
): GatewaySettings {
  const { baseUrl, timeoutMs, keys } = settings;
  return {
    baseUrl: parseBaseUrl(environment[baseUrl.name] || baseUrl.sandboxUrl, baseUrl),
    keys: Object.fromEntries(
      Object.keys(keys).flatMap((name) => {
        const value = environment[name];
        return value === undefined || value === '' ? [] : [[name, readKey(name, value)]];
      }),
    ),
    timeoutMs: readTimeoutMs(timeoutMs.name, environment[timeoutMs.name] || String(timeoutMs.defaultMs)),
  };
}

/** The names of the key settings that are missing. */
export function missingKeysOf({ settings }: Provider, keys: GatewayKeys): string[] {
  return Object.keys(settings.keys).filter((name) => keys[name] === undefined);
}

function readKey(name: string, value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  throw new GatewaySettingError(`${name} must be printable ASCII: it is sent as a header`);
}

function readTimeoutMs(name: string, text: string): number {
  const timeoutMs = Number(text);
  if (Number.isNaN(timeoutMs)) throw new GatewaySettingError(`${name} must be a number of milliseconds`);
  if (!Number.isInteger(timeoutMs)) {
    throw new GatewaySettingError(`${name} must be a whole number of milliseconds`);
  }
  if (timeoutMs < shortestTimeoutMs) {
    throw new GatewaySettingError(`${name} must be at least ${shortestTimeoutMs}`);
  }
  if (timeoutMs > longestTimeoutMs) {
    throw new GatewaySettingError(`${name} must be at most ${longestTimeoutMs}`);
  }
  return timeoutMs;
}
