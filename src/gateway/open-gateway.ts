import type { Gateway } from './gateway.ts';
import type { GatewayKeys } from './gateway-keys.ts';
import { GatewaySettingError } from './gateway-setting-error.ts';
import { missingKeysOf } from './gateway-settings.ts';
import { createHttpGateway } from './http-gateway.ts';
import type { Provider } from './provider.ts';

/**
 * The client of a provider's gateway. `baseUrl`: checked by parseBaseUrl. Throws
 * GatewaySettingError if a key is missing.
 */
export function openGateway(provider: Provider, baseUrl: string, keys: GatewayKeys): Gateway {
  const missing = missingKeysOf(provider, keys);
  if (missing.length > 0) throw new GatewaySettingError(`${missing.join(' and ')} not set`);
  const { settings, limits } = provider;
  return createHttpGateway({
    baseUrl,
    keys,
    api: provider.createApi(keys),
    limits,
    settingNames: { baseUrl: settings.baseUrl.name, keys: Object.keys(settings.keys) },
  });
}
