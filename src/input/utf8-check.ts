/* Verifies a text as UTF-8 while it is read, and explains what it is if it is not. */
import { isAscii, isUtf8 } from 'node:buffer';
import { type FileEncoding, fileEncodings } from '../domain/file-encoding.ts';
import { countLineFeeds, peekStart } from './byte-stream.ts';
import { type EncodingGuess, guessEncoding } from './encoding-guess.ts';
import { kindSampleBytes } from './file-kind.ts';
import { FileRefusedError } from './file-refused-error.ts';
import { createForeignLines, type ForeignLines } from './foreign-lines.ts';
import { countUnfinishedBytes } from './unfinished-bytes.ts';
import { countUnfinishedEscape, guessIso2022, guessWideEncoding, isEbcdic } from './wide-encoding.ts';

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * The text without byte order mark, split between characters. Throws FileRefusedError if it is not
 * UTF-8.
 */
export async function* verifyUtf8(source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const { start, all } = await peekStart(source, kindSampleBytes);
  const wide = guessWideEncoding(start);
  if (wide !== undefined) throw refuseAs(wide);
  let rest: Buffer = Buffer.alloc(0);
  let lines = 0;
  let isFirst = true;
  let hasLetters = false;
  for await (const read of all) {
    const bytes = rest.length === 0 ? read : Buffer.concat([rest, read]);
    const held = countUnfinishedBytes(bytes) || countUnfinishedEscape(bytes);
    const whole = bytes.subarray(0, bytes.length - held);
    rest = bytes.subarray(whole.length);
    refuseNul(whole, lines);
    const iso2022 = guessIso2022(whole);
    if (iso2022 !== undefined) throw refuseAs(iso2022);
    if (!isUtf8(whole)) throw await refuseOtherText(start, whole, rest, all, { lines, hasLetters });
    lines += countLineFeeds(whole);
    hasLetters ||= !isAscii(whole);
    const hasMark = isFirst && whole.subarray(0, byteOrderMark.length).equals(byteOrderMark);
    isFirst = false;
    yield hasMark ? whole.subarray(byteOrderMark.length) : whole;
  }
  refuseNul(rest, lines);
  if (rest.length > 1 && countUnfinishedBytes(rest) === rest.length) {
    const hint = 'it is UTF-8 that was cut off in the middle of a character';
    throw new FileRefusedError('encoding_not_utf8', { line: lines + 1, hint });
  }
  if (!isUtf8(rest)) throw await refuseOtherText(start, rest, Buffer.alloc(0), all, { lines, hasLetters });
  if (rest.length > 0) yield rest;
}

function refuseNul(bytes: Buffer, linesBefore: number): void {
  const nul = bytes.indexOf(0);
  if (nul === -1) return;
  const line = linesBefore + countLineFeeds(bytes.subarray(0, nul)) + 1;
  throw new FileRefusedError('nul_bytes', { line });
}

/** Reads on to the end: a single line of UTF-8 shows that no other encoding fits the file. */
async function refuseOtherText(
  start: Buffer,
  bytes: Buffer,
  rest: Buffer,
  others: AsyncGenerator<Buffer>,
  before: { readonly lines: number; readonly hasLetters: boolean },
): Promise<FileRefusedError> {
  if (isEbcdic(start)) return refuseAs('EBCDIC');
  const foreign = createForeignLines();
  foreign.add(bytes);
  foreign.add(rest);
  for await (const more of others) foreign.add(more);
  foreign.end();
  const line = before.lines + foreign.firstLine;
  return before.hasLetters || foreign.hasUtf8Lines ? refuseMixed(line, foreign) : refuseGuess(line, foreign);
}

function refuseMixed(line: number, { lines }: ForeignLines): FileRefusedError {
  const more = lines > 1 ? `; ${lines} lines are not UTF-8` : '';
  return new FileRefusedError('encoding_mixed', {
    line,
    hint: `other lines are UTF-8, and this one is not${more}`,
  });
}

function refuseGuess(line: number, { sample }: ForeignLines): FileRefusedError {
  const { names, isCertain }: EncodingGuess = guessEncoding(sample);
  const [name] = names;
  if (name === undefined) {
    return new FileRefusedError('encoding_not_utf8', { line, hint: 'it could not be guessed' });
  }
  if (names.length > 1 || (!isCertain && isKnown(name))) {
    const hint = `it may be ${names.join(' or ')}, which its letters do not show for certain; look up which one the exporting program writes`;
    return new FileRefusedError('encoding_not_utf8', { line, hint });
  }
  return refuseAs(name, line);
}

/** The guessed names match those of --encoding except for case. */
function isKnown(name: string): boolean {
  return fileEncodings.includes(name.toLowerCase() as FileEncoding);
}

/** The names that `iconv` uses, where they differ. */
const iconvNames: Readonly<Record<string, string>> = {
  'Mac Roman': 'MACINTOSH',
  'Windows-1250': 'CP1250',
  'Windows-1251': 'CP1251',
  'Windows-1253': 'CP1253',
  'Windows-1254': 'CP1254',
  EBCDIC: 'IBM037',
};

function refuseAs(name: string, line?: number): FileRefusedError {
  const place = line === undefined ? {} : { line };
  if (isKnown(name)) {
    const hint = `it is probably ${name} (--encoding ${name.toLowerCase()})`;
    return new FileRefusedError('encoding_not_utf8', { ...place, hint });
  }
  const hint = `it is probably ${name} (iconv -f ${iconvNames[name] ?? name} -t UTF-8 converts it)`;
  return new FileRefusedError('encoding_unsupported', { ...place, hint });
}
