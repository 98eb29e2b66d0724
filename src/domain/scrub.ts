/*
 * Card numbers must not pass into any text that leaves the process. Every foreign text (a gateway's message, an error of a
 * library) goes through here before it is kept. Two rules remove what could be a card number, in every reading of the text
 * (other scripts, escapes, base64, hex, backwards):
 * 1. A run of 12 or more digits with only what people and programs put between digits: blanks and dashes of any kind, dots,
 *    line breaks, invisible characters; and quotes with what goes with them, where a program shows its pieces
 *    ("4111","1111",…). 12 digits is the shortest card number; longer runs go too, since a card number may stand inside.
 * 2. A card-like number (brand, length, Luhn) with anything short between its groups.
 */
import { findCardLikeNumbers } from './redaction/card-like-numbers.ts';
import { maskUuids } from './redaction/ordinary-numbers.ts';
import { type Spellings, spellingsOf } from './redaction/spellings.ts';
import { originalRange, type TextRange } from './redaction/view.ts';

/** The two kinds of separators exclude each other, so that no text takes long. */
const digitRun =
  /\p{Nd}(?:(?:[\p{Z}\p{C}\p{Pd}._]{0,3}|(?=[^\p{L}\p{N}"'`]{0,8}["'`])[^\p{L}\p{N}]{1,9})\p{Nd}){11,}/gu;

/** The text with every run of digits that could be or hold a card number replaced. */
export function scrubDigitRuns(text: string): string {
  const withoutUuids = maskUuids(text);
  const spellings = spellingsOf(withoutUuids);
  // Exact places first: once they are gone, most texts need no rough ones.
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

/** A foreign text made fit to keep: scrubbed, one line, at most `maxLength` characters. */
export function scrubText(text: string, maxLength = 200): string {
  const oneLine = scrubDigitRuns(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  // Scrubbed again: what was made of several invisible characters may have joined two half runs.
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
