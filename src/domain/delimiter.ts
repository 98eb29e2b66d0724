/** True for one character that may separate cells: no letter, digit, quote, blank or line break. */
export function isDelimiter(text: string): boolean {
  return text === '\t' || /^[^\p{L}\p{N}"'\s\ufeff\0]$/u.test(text);
}
