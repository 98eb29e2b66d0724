/*
 * How many rows may end otherwise than tokenized before a batch stops by itself. Judged over the rows that were answered:
 * rejected and skipped rows were never sent, and say nothing of how the batch goes.
 */
import type { OutcomeCounts } from '../contract/outcome.ts';

/** The share that is tolerated unless another is set: declines of a tenth are usual for cards that lay for a while. */
export const defaultTolerancePercent = 20;
/** Fewer answers say too little: of ten, three are soon bad by chance. */
export const toleranceAfterAnswers = 100;

/** How many rows were sent and have their answer, or never will. */
export function answeredOf(counts: OutcomeCounts): number {
  return (
    (counts.tokenized ?? 0) +
    (counts.declined ?? 0) +
    (counts.failed ?? 0) +
    (counts.charged_without_token ?? 0) +
    (counts.unknown ?? 0)
  );
}

/** How many of the answered rows have no token. */
export function missedOf(counts: OutcomeCounts): number {
  return answeredOf(counts) - (counts.tokenized ?? 0);
}

/** True where more than `percent` of the answers since `base` brought no token, however few they are. */
export function isShareAbove(counts: OutcomeCounts, base: OutcomeCounts, percent: number): boolean {
  const answered = answeredOf(counts) - answeredOf(base);
  return (missedOf(counts) - missedOf(base)) * 100 > answered * percent;
}

/** True where the answers since `base` are enough to judge by, and more than `percent` of them brought no token. */
export function isToleranceExceeded(counts: OutcomeCounts, base: OutcomeCounts, percent: number): boolean {
  return (
    answeredOf(counts) - answeredOf(base) >= toleranceAfterAnswers && isShareAbove(counts, base, percent)
  );
}
