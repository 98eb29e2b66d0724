import type { FileEncoding } from '../domain/file-encoding.ts';
import { peekStart } from './byte-stream.ts';
import { createFileBytes, type FileBytes, type ReadBytesOptions } from './file-bytes.ts';
import { guessFileKind, isGzip, kindSampleBytes } from './file-kind.ts';
import { FileRefusedError } from './file-refused-error.ts';
import { gunzip } from './gunzip.ts';
import { decodeText } from './text-decoding.ts';
import { verifyUtf8 } from './utf8-check.ts';

/** U+FFFD in UTF-8. */
const lostCharacter = Buffer.from('\ufffd');

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
