/*
 * No text that leaves the process may contain a card number. Every foreign text (a gateway's
 * message, a library's error) is scrubbed here before it is kept. Two rules remove possible card
 * numbers, in every reading of the text (other scripts, escapes, base64, hex, backwards):
 *
 * 1. Runs of 12 or more digits, with only what people and programs put between digits: blanks and
 *    dashes of any kind, dots, line breaks, invisible characters, and quotes with punctuation, as
 *    in ("4111","1111",…). 12 digits is the shortest card number; longer runs are removed too,
 *    because they may contain one.
 * 2. Card-like numbers (brand, length, Luhn) with anything short between their groups.
 */
import { findCardLikeNumbers } from './redaction/card-like-numbers.ts';
import { maskUuids } from './redaction/ordinary-numbers.ts';
import { type Spellings, spellingsOf } from './redaction/spellings.ts';
import { originalRange, type TextRange } from './redaction/view.ts';

/** The two kinds of separators are mutually exclusive, which keeps matching fast. */
const digitRun =
  /\p{Nd}(?:(?:[\p{Z}\p{C}\p{Pd}._]{0,3}|(?=[^\p{L}\p{N}"'`]{0,8}["'`])[^\p{L}\p{N}]{1,9})\p{Nd}){11,}/gu;

/** Replaces every digit run that could be or contain a card number. */
export function scrubDigitRuns(text: string): string {
  const withoutUuids = maskUuids(text);
  const spellings = spellingsOf(withoutUuids);
  // Exact positions first; after their removal, most texts need no inexact ones.
  const stages = [
    [{ text: withoutUuids }, ...spellings.filter(({ isJoined }) => isJoined !== true)],
    spellings.filter(({ isJoined }) => isJoined === true),
  ];
  for (const views of stages) {
    const found = [...findDigitRuns(views), ...findCardLikeNumbers(views)];
    if (found.length > 0) return scrubDigitRuns(replaceRanges(text, found));
  }
  return text;
}

/** Makes a foreign text safe to keep: scrubbed, on one line, at most `maxLength` characters. */
export function scrubText(text: string, maxLength = 200): string {
  const oneLine = scrubDigitRuns(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  // Scrub again: replacing several invisible characters by a blank may have joined two half runs.
  const clean = scrubDigitRuns(oneLine);
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength - 1)}…`;
}

function findDigitRuns(spellings: Spellings): TextRange[] {
  return spellings.flatMap((view) =>
    [...view.text.matchAll(digitRun)].map(({ 0: run, index }) =>
      originalRange(view, index, index + run.length),
    ),
  );
}

function replaceRanges(text: string, ranges: readonly TextRange[]): string {
  let clean = '';
  let kept = 0;
  for (const { start, end } of ranges.toSorted((one, other) => one.start - other.start)) {
    if (start > kept || (start === 0 && kept === 0)) clean += `${text.slice(kept, start)}[digits removed]`;
    kept = Math.max(kept, end);
  }
  return clean + text.slice(kept);
}
