/*
 * The domain must not import Node, so node:net's isIP is not available. A property test compares
 * the two.
 */
const octet = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const ipv4 = new RegExp(String.raw`^${octet}(?:\.${octet}){3}$`);
const hexGroup = /^[0-9a-fA-F]{1,4}$/;
const ipv6Groups = 8;

/** How many of the eight groups the text fills; undefined if a group is invalid. */
function countGroups(text: string, mayEndInIpv4: boolean): number | undefined {
  if (text === '') return 0;
  const groups = text.split(':');
  const last = groups.at(-1) ?? '';
  const hasIpv4 = mayEndInIpv4 && last.includes('.');
  if (hasIpv4 && !ipv4.test(last)) return undefined;
  const hexGroups = hasIpv4 ? groups.slice(0, -1) : groups;
  if (!hexGroups.every((group) => hexGroup.test(group))) return undefined;
  return hexGroups.length + (hasIpv4 ? 2 : 0);
}

function isIpv6(text: string): boolean {
  const gap = text.indexOf('::');
  if (gap === -1) return countGroups(text, true) === ipv6Groups;
  const before = countGroups(text.slice(0, gap), false);
  const after = countGroups(text.slice(gap + 2), true);
  return before !== undefined && after !== undefined && before + after < ipv6Groups;
}

/** True for an IPv4 or IPv6 address without a zone: the longest has 45 characters. */
export function isIpAddress(text: string): boolean {
  return text.length <= 45 && (ipv4.test(text) || isIpv6(text));
}
