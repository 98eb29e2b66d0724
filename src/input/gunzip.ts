import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FileRefusedError } from './file-refused-error.ts';

/** As much as is read at a time of a file that is not compressed. */
const chunkSize = 256 * 1024;

/**
 * The bytes of a gzip file, decompressed while they are read; several members in a row are one text. Throws FileRefusedError
 * where the file is damaged, cut off, or goes on behind its end: bytes that are passed over could be rows.
 */
export async function* gunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytesGiven = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      bytesGiven += chunk.length;
      yield chunk;
    }
  }
  const unzip = createGunzip({ chunkSize });
  // The pipeline hands an error of the source on, and closes the source when the reading ends early.
  pipeline(Readable.from(counted()), unzip, () => {});
  try {
    for await (const chunk of unzip) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new FileRefusedError('gzip_damaged');
    }
    throw error;
  }
  if (unzip.bytesWritten !== bytesGiven) throw new FileRefusedError('gzip_damaged');
}
