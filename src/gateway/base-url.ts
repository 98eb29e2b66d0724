import { GatewaySettingError } from './gateway-setting-error.ts';

/** What a base URL leads to, as far as its address says. */
export type GatewayKind = 'sandbox' | 'loopback' | 'other';

export interface BaseUrl {
  /** Without a trailing slash. */
  readonly url: string;
  readonly kind: GatewayKind;
}

/** The setting that holds the base URL, and the one address that is the sandbox. */
export interface BaseUrlSetting {
  readonly name: string;
  readonly sandboxUrl: string;
}

const loopbackHosts = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Parses the base URL of a gateway. Plain http is for loopback only, since a request carries a card
 * number (PCI DSS 4.2.1). Throws GatewaySettingError, which never repeats the URL: it may hold a
 * password.
 */
export function parseBaseUrl(text: string, { name, sandboxUrl }: BaseUrlSetting): BaseUrl {
  if (!URL.canParse(text)) {
    throw new GatewaySettingError(`${name} is not a URL: give one such as https://api.example.com`);
  }
  const url = new URL(text);
  const isLoopback = loopbackHosts.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) {
    throw new GatewaySettingError(
      `${name} must begin with https:// (plain http goes to this machine only, e.g. http://127.0.0.1:4010)`,
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new GatewaySettingError(`${name} must have no user, password, query or fragment`);
  }
  const plain = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  return { url: plain, kind: isLoopback ? 'loopback' : plain === sandboxUrl ? 'sandbox' : 'other' };
}
