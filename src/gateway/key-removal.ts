/*
 * A gateway that refuses a key may repeat it ("Invalid API key: …"), and its texts reach holds,
 * results and notices. Plainly written keys are taken out of a text (`createKeyRemover`), so that
 * the rest of it can stay. Keys in any other spelling are found by the detector of
 * domain/redaction, which gets `secretsOf`.
 */
import type { GatewayKeys } from './gateway-keys.ts';

/** A shorter user name may be a common word, and a shorter password protects nothing. */
const partMinLength = 6;

const keyRemoved = '[key removed]';

/**
 * A function that takes the keys out of a text. Use it before the text is cut or changed, or half a
 * key stays.
 */
export function createKeyRemover(keys: GatewayKeys): (text: string) => string {
  const forms = readKeys(keys)
    .flatMap(({ whole, credentials, userName, password }) => [
      whole,
      ...[...credentials, userName, password].filter((part) => part.length >= partMinLength),
    ])
    .flatMap((secret) => [secret, encodeURIComponent(secret)]);
  if (forms.length === 0) return (text) => text;
  // The longest first: if one key begins with another, nothing of it may stay.
  const pattern = [...new Set(forms)]
    .sort((one, other) => other.length - one.length)
    .map((form) => form.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('|');
  const anyForm = new RegExp(pattern, 'gi');
  return (text) => text.replace(anyForm, keyRemoved);
}

/**
 * What must not be found in a text or an id in any spelling. A user name is not a secret, unless it
 * is the whole credential: a token that holds it must not be refused.
 */
export function secretsOf(keys: GatewayKeys): string[] {
  const secrets = readKeys(keys).flatMap(({ whole, credentials, userName, password }) => [
    whole,
    ...credentials,
    password === '' ? userName : password,
  ]);
  return [...new Set(secrets)].filter((secret) => secret.length >= partMinLength);
}

/** A shorter one may be a word that the gateway's ids have, too. */
const idSecretMinLength = 16;

/**
 * What must not be found in an id: long secrets. The user name is not one of them, since a gateway
 * may put it into its ids.
 */
export function idSecretsOf(keys: GatewayKeys): string[] {
  return readKeys(keys)
    .flatMap(({ whole, credentials, password }) => [whole, ...credentials.slice(0, 1), password])
    .filter(({ length }) => length >= idSecretMinLength);
}

interface KeyParts {
  /** The key as it is sent. */
  readonly whole: string;
  /** What follows the scheme of an `Authorization` header, as it is sent and decoded. */
  readonly credentials: readonly string[];
  readonly userName: string;
  readonly password: string;
}

function readKeys(keys: GatewayKeys): KeyParts[] {
  return Object.values(keys)
    .map((key) => key.trim())
    .filter((key) => key !== '')
    .map(readKey);
}

function readKey(whole: string): KeyParts {
  const [, scheme = '', sent] = /^(basic|bearer)\s+(.+)$/i.exec(whole) ?? [];
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
