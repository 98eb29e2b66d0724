/** What became of a row: every input row ends as exactly one of these. Stored in histories and result files. */
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

/** How many rows ended in each outcome; an outcome nobody had is left out, to keep histories small. */
export type OutcomeCounts = Partial<Record<RowOutcome, number>>;
