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
/** U+FFFD in UTF-8. */
const lostCharacter = Buffer.from('\ufffd');
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

export interface ReadTextOptions extends ReadBytesOptions {
  /** The file's encoding; default UTF-8. Never guessed. */
  readonly encoding?: FileEncoding;
}

/**
 * A text file being read once, from beginning to end. Counts and digest refer to the file's raw
 * bytes.
 */
export interface FileText extends Omit<FileBytes, 'chunks'> {
  /** True if the text read so far has U+FFFD, which stands for a letter that was lost. */
  readonly hasLostCharacters: boolean;
  /**
   * The text: decompressed, verified as UTF-8, without byte order mark, split between characters.
   * Throws FileRefusedError, and the signal's reason when aborted.
   */
  chunks(): AsyncGenerator<Buffer>;
}

/** A reader of one text file. Opens it when the first chunk is requested. */
export function createFileText(path: string, options: ReadTextOptions): FileText {
  const bytes = createFileBytes(path, options);
  const { encoding = 'utf-8' } = options;
  let hasLostCharacters = false;
  return {
    async *chunks() {
      const plain = await decompress(bytes.chunks());
      for await (const chunk of verifyUtf8(encoding === 'utf-8' ? plain : decodeText(plain, encoding))) {
        hasLostCharacters ||= chunk.includes(lostCharacter);
        yield chunk;
      }
    },
    get hasLostCharacters() {
      return hasLostCharacters;
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

/** Decides by the first bytes, because file names are unreliable. */
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

/** The guessed names match those of --encoding except for case. */
function hintOf(encoding: string): string {
  return `it is probably ${encoding} (--encoding ${encoding.toLowerCase()})`;
}

/** The start of the first line that is not UTF-8. */
function findInvalidLine(bytes: Buffer, linesBefore: number): { start: number; line: number } {
  for (let start = 0, line = linesBefore + 1; ; line += 1) {
    const end = bytes.indexOf(lineFeed, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return { start, line };
    start = end + 1;
  }
}

/**
 * At most 16 KiB, and whole lines if possible: a partial character at the end would mislead the
 * guess.
 */
function cutAtLine(bytes: Buffer): Buffer {
  const sample = bytes.subarray(0, 16 * 1024);
  const end = sample.lastIndexOf(lineFeed);
  return end <= 0 ? sample : sample.subarray(0, end);
}
