import { type Spellings, toSpellings } from './spellings.ts';

export type SecretDetector = (text: string | Spellings) => boolean;

/** A shorter one may be a common word, and protects nothing. */
const shortestSecret = 6;
/** With this many characters of a secret, the rest is easy to guess for a reader who has the other half. */
const partLength = 12;
/** A part such as 000000000001 is no secret, and ids are full of them. */
const fewestDifferentCharacters = 4;

/**
 * A function that finds the secrets in a text: in any reading, in any case, whatever stands between the characters, also
 * backwards, and at least 12 characters in a row of a longer one.
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

/** The parts of 12 characters. */
function partsOf(secret: string): string[] {
  const parts: string[] = [];
  for (let start = 0; start + partLength <= secret.length; start += 1) {
    parts.push(secret.slice(start, start + partLength));
  }
  const reporting = parts.filter((part) => new Set(part).size >= fewestDifferentCharacters);
  return reporting.length > 0 ? reporting : parts;
}

function inBothDirections(text: string): string[] {
  return [text, [...text].reverse().join('')];
}

function compactText(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}
