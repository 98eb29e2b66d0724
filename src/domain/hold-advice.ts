/*
 * What a person can do about each hold, one entry per code. The texts of commands, of `status` and
 * of the Temporal UI, and what the workflow accepts, all follow from this table.
 */
import type { HoldCode } from '../contract/hold.ts';

/** How a batch leaves a hold, besides being cancelled: by `resume`, by `approve`, or not at all. */
export type GoOn = 'resume' | 'approve' | 'never';

export interface HoldAdvice {
  readonly goOn: GoOn;
  /** What to do before anything is typed: one sentence, no full stop. */
  readonly first: string;
}

const resume = (first: string): HoldAdvice => ({ goOn: 'resume', first });

const table = {
  set_up_wrong: resume('Fix the keys or the base URL in the environment of the next command'),
  requests_refused: resume("Read the gateway's message. The usual cause is a field that every row lacks"),
  set_up_codes: resume("Ask the gateway to fix the merchant's set-up"),
  ambiguous_answers: resume('Wait until the gateway works again, and ask it about the unknown rows'),
  velocity_codes: resume('Ask the gateway for an exemption from its velocity rules, or lower the rate'),
  tolerance_passed: resume('Check the outcomes. Resuming restarts the count'),
  canary_sent: { goOn: 'approve', first: 'Check the outcomes of these rows' },
  is_live_disagrees: {
    goOn: 'never',
    first: 'Every further row would be charged in the wrong mode, so this batch can only be cancelled',
  },
  answers_mixed_up: resume('Before you continue, ask the gateway which payment belongs to which row'),
  amount_disagrees: resume(
    'Before you continue, ask the gateway what it charged: the next rows may differ too',
  ),
  storage_failed: resume('Free disk space, or fix the disk, the key file or CARDLIFT_STORAGE'),
  storage_forgot: resume(
    'Put the newest copy of the storage back. Do not send the rows from another batch: they may be charged',
  ),
  shard_ended: resume(
    'Find out who ended it in Temporal, and why. Its rows that were not sent are sent after the resume',
  ),
  staging_failed: resume('Put the same file back in its place; nothing was sent'),
  publication_failed: resume('Leave the storage unchanged and report this: it is a defect or a damaged disk'),
} as const satisfies Record<HoldCode, HoldAdvice>;

/** The advice for a hold. */
export function adviceOf(code: HoldCode): HoldAdvice {
  return table[code];
}

const severity = { approve: 0, resume: 1, never: 2 } as const satisfies Record<GoOn, number>;

/**
 * True if a hold replaces the present one: an approval must not end a fault that came after a
 * canary, and a resume must not end one that only `cancel` may end.
 */
export function outranks(code: HoldCode, present: HoldCode | undefined): boolean {
  return present === undefined || severity[adviceOf(code).goOn] > severity[adviceOf(present).goOn];
}
