/** Why a URL for notices is refused. The URL is never quoted, because it may contain a secret. */
export type NotifyUrlFault = 'not_a_url' | 'not_https' | 'has_credentials';

/** What to do about each fault. */
export const notifyUrlRemedies: Readonly<Record<NotifyUrlFault, string>> = {
  not_a_url: 'give a whole one that begins with https://',
  not_https: 'use https; plain http goes to this machine only',
  has_credentials: 'give it without user and password',
};

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Parses the URL for notices: https, or http on this machine. Returns a fault if it is not
 * acceptable.
 */
export function parseNotifyUrl(text: string): { readonly url: string } | { readonly fault: NotifyUrlFault } {
  if (!URL.canParse(text)) return { fault: 'not_a_url' };
  const url = new URL(text);
  const isLocal = url.protocol === 'http:' && loopbackHosts.has(url.hostname);
  if (url.protocol !== 'https:' && !isLocal) return { fault: 'not_https' };
  // fetch refuses credentials, and a proxy's log would store them.
  if (url.username !== '' || url.password !== '') return { fault: 'has_credentials' };
  return { url: url.href };
}
