import { type OutcomeCounts, type RowOutcome, rowOutcomes } from '../contract/outcome.ts';

/** The counts plus one row with this outcome. */
export function countOutcome(counts: OutcomeCounts, outcome: RowOutcome): OutcomeCounts {
  return { ...counts, [outcome]: (counts[outcome] ?? 0) + 1 };
}

/** The sum of the counts of several parts of a batch. */
export function sumCounts(parts: Iterable<OutcomeCounts>): OutcomeCounts {
  const sum: OutcomeCounts = {};
  for (const part of parts) {
    for (const outcome of rowOutcomes) {
      const count = part[outcome];
      if (count !== undefined && count > 0) {
        sum[outcome] = (sum[outcome] ?? 0) + count;
      }
    }
  }
  return sum;
}

/** The total number of rows in the counts. */
export function totalOf(counts: OutcomeCounts): number {
  return rowOutcomes.reduce((total, outcome) => total + (counts[outcome] ?? 0), 0);
}

/** The number of rows that are neither tokenized nor skipped. */
export function failuresOf(counts: OutcomeCounts): number {
  return totalOf(counts) - (counts.tokenized ?? 0) - (counts.skipped ?? 0);
}
