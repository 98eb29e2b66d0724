/** The seed's development server: the default, and the one address that is the sandbox. */
export const sandboxBaseUrl = 'https://api-dev.paymentoptions.com';

/** What stands behind a base URL, as far as its address tells. */
export type GatewayKind = 'sandbox' | 'loopback' | 'other';

export interface BaseUrl {
  /** Without a slash at its end. */
  readonly url: string;
  readonly kind: GatewayKind;
}

const loopbackHosts = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** The reason a base URL is refused; the message never repeats the URL, which may hold a password. */
export class BaseUrlError extends Error {
  override readonly name = 'BaseUrlError';
}

/**
 * Reads a base URL of the gateway. Plain http is for loopback only: a request carries a card number (PCI DSS 4.2.1).
 * Throws BaseUrlError.
 */
export function parseBaseUrl(text: string): BaseUrl {
  if (!URL.canParse(text)) {
    throw new BaseUrlError('PAYMENT_OPTIONS_BASE_URL is not a URL: give one such as https://api.example.com');
  }
  const url = new URL(text);
  const isLoopback = loopbackHosts.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) {
    throw new BaseUrlError(
      'PAYMENT_OPTIONS_BASE_URL must begin with https:// (plain http goes to this machine only, e.g. http://127.0.0.1:4010)',
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new BaseUrlError('PAYMENT_OPTIONS_BASE_URL must have no user, password, query or fragment');
  }
  const plain = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  return { url: plain, kind: isLoopback ? 'loopback' : plain === sandboxBaseUrl ? 'sandbox' : 'other' };
}
