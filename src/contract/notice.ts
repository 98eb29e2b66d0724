import type { HoldReason } from './hold.ts';
import type { OutcomeCounts } from './outcome.ts';

/**
 * A notice for the operator's own systems. Stored in histories, posted as JSON
 * (docs/notifications.md).
 */
export interface BatchNotice {
  readonly event: 'start' | 'hold' | 'end';
  readonly batchId: string;
  readonly pass: number;
  /** The batch's phase at that time. */
  readonly phase: string;
  readonly isLive: boolean;
  readonly rows: number;
  readonly outcomes: OutcomeCounts;
  readonly hold?: HoldReason;
  /** ISO 8601. */
  readonly at: string;
}

export interface PostNoticeInput {
  readonly batchId: string;
  readonly notice: BatchNotice;
}

/** The id of the workflow that posts a notice. Notices are numbered from 1. */
export const noticeWorkflowIdOf = (batchId: string, pass: number, notice: number): string =>
  `${batchId}/pass-${pass}/notice-${notice}`;
