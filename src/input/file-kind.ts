/* Recognizes files that are not CSV by their first bytes. */

/** Enough for every mark below after a byte order mark and some blanks. */
export const kindSampleBytes = 64;

const marks: readonly (readonly [mark: string, kind: string])[] = [
  ['PK\x03\x04', 'an Excel workbook (.xlsx) or another ZIP archive'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook (.xls)'],
  ['%PDF', 'a PDF'],
  ['\x28\xb5\x2f\xfd', 'compressed with zstd'],
  ['\xfd7zXZ', 'compressed with xz'],
  ['7z\xbc\xaf', 'a 7-Zip archive'],
  ['BZh', 'compressed with bzip2'],
  ['-----BEGIN PGP', 'encrypted with PGP'],
  ['{\\rtf', 'a document of a word processor'],
];
const markup = /^(?:\xef\xbb\xbf)?\s*<(?:[?!]|html\b|table\b|meta\b)/i;
const json = /^(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*"/;

/**
 * What the file probably is (fits after "it is probably"), if its first bytes show that it is not
 * plain text; or undefined.
 */
export function guessFileKind(start: Uint8Array): string | undefined {
  const text = Buffer.from(start).toString('latin1');
  const found = marks.find(([mark]) => text.startsWith(mark));
  if (found !== undefined) return found[1];
  if (markup.test(text)) return 'a web page or XML, which some systems export under the name .xls';
  return json.test(text) ? 'JSON' : undefined;
}

/** True if the first bytes are those of gzip. */
export function isGzip(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}
