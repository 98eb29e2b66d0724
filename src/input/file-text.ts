import { isUtf8 } from 'node:buffer';
import type { FileEncoding } from '../domain/file-encoding.ts';
import { countLineFeeds, peekStart } from './byte-stream.ts';
import { countUnfinishedBytes, guessEncoding, guessUtf16 } from './encoding.ts';
import { createFileBytes, type FileBytes, type ReadBytesOptions } from './file-bytes.ts';
import { guessFileKind, isGzip, kindSampleBytes } from './file-kind.ts';
import { FileRefusedError } from './file-refused-error.ts';
import { gunzip } from './gunzip.ts';
import { decodeText } from './text-decoding.ts';

const lineFeed = 0x0a;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

export interface ReadTextOptions extends ReadBytesOptions {
  /** What the file is in; UTF-8 unless it is said. Never guessed. */
  readonly encoding?: FileEncoding;
}

/** A text file that is being read once, from its beginning to its end. Counts and digest are those of the file as it is. */
export interface FileText extends Omit<FileBytes, 'chunks'> {
  /**
   * The file's text without byte order mark, decompressed and proven to be UTF-8, cut at characters. Throws
   * FileRefusedError, and the signal's reason when it is aborted.
   */
  chunks(): AsyncGenerator<Buffer>;
}

/** A reader of one text file; nothing is opened before the first chunk is asked for. */
export function createFileText(path: string, options: ReadTextOptions): FileText {
  const bytes = createFileBytes(path, options);
  const { encoding = 'utf-8' } = options;
  return {
    async *chunks() {
      const plain = await decompress(bytes.chunks());
      yield* verifyUtf8(encoding === 'utf-8' ? plain : decodeText(plain, encoding));
    },
    get bytesRead() {
      return bytes.bytesRead;
    },
    get bytesTotal() {
      return bytes.bytesTotal;
    },
    get sha256() {
      return bytes.sha256;
    },
  };
}

/** The file's content: by its first bytes, not by its name, which may be anything. */
async function decompress(source: AsyncGenerator<Buffer>): Promise<AsyncGenerator<Buffer>> {
  const { start, all } = await peekStart(source, kindSampleBytes);
  if (!isGzip(start)) return refuseOtherKinds(start, all);
  const inner = await peekStart(gunzip(all), kindSampleBytes);
  return refuseOtherKinds(inner.start, inner.all);
}

function refuseOtherKinds(start: Buffer, all: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const kind = isGzip(start) ? 'compressed twice' : guessFileKind(start);
  if (kind === undefined) return all;
  void all.return(undefined);
  throw new FileRefusedError('file_not_csv', { hint: `it is probably ${kind}` });
}

async function* verifyUtf8(source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const { start, all } = await peekStart(source, kindSampleBytes);
  const utf16 = guessUtf16(start);
  if (utf16 !== undefined) throw new FileRefusedError('encoding_not_utf8', { hint: hintOf(utf16) });
  let rest: Buffer = Buffer.alloc(0);
  let lines = 0;
  let isFirst = true;
  for await (const read of all) {
    const bytes = rest.length === 0 ? read : Buffer.concat([rest, read]);
    const whole = bytes.subarray(0, bytes.length - countUnfinishedBytes(bytes));
    rest = bytes.subarray(whole.length);
    refuseInvalidUtf8(whole, lines);
    lines += countLineFeeds(whole);
    const hasMark = isFirst && whole.subarray(0, byteOrderMark.length).equals(byteOrderMark);
    isFirst = false;
    yield hasMark ? whole.subarray(byteOrderMark.length) : whole;
  }
  refuseInvalidUtf8(rest, lines);
}

function refuseInvalidUtf8(bytes: Buffer, linesBefore: number): void {
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    const line = linesBefore + countLineFeeds(bytes.subarray(0, nul)) + 1;
    throw new FileRefusedError('nul_bytes', { line });
  }
  if (isUtf8(bytes)) return;
  const { start, line } = findInvalidLine(bytes, linesBefore);
  const encoding = guessEncoding(cutAtLine(bytes.subarray(start)));
  const hint = encoding === undefined ? 'it could not be guessed' : hintOf(encoding);
  throw new FileRefusedError('encoding_not_utf8', { line, hint });
}

/** The guesses bear the names that --encoding knows, in other letters. */
function hintOf(encoding: string): string {
  return `it is probably ${encoding} (--encoding ${encoding.toLowerCase()})`;
}

/** Where the first line that is not UTF-8 starts. */
function findInvalidLine(bytes: Buffer, linesBefore: number): { start: number; line: number } {
  for (let start = 0, line = linesBefore + 1; ; line += 1) {
    const end = bytes.indexOf(lineFeed, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return { start, line };
    start = end + 1;
  }
}

/** At most 16 KiB, whole lines if there are any: half a character at the end would spoil the guess. */
function cutAtLine(bytes: Buffer): Buffer {
  const sample = bytes.subarray(0, 16 * 1024);
  const end = sample.lastIndexOf(lineFeed);
  return end <= 0 ? sample : sample.subarray(0, end);
}
