import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FileRefusedError } from './file-refused-error.ts';

/** The same size as for reading an uncompressed file. */
const chunkSize = 256 * 1024;

/**
 * Decompresses gzip while reading; consecutive members form one text. Throws FileRefusedError if
 * the file is damaged, cut off, or has trailing bytes: ignored bytes could be rows. Zeros at
 * the end only fill a block, and are skipped as gzip does.
 */
export async function* gunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytesGiven = 0;
  /** The end of the last byte that is not 0. */
  let contentBytes = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      const last = chunk.findLastIndex((byte) => byte !== 0);
      if (last !== -1) contentBytes = bytesGiven + last + 1;
      bytesGiven += chunk.length;
      yield chunk;
    }
  }
  const unzip = createGunzip({ chunkSize });
  // The pipeline forwards errors of the source, and closes the source when reading stops early.
  pipeline(Readable.from(counted()), unzip, () => {});
  try {
    for await (const chunk of unzip) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new FileRefusedError('gzip_damaged');
    }
    throw error;
  }
  if (unzip.bytesWritten < contentBytes) throw new FileRefusedError('gzip_damaged');
}
