/*
 * How a merchant's file writes amounts, if not as plain decimals. An amount in another style is
 * rejected: 1.000 in a file with decimal commas is not one.
 */

export interface AmountStyle {
  /** What separates the decimals: a point unless given. */
  readonly decimal?: string;
  /** What separates groups of three digits; none unless given. */
  readonly thousands?: string;
  /** A sign that may stand before or after the number. */
  readonly currencySign?: string;
}

export const decimalMarks = ['.', ','] as const;
export const thousandsMarks = [',', '.', ' ', "'", '’', '_', '\u00a0', '\u202f'] as const;

/** No amount: stands for a cell in another style. */
const unreadable = '?';

/** Returns a function that gives a cell as a plain decimal; undefined if no style is given. */
export function createAmountReader(style: AmountStyle): ((cell: string) => string) | undefined {
  const { decimal = '.', thousands, currencySign } = style;
  if (style.decimal === undefined && thousands === undefined && currencySign === undefined) return undefined;
  const grouped = thousands === undefined ? '' : `\\d{1,3}(?:${escapeForPattern(thousands)}\\d{3})+|`;
  const number = new RegExp(`^(?:${grouped}\\d+)(?:${escapeForPattern(decimal)}\\d+)?$`);
  return (cell) => {
    const text = currencySign === undefined ? cell : withoutSign(cell, currencySign);
    if (!number.test(text)) return unreadable;
    const plain = thousands === undefined ? text : text.replaceAll(thousands, '');
    return decimal === '.' ? plain : plain.replace(decimal, '.');
  };
}

/** The text without the sign at one end, and the blank beside it. */
function withoutSign(cell: string, sign: string): string {
  if (cell.startsWith(sign)) return cell.slice(sign.length).replace(/^[ \u00a0]/, '');
  return cell.endsWith(sign) ? cell.slice(0, -sign.length).replace(/[ \u00a0]$/, '') : cell;
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
