/** Why a URL for notices is refused; it never quotes the URL, which may hold a secret. */
export type NotifyUrlFault = 'not_a_url' | 'not_https' | 'has_credentials';

/** What to do about each fault, for whoever gave the URL. */
export const notifyUrlRemedies: Readonly<Record<NotifyUrlFault, string>> = {
  not_a_url: 'give a whole one that begins with https://',
  not_https: 'use https; plain http goes to this machine only',
  has_credentials: 'give it without user and password',
};

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Reads the URL that notices are posted to: https, or http on this machine; a fault where it will not do. */
export function parseNotifyUrl(text: string): { readonly url: string } | { readonly fault: NotifyUrlFault } {
  if (!URL.canParse(text)) return { fault: 'not_a_url' };
  const url = new URL(text);
  const isLocal = url.protocol === 'http:' && loopbackHosts.has(url.hostname);
  if (url.protocol !== 'https:' && !isLocal) return { fault: 'not_https' };
  // fetch refuses them, and a proxy's log would keep them.
  if (url.username !== '' || url.password !== '') return { fault: 'has_credentials' };
  return { url: url.href };
}
