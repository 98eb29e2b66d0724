/*
 * Guesses used only in the message to the merchant about what the file probably is. Nothing is
 * ever decoded based on a guess.
 */

/**
 * The UTF-16 variant indicated by a byte order mark, or by NULs in every second byte; or undefined.
 */
export function guessUtf16(start: Uint8Array): string | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return 'UTF-16LE';
  if (start[0] === 0xfe && start[1] === 0xff) return 'UTF-16BE';
  const sample = start.subarray(0, 64);
  const nuls = [0, 0];
  sample.forEach((byte, index) => {
    if (byte === 0) nuls[index % 2] = (nuls[index % 2] ?? 0) + 1;
  });
  const half = sample.length / 2;
  if ((nuls[1] ?? 0) > half / 2 && nuls[0] === 0) return 'UTF-16LE';
  if ((nuls[0] ?? 0) > half / 2 && nuls[1] === 0) return 'UTF-16BE';
  return undefined;
}

/** The probable encoding of a sample that is not UTF-8, or undefined. */
export function guessEncoding(sample: Uint8Array): string | undefined {
  const japanese = ['shift_jis', 'euc-jp']
    .map((label) => ({ label, score: scoreJapanese(decode(sample, label)) }))
    .sort((left, right) => right.score - left.score)[0];
  if (japanese !== undefined && japanese.score > 0) {
    return japanese.label === 'shift_jis' ? 'Shift_JIS' : 'EUC-JP';
  }
  return decode(sample, 'windows-1252') === undefined ? undefined : 'Windows-1252';
}

function decode(sample: Uint8Array, label: string): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(sample);
  } catch {
    return undefined;
  }
}

/**
 * Runs of two or more Japanese letters indicate Japanese: an accented letter of a Western text
 * decodes to a single kanji. Half-width katakana count little, because EUC-JP read as Shift_JIS
 * produces them.
 */
function scoreJapanese(text: string | undefined): number {
  if (text === undefined) return 0;
  const runs = text.match(/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}ー]{2,}/gu) ?? [];
  return runs.reduce((sum, run) => sum + run.replace(/[｡-ﾟ]/g, '').length + run.length * 0.1, 0);
}

/** The length of an incomplete UTF-8 character at the end, 0 to 3 bytes. */
export function countUnfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < sequenceLength(byte) ? back : 0;
  }
  return 0;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}
