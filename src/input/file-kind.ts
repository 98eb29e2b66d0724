/* Recognizes files that are not CSV by their first bytes. */

/** Enough for every mark below, and for the beginning of a tar header. */
export const kindSampleBytes = 128;

const marks: readonly (readonly [mark: string, kind: string])[] = [
  ['PAR1', 'a Parquet file: export the table as CSV'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook (.xls)'],
  ['%PDF', 'a PDF'],
  ['\x28\xb5\x2f\xfd', 'compressed with zstd: decompress it first'],
  ['\xfd7zXZ', 'compressed with xz: decompress it first'],
  ['\x04\x22\x4d\x18', 'compressed with LZ4: decompress it first'],
  ['\x1f\x9d', 'compressed with compress (.Z): decompress it first'],
  ['BZh', 'compressed with bzip2: decompress it first'],
  ['7z\xbc\xaf', 'a 7-Zip archive: extract the CSV first'],
  ['Rar!\x1a', 'a RAR archive: extract the CSV first'],
  ['SQLite format 3\0', 'an SQLite database: export the table as CSV'],
  ['\0\x01\0\0Standard ', 'an Access database: export the table as CSV'],
  ['ORC', 'an ORC file: export the table as CSV'],
  ['Obj\x01', 'an Avro file: export the table as CSV'],
  ['ARROW1', 'an Arrow file: export the table as CSV'],
  ['FEA1', 'a Feather file: export the table as CSV'],
  ['-----BEGIN PGP', 'encrypted with PGP'],
  ['age-encryption.org/', 'encrypted with age: decrypt it first'],
  ['Salted__', 'encrypted with OpenSSL: decrypt it first'],
  ['{\\rtf', 'a document of a word processor'],
  ['\x89PNG', 'an image'],
  ['\xff\xd8\xff', 'an image'],
];
const markup = /^(?:\xef\xbb\xbf)?\s*<(?:[?!]|html\b|table\b|meta\b)/i;
const json = /^(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*"/;
const zipMarks = ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'];

/**
 * What the file probably is (fits after "it is probably"), if its first bytes show that it is not
 * plain text; or undefined.
 */
export function guessFileKind(start: Uint8Array): string | undefined {
  const text = Buffer.from(start).toString('latin1');
  const found = marks.find(([mark]) => text.startsWith(mark));
  // A column may be named ORCID.
  if (found !== undefined && !/^ORC[\x20-\x7e]/.test(text)) return found[1];
  if (zipMarks.some((mark) => text.startsWith(mark))) return guessZipKind(text);
  if (isTar(start)) return 'a tar archive: extract the CSV first';
  if (isPgp(start)) return 'encrypted with PGP';
  if (markup.test(text)) return 'a web page or XML, which some systems export under the name .xls';
  return json.test(text) ? 'JSON' : undefined;
}

/** True if the first bytes are those of gzip. */
export function isGzip(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/** A ZIP archive names its first file behind a header of 30 bytes. */
function guessZipKind(text: string): string {
  const name = text.slice(30);
  if (/^(?:\[Content_Types\]\.xml|_rels\/|xl\/|docProps\/)/.test(name)) return 'an Excel workbook (.xlsx)';
  if (name.startsWith('mimetypeapplication/vnd.oasis.opendocument')) return 'an OpenDocument table (.ods)';
  if (/^(?:Index\/|Data\/|Metadata\/)/.test(name)) return 'a Numbers document';
  return name === ''
    ? 'an Excel workbook (.xlsx) or another ZIP archive'
    : 'a ZIP archive: extract the CSV first';
}

/** A tar archive begins with a name, filled with NULs to 100 bytes, and a mode in octal digits. */
function isTar(start: Uint8Array): boolean {
  const text = Buffer.from(start.subarray(0, 108)).toString('latin1');
  return /^[^\0]{1,99}\0+$/.test(text.slice(0, 100)) && /^[0-7 ]{6,7}[ \0]+$/.test(text.slice(100));
}

/** Packets that begin an encrypted message (RFC 4880, 4.2 and 5.1 to 5.3), in both formats. */
function isPgp([tag, second, third, fourth]: Uint8Array): boolean {
  if (tag === 0x84 || tag === 0xc1) return third === 3;
  if (tag === 0x85) return fourth === 3;
  return (tag === 0x8c || tag === 0xc3) && second === 13 && third === 4;
}
