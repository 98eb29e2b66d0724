/*
 * A gateway that refuses a key may repeat it ("Invalid API key: …"), and its texts reach holds, results and notices. Keys in
 * plain form are taken out of a text (`createKeyRemover`), so that the rest of it can stay. Keys in any other spelling are
 * found by the detector of domain/redaction, which gets `secretsOf`.
 */

/** The credentials, sent exactly as they are. */
export interface GatewayKeys {
  /** The `Authorization` header. */
  readonly authorization: string;
  /** The `x-api-key` header. */
  readonly apiKey: string;
}

/** A shorter user name may be a common word, and a shorter password protects nothing. */
const partMinLength = 6;

const keyRemoved = '[key removed]';

/** A function that takes the keys out of a text. Use it before the text is cut or changed, or half a key stays. */
export function createKeyRemover(keys: GatewayKeys): (text: string) => string {
  const { whole, credentials, userName, password } = readKeys(keys);
  const parts = [...credentials, userName, password].filter((part) => part.length >= partMinLength);
  const forms = [...whole, ...parts].flatMap((secret) => [secret, encodeURIComponent(secret)]);
  if (forms.length === 0) return (text) => text;
  // The longest first: of a key that begins with another one nothing may stay.
  const pattern = [...new Set(forms)]
    .sort((one, other) => other.length - one.length)
    .map((form) => form.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('|');
  const anyForm = new RegExp(pattern, 'gi');
  return (text) => text.replace(anyForm, keyRemoved);
}

/**
 * What must not be found in a text or an id in any spelling. The user name is none of it, unless it stands alone: it is no
 * secret, and a token that holds it must not be refused.
 */
export function secretsOf(keys: GatewayKeys): string[] {
  const { whole, credentials, userName, password } = readKeys(keys);
  const secrets = [...whole, ...credentials, password === '' ? userName : password];
  return [...new Set(secrets)].filter((secret) => secret.length >= partMinLength);
}

/** A shorter one may be a word that ids of the gateway have, too. */
const idSecretMinLength = 16;

/** What must not be found in an id: long secrets, and not the user name, which a gateway may well put into its ids. */
export function idSecretsOf(keys: GatewayKeys): string[] {
  const { whole, credentials, password } = readKeys(keys);
  return [...whole, ...credentials.slice(0, 1), password].filter(({ length }) => length >= idSecretMinLength);
}

interface KeyParts {
  /** The values of the headers. */
  readonly whole: readonly string[];
  /** What follows the scheme, as it is sent and decoded. */
  readonly credentials: readonly string[];
  readonly userName: string;
  readonly password: string;
}

function readKeys(keys: GatewayKeys): KeyParts {
  const authorization = keys.authorization.trim();
  const whole = [authorization, keys.apiKey.trim()].filter((key) => key !== '');
  const [, scheme = '', sent] = /^(basic|bearer)\s+(.+)$/i.exec(authorization) ?? [];
  if (sent === undefined) return { whole, credentials: [], userName: '', password: '' };
  if (scheme.toLowerCase() !== 'basic') return { whole, credentials: [sent], userName: '', password: '' };
  const decoded = Buffer.from(sent, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return {
    whole,
    credentials: [sent, decoded],
    userName: colon < 0 ? '' : decoded.slice(0, colon),
    password: colon < 0 ? '' : decoded.slice(colon + 1),
  };
}
