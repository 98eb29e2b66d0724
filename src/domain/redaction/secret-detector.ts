import { type Spellings, toSpellings } from './spellings.ts';

export type SecretDetector = (text: string | Spellings) => boolean;

/** A shorter one may be a common word, and protects nothing. */
const shortestSecret = 6;
/** With this many characters of a secret, the rest is easy to guess. */
const partLength = 12;
/** A part such as 000000000001 is not secret, and ids often contain it. */
const fewestDifferentCharacters = 4;

/**
 * Returns a function that finds the secrets in a text: in any reading, any case, with anything
 * between the characters, backwards, and at least 12 consecutive characters of a longer secret.
 */
export function createSecretDetector(secrets: readonly string[]): SecretDetector {
  const compact = secrets.map(compactText).filter(({ length }) => length >= shortestSecret);
  const whole = compact.filter(({ length }) => length < partLength).flatMap(inBothDirections);
  const parts = new Set(compact.flatMap(partsOf).flatMap(inBothDirections));
  if (whole.length + parts.size === 0) return () => false;
  return (text) =>
    toSpellings(text).some((view) => {
      const found = compactText(view.text);
      return whole.some((secret) => found.includes(secret)) || holdsPart(found, parts);
    });
}

function holdsPart(text: string, parts: ReadonlySet<string>): boolean {
  if (parts.size === 0) return false;
  for (let start = 0; start + partLength <= text.length; start += 1) {
    if (parts.has(text.slice(start, start + partLength))) return true;
  }
  return false;
}

/** The 12-character parts of a secret. */
function partsOf(secret: string): string[] {
  const parts: string[] = [];
  for (let start = 0; start + partLength <= secret.length; start += 1) {
    parts.push(secret.slice(start, start + partLength));
  }
  const recognizable = parts.filter((part) => new Set(part).size >= fewestDifferentCharacters);
  return recognizable.length > 0 ? recognizable : parts;
}

function inBothDirections(text: string): string[] {
  return [text, [...text].reverse().join('')];
}

function compactText(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}
