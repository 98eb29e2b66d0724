import { isUtf8 } from 'node:buffer';
import { getDecoder } from 'iconv-lite';
import type { FileEncoding } from '../domain/file-encoding.ts';
import { countLineFeeds, peekStart } from './byte-stream.ts';
import { FileRefusedError } from './file-refused-error.ts';
import { countUnfinishedBytes } from './unfinished-bytes.ts';
import { guessUtf16 } from './wide-encoding.ts';

/** iconv-lite's replacement for bytes that are invalid in the encoding. */
const replacement = '\ufffd';

/**
 * Converts a text to UTF-8 while reading. Throws FileRefusedError (`encoding_wrong`) if the bytes
 * do not fit the encoding: at the first invalid byte, or at the end if the whole text was valid
 * UTF-8 with non-ASCII letters, which text in another encoding never is by chance.
 */
export async function* decodeText(
  source: AsyncGenerator<Buffer>,
  encoding: Exclude<FileEncoding, 'utf-8'>,
): AsyncGenerator<Buffer> {
  const { start, all } = await peekStart(source, 3);
  refuseOtherMark(start, encoding);
  const decoder = getDecoder(encoding);
  const utf8 = createUtf8Detector();
  const isUtf16 = encoding.startsWith('utf-16');
  let bytesRead = 0;
  let lines = 0;
  const checked = (text: string): Buffer => {
    // Lone surrogates become replacement characters here.
    const bytes = Buffer.from(text);
    const wrong = bytes.indexOf(replacement);
    if (wrong !== -1) {
      const line = lines + countLineFeeds(bytes.subarray(0, wrong)) + 1;
      throw new FileRefusedError('encoding_wrong', { line, hint: `--encoding says ${encoding}` });
    }
    lines += countLineFeeds(bytes);
    return bytes;
  };
  let half = '';
  for await (const chunk of all) {
    bytesRead += chunk.length;
    utf8.add(chunk);
    const text = half + decoder.write(chunk);
    // The chunk may end between the two code units of a character.
    half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? '';
    const bytes = checked(half === '' ? text : text.slice(0, -1));
    if (bytes.length > 0) yield bytes;
  }
  const rest = checked(half + (decoder.end() ?? ''));
  if (rest.length > 0) yield rest;
  if (isUtf16 && bytesRead % 2 === 1) {
    throw new FileRefusedError('encoding_wrong', {
      hint: `--encoding says ${encoding}, and half a character is left`,
    });
  }
  if (!isUtf16 && utf8.isForeignText()) {
    throw new FileRefusedError('encoding_wrong', {
      hint: `--encoding says ${encoding}, and all of it is UTF-8`,
    });
  }
}

function refuseOtherMark(start: Buffer, encoding: FileEncoding): void {
  const marked = start.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))
    ? 'UTF-8'
    : guessUtf16(start.subarray(0, 2));
  if (marked === undefined || marked.toLowerCase() === encoding) return;
  throw new FileRefusedError('encoding_wrong', {
    hint: `--encoding says ${encoding}, and the file is marked as ${marked}`,
  });
}

/** Detects whether a text is entirely UTF-8 and has letters beyond ASCII. */
function createUtf8Detector() {
  let isPossible = true;
  let hasLetters = false;
  let rest: Buffer = Buffer.alloc(0);
  return {
    add(chunk: Buffer): void {
      if (!isPossible) return;
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const whole = bytes.subarray(0, bytes.length - countUnfinishedBytes(bytes));
      rest = bytes.subarray(whole.length);
      isPossible = isUtf8(whole);
      hasLetters ||= whole.some((byte) => byte >= 0x80);
    },
    isForeignText: () => isPossible && hasLetters && rest.length === 0,
  };
}
