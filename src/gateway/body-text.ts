/* The text of an answer's body: content decoding, bounded, then the character set. */
import type { IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { bodyLimitBytes } from './post-once.ts';

/** Decodes as much of a compressed body as arrived: one that was cut off gives its beginning. */
const zlibOptions = { maxOutputLength: bodyLimitBytes, finishFlush: constants.Z_SYNC_FLUSH };
const brotliOptions = { maxOutputLength: bodyLimitBytes, finishFlush: constants.BROTLI_OPERATION_FLUSH };

type Decode = (bytes: Buffer) => Buffer;

const decoders: Readonly<Record<string, readonly Decode[]>> = {
  gzip: [(bytes) => gunzipSync(bytes, zlibOptions)],
  // Some servers leave out the zlib header.
  deflate: [(bytes) => inflateSync(bytes, zlibOptions), (bytes) => inflateRawSync(bytes, zlibOptions)],
  br: [(bytes) => brotliDecompressSync(bytes, brotliOptions)],
};

/**
 * The body without its content encoding. Unchanged if the header names none, an unknown one, or the
 * wrong one.
 */
export function decodeContent(body: Buffer, headers: IncomingHttpHeaders): Buffer {
  const named = (headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim().replace(/^x-/, ''))
    .filter((name) => name !== '' && name !== 'identity');
  // A proxy may compress without a header; gzip is known by its first bytes.
  const encodings = named.length === 0 && body[0] === 0x1f && body[1] === 0x8b ? ['gzip'] : named;
  return encodings.reduceRight<Buffer>((bytes, name) => firstThatWorks(decoders[name] ?? [], bytes), body);
}

function firstThatWorks(some: readonly Decode[], bytes: Buffer): Buffer {
  for (const decode of some) {
    try {
      return decode(bytes);
    } catch {
      // Try the next one, or keep the bytes as they are.
    }
  }
  return bytes;
}

/**
 * The bytes as text. The charset follows from the byte order mark, the header, or the zeros of
 * UTF-16; else it is UTF-8.
 */
export function decodeText(bytes: Buffer, headers: IncomingHttpHeaders): string {
  const name = charsetOf(bytes, headers['content-type']);
  try {
    // A label can be wrong, and text in another charset is almost never valid UTF-8.
    if (!bytes.subarray(0, 4).includes(0)) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Not UTF-8: the label decides.
  }
  try {
    return new TextDecoder(name).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

function charsetOf(bytes: Buffer, contentType: string | undefined): string {
  const [first, second, third, fourth] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // JSON begins with two characters of ASCII (RFC 4627, 3).
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return 'utf-16le';
  if (first === 0 && second !== 0 && third === 0 && fourth !== 0) return 'utf-16be';
  return /charset\s*=\s*"?([\w.:-]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
}
