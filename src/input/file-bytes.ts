import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { FileRefusedError } from './file-refused-error.ts';

/** Chunk size: large enough that the parser sets the speed, small enough for smooth progress. */
const defaultChunkBytes = 256 * 1024;

/** A file being read once, from beginning to end. */
export interface FileBytes {
  /** The file's bytes. Throws FileRefusedError, and the signal's reason when aborted. */
  chunks(): AsyncGenerator<Buffer>;
  readonly bytesRead: number;
  /** The file's size when opened. */
  readonly bytesTotal: number;
  /** SHA-256 of everything read, in hex; undefined until the end is reached. */
  readonly sha256: string | undefined;
}

export interface ReadBytesOptions {
  readonly chunkBytes?: number;
  readonly signal?: AbortSignal;
}

/** A reader of one file. Opens it when the first chunk is requested. */
export function createFileBytes(path: string, options: ReadBytesOptions): FileBytes {
  const chunkBytes = options.chunkBytes ?? defaultChunkBytes;
  const progress = { bytesRead: 0, bytesTotal: 0, sha256: undefined as string | undefined };
  async function* chunks(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    const file = await openRegularFile(path);
    try {
      progress.bytesTotal = (await file.stat()).size;
      for (;;) {
        options.signal?.throwIfAborted();
        const chunk = await readChunk(file, chunkBytes);
        if (chunk.length === 0) break;
        progress.bytesRead += chunk.length;
        hash.update(chunk);
        yield chunk;
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

/** SHA-256 of a file's bytes, in hex. Throws FileRefusedError. */
export async function digestFile(path: string): Promise<string> {
  const bytes = createFileBytes(path, {});
  for await (const _ of bytes.chunks());
  return bytes.sha256 ?? '';
}

/** The content of a file that should be small. Throws FileRefusedError. */
export async function readSmallFile(path: string, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  const bytes = createFileBytes(path, {});
  for await (const chunk of bytes.chunks()) {
    if (bytes.bytesRead > maxBytes) {
      throw new FileRefusedError('file_unreadable', { hint: `it is larger than ${maxBytes / 1024} KiB` });
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

async function openRegularFile(path: string): Promise<FileHandle> {
  let hint: string;
  try {
    // Without O_NONBLOCK, opening a pipe without a writer would block forever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (stat.isFile()) return file;
    await file.close();
    hint = stat.isDirectory() ? 'it is a folder' : 'it is not a regular file';
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new FileRefusedError('file_missing');
    throw new FileRefusedError('file_unreadable', { hint: `the system says ${code}` });
  }
  throw new FileRefusedError('file_unreadable', { hint });
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
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
