/** What became of a row: each row ends as exactly one of these. Stored in histories and results. */
export const rowOutcomes = [
  'tokenized',
  'declined',
  'rejected',
  'failed',
  'charged_without_token',
  'unknown',
  'skipped',
  'not_sent',
] as const;

export type RowOutcome = (typeof rowOutcomes)[number];

/** How many rows ended in each outcome. Outcomes without a row are absent: histories stay small. */
export type OutcomeCounts = Partial<Record<RowOutcome, number>>;
