import type { HoldReason } from '../contract/hold.ts';
import { type OutcomeCounts, rowOutcomes } from '../contract/outcome.ts';
import { answeredOf } from '../domain/tolerance.ts';

/**
 * The hold after the first rows, once all of them are answered; undefined before. The operator
 * looks at their outcomes.
 */
export function canaryHoldOf(canaryRows: number, counts: OutcomeCounts): HoldReason | undefined {
  if (answeredOf(counts) < canaryRows) return undefined;
  const { rejected, skipped, not_sent, ...sent } = counts;
  const outcomes = rowOutcomes.flatMap((outcome) => {
    const count = (sent as OutcomeCounts)[outcome];
    return count === undefined ? [] : [`${count} ${outcome}`];
  });
  return {
    code: 'canary_sent',
    count: answeredOf(counts),
    text: `The first ${answeredOf(counts)} rows were sent: ${outcomes.join(', ')}`,
  };
}
