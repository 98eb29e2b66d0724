/** True for the UTF-16 unit of a digit, plain or full-width. */
export function isDigitUnit(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || (unit >= 0xff10 && unit <= 0xff19);
}
