/*
 * Card numbers must not pass into any text that leaves the process. Every foreign text (a gateway's message, an error of a
 * library) goes through here before it is kept. 12 digits is the shortest card number, 19 the longest; longer runs go too,
 * since a card number may stand inside.
 */
const cardLikeRun = /\d(?:[ \-._]?\d){11,}/g;

/** The text with every run of 12 or more digits (single spaces, dashes, dots between them allowed) replaced. */
export function scrubDigitRuns(text: string): string {
  return text.replace(cardLikeRun, '[digits removed]');
}

/** A foreign text made fit to keep: scrubbed, one line, at most `maxLength` characters. */
export function scrubText(text: string, maxLength = 200): string {
  const oneLine = scrubDigitRuns(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  // Scrubbed again: removing an invisible character may have joined two half runs.
  const clean = scrubDigitRuns(oneLine);
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength - 1)}…`;
}
