import type { Address } from './staged-row.ts';

/** A field whose length a gateway limits. A country is not one: it has its own format. */
export type LimitedField = 'cardholder_name' | 'time_zone' | Exclude<keyof Address, 'country'>;

/**
 * What a gateway accepts of a row, beyond our own rules. Its provider declares the limits, and
 * every row is checked against them before any row is sent.
 */
export interface RowLimits {
  /** The most digits that a card number may have. */
  readonly maxCardNumberDigits: number;
  /** The longest text of each field, in characters. */
  readonly maxCharacters: Readonly<Record<LimitedField, number>>;
  /** The gateway's own test cards, digits only. The card schemes' test cards are known already. */
  readonly testCards: readonly string[];
}
