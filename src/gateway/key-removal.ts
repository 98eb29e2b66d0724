/*
 * A gateway that refuses a key may repeat it ("Invalid API key: …"), and its words reach holds, results and notices. So our
 * keys are taken out of them, in whatever form they can be read back from.
 */

/** What shows who we are, sent to the letter. */
export interface GatewayKeys {
  /** The `Authorization` header. */
  readonly authorization: string;
  /** The `x-api-key` header. */
  readonly apiKey: string;
}

/** A user's name that is shorter may be a common word, and a password that is shorter keeps nobody out. */
const partMinLength = 6;

const keyRemoved = '[key removed]';

/** Gives a function that takes the keys out of a text. To be used before the text is cut or changed, or half a key stays. */
export function createKeyRemover({ authorization, apiKey }: GatewayKeys): (text: string) => string {
  const credentials = /^(?:basic|bearer)\s+(.+)$/i.exec(authorization.trim())?.[1];
  const parts = credentials === undefined ? [] : [credentials];
  if (credentials !== undefined && /^basic\s/i.test(authorization.trim())) {
    const decoded = Buffer.from(credentials, 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    parts.push(decoded);
    if (colon >= 0) parts.push(decoded.slice(0, colon), decoded.slice(colon + 1));
  }
  const secrets = [
    ...[authorization.trim(), apiKey.trim()].filter((key) => key !== ''),
    ...parts.filter((part) => part.length >= partMinLength),
  ];
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
  if (forms.length === 0) return (text) => text;
  // The longest first: of a key that begins with another one nothing may stay.
  const pattern = [...new Set(forms)]
    .sort((one, other) => other.length - one.length)
    .map((form) => form.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('|');
  const anyForm = new RegExp(pattern, 'gi');
  return (text) => text.replace(anyForm, keyRemoved);
}
