import { normalizeView } from './digit-normalization.ts';
import { decodeWords } from './encoded-words.ts';
import { decodeEscapes, decodeQuotedPrintable } from './escapes.ts';
import { replaceMatches, type View } from './view.ts';

/**
 * The readings of a text: the text with normalized digits, and its contents decoded once and twice.
 */
export type Spellings = readonly View[];

const blanks = /\s+/g;

/** All readings of a text. Checks that accept `Spellings` can share them. */
export function spellingsOf(text: string): Spellings {
  const root = normalizeView({ text });
  const once = [...decodeOnce(root), ...joinWords(root).flatMap(decodeWords)];
  if (once.length === 0) return [root];
  const known = new Set([root.text]);
  const isNew = (view: View): boolean => !known.has(view.text) && known.add(view.text) === known;
  const newOnce = once.filter(isNew);
  return [root, ...newOnce, ...newOnce.flatMap(decodeOnce).filter(isNew)];
}

/** The spellings of a text, or those the caller already has. */
export function toSpellings(text: string | Spellings): Spellings {
  return typeof text === 'string' ? spellingsOf(text) : text;
}

function decodeOnce(view: View): View[] {
  const escapes = [decodeEscapes(view), decodeQuotedPrintable(view)].filter(
    (decoded) => decoded !== undefined,
  );
  return [...escapes, ...decodeWords(view)];
}

/** The text without blanks: a word may be broken over lines, or spaced out. */
function joinWords(view: View): View[] {
  const joined = replaceMatches(view, view.text.matchAll(blanks), () => []);
  return joined === undefined ? [] : [{ ...joined, isJoined: true }];
}
