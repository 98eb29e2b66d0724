/*
 * Card numbers must not pass into any text that leaves the process. Every foreign text (a gateway's message, an error of a
 * library) goes through here before it is kept. 12 digits is the shortest card number, 19 the longest; longer runs go too,
 * since a card number may stand inside. Between two digits may stand what people and programs put there: blanks and dashes of
 * any kind, dots, line breaks, invisible characters; and quotes with what goes with them, where a program shows its pieces
 * ("4111","1111",…). Digits are those of any script, full-width ones too.
 *
 * The two kinds of separators exclude each other, so that no text takes long.
 */
const cardLikeRun =
  /\p{Nd}(?:(?:[\p{Z}\p{C}\p{Pd}._]{0,3}|(?=[^\p{L}\p{N}"'`]{0,8}["'`])[^\p{L}\p{N}]{1,9})\p{Nd}){11,}/gu;

/** The text with every run of 12 or more digits (with at most such separators between two of them) replaced. */
export function scrubDigitRuns(text: string): string {
  return text.replace(cardLikeRun, '[digits removed]');
}

/** A foreign text made fit to keep: scrubbed, one line, at most `maxLength` characters. */
export function scrubText(text: string, maxLength = 200): string {
  const oneLine = scrubDigitRuns(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  // Scrubbed again: what was made of several invisible characters may have joined two half runs.
  const clean = scrubDigitRuns(oneLine);
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength - 1)}…`;
}
