import { isAscii, isUtf8 } from 'node:buffer';

/** The lines of a text that are not UTF-8. */
export interface ForeignLines {
  add(bytes: Buffer): void;
  /** Call after the last `add`. */
  end(): void;
  /** Number of the first line that is not UTF-8, from 1. */
  readonly firstLine: number;
  /** How many lines are not UTF-8. */
  readonly lines: number;
  /** True if another line is UTF-8 with letters beyond ASCII. */
  readonly hasUtf8Lines: boolean;
  /** The first lines that are not UTF-8, whole if possible. */
  readonly sample: Buffer;
}

const lineFeed = 0x0a;
/** Enough for a guess, and little enough to decode many times. */
const maxSampleBytes = 32 * 1024;
/** A longer line is judged in pieces, so that memory stays bounded. */
const maxLineBytes = 128 * 1024;

/**
 * Two bytes of an East Asian encoding may be UTF-8 by chance. Letters of three bytes, accents
 * beside plain letters, and words of another script are not.
 */
const realUtf8 =
  /[\u0800-\u{10ffff}]|[A-Za-z][\u00c0-\u024f]|[\u00c0-\u024f][A-Za-z]|\p{Script=Greek}{3}|\p{Script=Cyrillic}{3}|\p{Script=Arabic}{3}|\p{Script=Hebrew}{3}/u;

export function createForeignLines(): ForeignLines {
  const parts: Buffer[] = [];
  const state = { firstLine: 0, lines: 0, hasUtf8Lines: false };
  let sampleBytes = 0;
  let line = 0;
  let rest: Buffer = Buffer.alloc(0);

  const judge = (bytes: Buffer): void => {
    line += 1;
    if (isAscii(bytes)) return;
    if (isUtf8(bytes)) {
      state.hasUtf8Lines ||= realUtf8.test(bytes.toString('utf8'));
      return;
    }
    state.lines += 1;
    if (state.firstLine === 0) state.firstLine = line;
    const piece = Buffer.concat([bytes.subarray(0, maxSampleBytes - sampleBytes), Buffer.from('\n')]);
    if (sampleBytes >= maxSampleBytes) return;
    parts.push(piece);
    sampleBytes += piece.length;
  };

  return {
    add(more) {
      const bytes = rest.length === 0 ? more : Buffer.concat([rest, more]);
      let start = 0;
      for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
        judge(bytes.subarray(start, end));
        start = end + 1;
      }
      rest = bytes.subarray(start);
      if (rest.length <= maxLineBytes) return;
      judge(rest);
      line -= 1;
      rest = Buffer.alloc(0);
    },
    end() {
      if (rest.length > 0) judge(rest);
    },
    get firstLine() {
      return state.firstLine;
    },
    get lines() {
      return state.lines;
    },
    get hasUtf8Lines() {
      return state.hasUtf8Lines;
    },
    get sample() {
      return Buffer.concat(parts);
    },
  };
}
