/* The beginning of a file: the header line, and what separates its cells. */

import { knownColumnOf } from '../domain/column-proposals.ts';
import { isCanonicalColumn, isCvcColumnName } from '../domain/columns.ts';

/** Lines without any value, as spreadsheets leave them. */
const blankLines = /^(?:[ \t,;\u00a0\u3000]*[\r\n])*/;
const lineEnd = /\r\n|\n|\r/;
const wholeLine = /^((?:"(?:[^"]|"")*"|[^"\r\n])*)[\r\n]/;

/** The first line with a value, once it is complete. */
export function findHeaderLine(text: string): string | undefined {
  const start = blankLines.exec(text)?.[0].length ?? 0;
  const line = wholeLine.exec(text.slice(start))?.[1];
  return line === undefined || line === '' ? undefined : line;
}

/** The first lines with a value, with their numbers. Line breaks in quotes end a line too. */
export function listFirstLines(text: string, most: number): readonly { text: string; line: number }[] {
  const lines: { text: string; line: number }[] = [];
  for (const [index, line] of text.split(lineEnd).entries()) {
    if (line.trim() !== '') lines.push({ text: line, line: index + 1 });
    if (lines.length === most) break;
  }
  return lines;
}

const delimiters = [',', ';', '\t'] as const;

/**
 * The delimiter of a header line: the one that yields the most known names, then the most frequent
 * one outside quotes; a comma if there is none.
 */
export function detectDelimiter(
  headerLine: string,
  isKnown: (name: string) => boolean = isKnownName,
): string {
  const best = delimiters
    .map((delimiter) => {
      const names = splitLine(headerLine, delimiter);
      return { delimiter, known: names.length < 2 ? 0 : names.filter(isKnown).length, count: names.length };
    })
    .sort((left, right) => right.known - left.known || right.count - left.count)[0];
  return best?.delimiter ?? ',';
}

/** The cells of a line without their quotes, for comparison with known names only. */
export function splitLine(line: string, delimiter: string): string[] {
  const cells: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at <= line.length; at += 1) {
    if (line[at] === '"') isQuoted = !isQuoted;
    if (at < line.length && (isQuoted || line[at] !== delimiter)) continue;
    cells.push(unquote(line.slice(start, at)));
    start = at + 1;
  }
  return cells;
}

function unquote(cell: string): string {
  const inner = /^\s*"(.*)"\s*$/s.exec(cell)?.[1];
  return inner === undefined ? cell : inner.replaceAll('""', '"');
}

/** True for a name that a merchant's header may have. */
export function isKnownName(name: string): boolean {
  return isCanonicalColumn(name) || isCvcColumnName(name) || knownColumnOf(name) !== undefined;
}
