/* What Temporal's UI shows of a batch: its page's details, and its columns in the list. */
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { MigrateBatchInput } from '../contract/workflows.ts';
import { failuresOf, totalOf } from '../domain/tally.ts';
import { describeBatch } from './batch-details.ts';
import type { BatchState } from './batch-state.ts';
import { searchAttributeKeys } from './search-attribute-keys.ts';

export class BatchPage {
  readonly #input: MigrateBatchInput;
  #shownAttributes = '';

  constructor(input: MigrateBatchInput) {
    this.#input = input;
  }

  /**
   * Shows the state. An attribute's change is an event of the history, so only phases and closed
   * shards make one.
   */
  show(state: BatchState): void {
    const progress = state.progress();
    setCurrentDetails(describeBatch(this.#input.batchId, progress, Date.now()));
    if (!this.#input.hasSearchAttributes) return;
    const { phase, rows, closedCounts } = progress;
    const percent = rows === 0 ? 0 : Math.floor((totalOf(closedCounts) * 100) / rows);
    const failures = failuresOf(closedCounts);
    const shown = `${phase} ${percent} ${failures}`;
    if (shown === this.#shownAttributes) return;
    this.#shownAttributes = shown;
    upsertSearchAttributes([
      { key: searchAttributeKeys.phase, value: phase },
      { key: searchAttributeKeys.percent, value: percent },
      { key: searchAttributeKeys.failures, value: failures },
    ]);
  }
}
