/*
 * Encodings that the first bytes give away: a byte order mark, or NULs in a fixed pattern. Used
 * only in the message to the merchant. Nothing is ever decoded based on a guess.
 */

const sampleBytes = 64;

/** UTF-16 or UTF-32, with its byte order; or undefined. */
export function guessWideEncoding(start: Uint8Array): string | undefined {
  return guessUtf32(start) ?? guessUtf16(start);
}

/** UTF-16 with its byte order; or undefined. */
export function guessUtf16(start: Uint8Array): string | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return 'UTF-16LE';
  if (start[0] === 0xfe && start[1] === 0xff) return 'UTF-16BE';
  const nuls = countNuls(start, 2);
  const half = Math.min(start.length, sampleBytes) / 2;
  if ((nuls[1] ?? 0) > half / 2 && nuls[0] === 0) return 'UTF-16LE';
  if ((nuls[0] ?? 0) > half / 2 && nuls[1] === 0) return 'UTF-16BE';
  return undefined;
}

function guessUtf32(start: Uint8Array): string | undefined {
  const mark = Buffer.from(start.subarray(0, 4)).toString('hex');
  if (mark === 'fffe0000') return 'UTF-32LE';
  if (mark === '0000feff') return 'UTF-32BE';
  const [first = 0, second = 0, third = 0, fourth = 0] = countNuls(start, 4);
  const most = Math.floor(Math.min(start.length, sampleBytes) / 4);
  if (most < 4) return undefined;
  if (first === 0 && third === most && fourth === most && second > most / 2) return 'UTF-32LE';
  return fourth === 0 && first === most && second === most && third > most / 2 ? 'UTF-32BE' : undefined;
}

/** The number of NULs at each place of units of that many bytes. */
function countNuls(start: Uint8Array, unitBytes: number): number[] {
  const nuls: number[] = new Array(unitBytes).fill(0);
  const end = Math.min(start.length, sampleBytes);
  for (let at = 0; at < end - (end % unitBytes); at += 1) {
    if (start[at] === 0) nuls[at % unitBytes] = (nuls[at % unitBytes] ?? 0) + 1;
  }
  return nuls;
}

/** What follows the escape character to switch the character set (ISO 2022). */
const shifts: readonly (readonly [shift: RegExp, name: string])[] = [
  [/^\$\)C/, 'ISO-2022-KR'],
  [/^\$\)[AG]/, 'ISO-2022-CN'],
  [/^(?:\$[@B]|\([BJI]|\$\([DOPQ])/, 'ISO-2022-JP'],
];
const escapeByte = 0x1b;

/** The variant of ISO 2022 that a text switches to; or undefined. */
export function guessIso2022(bytes: Buffer): string | undefined {
  for (let at = bytes.indexOf(escapeByte); at !== -1; at = bytes.indexOf(escapeByte, at + 1)) {
    const text = bytes.toString('latin1', at + 1, at + 5);
    const found = shifts.find(([shift]) => shift.test(text));
    if (found !== undefined) return found[1];
  }
  return undefined;
}

/** The length of an incomplete escape sequence at the end, 0 to 3 bytes. */
export function countUnfinishedEscape(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    if (bytes[bytes.length - back] === escapeByte) return back;
  }
  return 0;
}

/** Letters, digits and the punctuation of tables, as mainframes write them. */
const ebcdicRanges = '15 0d 25 40 4b 5e 60-61 6b 6d 7d 7f 81-89 91-99 a2-a9 c1-c9 d1-d9 e2-e9 f0-f9'
  .split(' ')
  .map((range) => range.split('-').map((byte) => Number.parseInt(byte, 16)));

/** True for EBCDIC, in which a table has no byte of ASCII's letters and digits. */
export function isEbcdic(start: Uint8Array): boolean {
  return (
    start.length >= 16 &&
    start.every((byte) => ebcdicRanges.some(([low = 0, high = low]) => byte >= low && byte <= high))
  );
}
