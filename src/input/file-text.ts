import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { countUnfinishedBytes, guessEncoding, guessUtf16 } from './encoding.ts';
import { FileRefusedError } from './file-refused-error.ts';

/** How much is read at a time: large enough that the parser sets the speed, small enough that progress moves. */
const defaultChunkBytes = 256 * 1024;
const lineFeed = 0x0a;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** A file that is being read once, from its beginning to its end. */
export interface FileText {
  /**
   * The file's bytes without byte order mark, proven to be UTF-8 and cut at characters. Throws FileRefusedError, and the
   * signal's reason when it is aborted.
   */
  chunks(): AsyncGenerator<Buffer>;
  readonly bytesRead: number;
  /** The file's size when it was opened. */
  readonly bytesTotal: number;
  /** SHA-256 of everything read, in hex; undefined until the end is reached. */
  readonly sha256: string | undefined;
}

/** A reader of one file; nothing is opened before the first chunk is asked for. */
export function createFileText(
  path: string,
  options: { readonly chunkBytes?: number; readonly signal?: AbortSignal },
): FileText {
  const chunkBytes = options.chunkBytes ?? defaultChunkBytes;
  const progress = { bytesRead: 0, bytesTotal: 0, sha256: undefined as string | undefined };
  async function* chunks(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    const file = await openFile(path);
    try {
      progress.bytesTotal = (await file.stat()).size;
      let rest: Buffer = Buffer.alloc(0);
      let lines = 0;
      for (let isFirst = true; ; ) {
        options.signal?.throwIfAborted();
        const read = await readChunk(file, chunkBytes);
        progress.bytesRead += read.length;
        hash.update(read);
        const bytes = rest.length === 0 ? read : Buffer.concat([rest, read]);
        if (bytes.length === 0) break;
        const isEnd = read.length === 0;
        // The first look needs the byte order mark whole.
        if (isFirst && bytes.length < byteOrderMark.length && !isEnd) {
          rest = bytes;
          continue;
        }
        const whole = isEnd ? bytes : bytes.subarray(0, bytes.length - countUnfinishedBytes(bytes));
        rest = bytes.subarray(whole.length);
        refuseForeignBytes(bytes, whole, lines, isFirst);
        lines += countLineBreaks(whole);
        const hasMark = isFirst && whole.subarray(0, 3).equals(byteOrderMark);
        isFirst = false;
        yield hasMark ? whole.subarray(3) : whole;
        if (isEnd) break;
      }
      progress.sha256 = hash.digest('hex');
    } finally {
      await file.close();
    }
  }
  return {
    chunks,
    get bytesRead() {
      return progress.bytesRead;
    },
    get bytesTotal() {
      return progress.bytesTotal;
    },
    get sha256() {
      return progress.sha256;
    },
  };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r');
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new FileRefusedError('file_missing');
    throw new FileRefusedError('file_unreadable', { hint: `the system says ${code}` });
  }
  throw new FileRefusedError('file_unreadable', { hint: 'it is not a regular file' });
}

async function readChunk(file: FileHandle, chunkBytes: number): Promise<Buffer> {
  try {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(chunkBytes), 0, chunkBytes, null);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw new FileRefusedError('file_unreadable', { hint: `the system says ${systemCodeOf(error)}` });
  }
}

function systemCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'nothing more';
}

function refuseForeignBytes(bytes: Buffer, whole: Buffer, linesBefore: number, isFirst: boolean): void {
  const utf16 = isFirst ? guessUtf16(bytes) : undefined;
  if (utf16 !== undefined) {
    throw new FileRefusedError('encoding_not_utf8', { hint: `it is probably ${utf16}` });
  }
  const nul = whole.indexOf(0);
  if (nul !== -1) {
    const line = linesBefore + countLineBreaks(whole.subarray(0, nul)) + 1;
    throw new FileRefusedError('nul_bytes', { line });
  }
  if (isUtf8(whole)) return;
  const { start, line } = findForeignLine(whole, linesBefore);
  const encoding = guessEncoding(cutAtLine(whole.subarray(start)));
  const hint = encoding === undefined ? 'it could not be guessed' : `it is probably ${encoding}`;
  throw new FileRefusedError('encoding_not_utf8', { line, hint });
}

/** Where the first line that is not UTF-8 starts. */
function findForeignLine(bytes: Buffer, linesBefore: number): { start: number; line: number } {
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

function countLineBreaks(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}
