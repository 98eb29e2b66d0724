/*
 * How many rows may fail to be tokenized before a batch stops. Only answered rows count: rejected
 * and skipped rows were never sent, and say nothing about the batch.
 */
import type { OutcomeCounts } from '../contract/outcome.ts';

/** The default share. Declines of a tenth are usual for cards that were not used for a while. */
export const defaultTolerancePercent = 20;
/** Fewer answers say too little: three of ten may fail by chance. */
export const toleranceAfterAnswers = 100;

/** The number of rows that were sent and have their answer, or never will. */
export function answeredOf(counts: OutcomeCounts): number {
  return (
    (counts.tokenized ?? 0) +
    (counts.declined ?? 0) +
    (counts.failed ?? 0) +
    (counts.charged_without_token ?? 0) +
    (counts.unknown ?? 0)
  );
}

/** The number of answered rows without a token. */
export function withoutTokenOf(counts: OutcomeCounts): number {
  return answeredOf(counts) - (counts.tokenized ?? 0);
}

/**
 * True if more than `percent` of the answers since `base` brought no token, whatever their number.
 */
export function isShareAbove(counts: OutcomeCounts, base: OutcomeCounts, percent: number): boolean {
  const answered = answeredOf(counts) - answeredOf(base);
  return (withoutTokenOf(counts) - withoutTokenOf(base)) * 100 > answered * percent;
}

/**
 * True if there are enough answers since `base` to judge, and more than `percent` of them brought
 * no token.
 */
export function isToleranceExceeded(counts: OutcomeCounts, base: OutcomeCounts, percent: number): boolean {
  return (
    answeredOf(counts) - answeredOf(base) >= toleranceAfterAnswers && isShareAbove(counts, base, percent)
  );
}
