/* What a publication counts while it writes the rows: outcomes, error codes, amounts by currency. */
import type { OutcomeCounts } from '../contract/outcome.ts';
import { createAmountSum } from '../domain/amount.ts';
import { countOutcome } from '../domain/tally.ts';
import type { MergedRow } from './merge-row.ts';
import type { OutcomeLine } from './outcome-line.ts';

export type AmountsByCurrency = Map<string, ReturnType<typeof createAmountSum>>;

/** What the rows of a batch add up to. */
export interface Totals {
  counts: OutcomeCounts;
  errorCodes: Record<string, number>;
  charged: AmountsByCurrency;
  /** Of the rows that may have been charged. */
  possiblyCharged: AmountsByCurrency;
  contradictions: number;
}

/** Nothing counted yet. */
export function createTotals(): Totals {
  return { counts: {}, errorCodes: {}, charged: new Map(), possiblyCharged: new Map(), contradictions: 0 };
}

/** Counts a row in. */
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

/** The sums as decimal texts, by currency. */
export function sumsOf(amounts: AmountsByCurrency): Record<string, string> {
  return Object.fromEntries([...amounts].map(([currency, sum]) => [currency, sum.total()]));
}
