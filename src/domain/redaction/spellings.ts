import { normalizeView } from './digit-normalization.ts';
import { decodeWords } from './encoded-words.ts';
import { decodeEscapes, decodeQuotedPrintable } from './escapes.ts';
import { replaceMatches, type View } from './view.ts';

/** What one text can be read as: itself with its digits normalized, then decoded once and twice. */
export type Spellings = readonly View[];

const blanks = /\s+/g;

/** All readings of a text. A check that takes `Spellings` can share them with other checks of the same text. */
export function spellingsOf(text: string): Spellings {
  const root = normalizeView({ text });
  const once = [...decodeOnce(root), ...joinWords(root).flatMap(decodeWords)];
  if (once.length === 0) return [root];
  const known = new Set([root.text]);
  const isNew = (view: View): boolean => !known.has(view.text) && known.add(view.text) === known;
  const newOnce = once.filter(isNew);
  return [root, ...newOnce, ...newOnce.flatMap(decodeOnce).filter(isNew)];
}

/** The spellings of a text, or those that the caller has made already. */
export function toSpellings(text: string | Spellings): Spellings {
  return typeof text === 'string' ? spellingsOf(text) : text;
}

function decodeOnce(view: View): View[] {
  const escapes = [decodeEscapes(view), decodeQuotedPrintable(view)].filter(
    (decoded) => decoded !== undefined,
  );
  return [...escapes, ...decodeWords(view)];
}

/** The text without its blanks: a word may be broken over lines, or spaced out. */
function joinWords(view: View): View[] {
  const joined = replaceMatches(view, view.text.matchAll(blanks), () => []);
  return joined === undefined ? [] : [{ ...joined, isJoined: true }];
}
