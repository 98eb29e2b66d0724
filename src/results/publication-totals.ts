/* The totals of a publication: outcomes, error codes, amounts by currency. */
import type { OutcomeCounts } from '../contract/outcome.ts';
import { createAmountSum } from '../domain/amount.ts';
import { countOutcome } from '../domain/tally.ts';
import type { MergedRow } from './merge-row.ts';
import type { OutcomeLine } from './outcome-line.ts';

export type AmountsByCurrency = Map<string, ReturnType<typeof createAmountSum>>;

/** The totals of a batch's rows. */
export interface Totals {
  counts: OutcomeCounts;
  errorCodes: Record<string, number>;
  charged: AmountsByCurrency;
  /** Amounts of the rows that may have been charged. */
  possiblyCharged: AmountsByCurrency;
  contradictions: number;
}

/** Totals of no rows. */
export function createTotals(): Totals {
  return { counts: {}, errorCodes: {}, charged: new Map(), possiblyCharged: new Map(), contradictions: 0 };
}

/** Adds a row to the totals. */
export function countRow(totals: Totals, { line, charges, isContradicted }: MergedRow): void {
  totals.counts = countOutcome(totals.counts, line.outcome);
  if (line.errorCode !== undefined) {
    totals.errorCodes[line.errorCode] = (totals.errorCodes[line.errorCode] ?? 0) + 1;
  }
  if (isContradicted) totals.contradictions += 1;
  for (const charge of charges) addAmount(totals.charged, charge);
  if (line.outcome === 'unknown') addAmount(totals.possiblyCharged, line);
}

function addAmount(amounts: AmountsByCurrency, { currency, amount }: OutcomeLine): void {
  const sum = amounts.get(currency) ?? createAmountSum();
  sum.add(amount);
  amounts.set(currency, sum);
}

/** The sums as decimal strings, by currency. */
export function sumsOf(amounts: AmountsByCurrency): Record<string, string> {
  return Object.fromEntries([...amounts].map(([currency, sum]) => [currency, sum.total()]));
}
