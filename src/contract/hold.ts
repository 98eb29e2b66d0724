/** Why a batch stopped by itself. Stored in histories; a code may be added, not renamed. */
export const holdCodes = [
  'set_up_wrong',
  'requests_refused',
  'set_up_codes',
  'ambiguous_answers',
  'velocity_codes',
  'tolerance_passed',
  'canary_sent',
  'is_live_disagrees',
  'answers_mixed_up',
  'amount_disagrees',
  'storage_failed',
  'storage_forgot',
  'shard_ended',
  'staging_failed',
  'publication_failed',
] as const;

export type HoldCode = (typeof holdCodes)[number];

/** What the operator reads when a batch is on hold. */
export interface HoldReason {
  readonly code: HoldCode;
  /** One sentence, scrubbed; no card number, no cell. */
  readonly text: string;
  /** How many answers led to it. */
  readonly count: number;
}
