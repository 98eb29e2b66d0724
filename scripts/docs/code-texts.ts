/*
 * The sentences of docs/errors.md that are not in src. The types make a new code impossible to
 * forget.
 */
import type { ExitCode, exitCodes } from '../../src/cli/exit-codes.ts';
import type { HoldCode } from '../../src/contract/hold.ts';
import type { RowOutcome } from '../../src/contract/outcome.ts';
import type { Actor, Resend } from '../../src/domain/error-codes.ts';

export const outcomeTexts = {
  tokenized: 'The gateway returned the token.',
  declined: 'The gateway or the issuer said no. Nothing was charged.',
  rejected: 'The row failed our own checks and was never sent.',
  failed: 'The gateway refused the request itself. Nothing was charged.',
  charged_without_token: 'The payment was made, but no token came back.',
  unknown:
    'The request may have arrived, and its answer is not known or not clear. The card may have been charged.',
  skipped: 'A given earlier result (`--skip-tokenized-in`) already has the token. The row was not sent.',
  not_sent: 'The batch was cancelled before the row was sent.',
} as const satisfies Record<RowOutcome, string>;

export const actorTexts = {
  merchant: 'the merchant, who made the file',
  cardholder: 'the cardholder',
  operator: 'you',
  gateway: 'the gateway',
  none: 'no one',
} as const satisfies Record<Actor, string>;

export const resendTexts = {
  never: 'never',
  redrive: 'by a redrive',
  fix_file: 'after the file is fixed',
  resolve: 'only after `resolve`',
} as const satisfies Record<Resend, string>;

interface HoldText {
  /** When the batch stops for this reason. */
  readonly when: string;
  readonly remedy: string;
}

export const holdTexts = {
  set_up_wrong: {
    when: 'At once, on HTTP 301, 302, 307, 308, 401, 403, 404 or 405, or if a certificate or TLS protocol is refused.',
    remedy: "Fix the worker's keys or base URL, and restart the worker. The row is sent after `resume`.",
  },
  requests_refused: {
    when: 'Three consecutive answers of HTTP 400, 412 or 422.',
    remedy:
      "Read the gateway's message in the hold or in the rows. The usual cause is a field that every row lacks.",
  },
  set_up_codes: {
    when: "Three consecutive response codes that refuse the merchant's set-up.",
    remedy: "Ask the gateway to fix the merchant's set-up.",
  },
  ambiguous_answers: {
    when: 'Five consecutive answers, or 25 of the last 50, that leave open whether the card was charged.',
    remedy: 'Wait until the gateway works. These rows are `unknown`; the rows that were not sent wait.',
  },
  velocity_codes: {
    when: "Three consecutive answers, or ten of the last 50, that the gateway's velocity rules refused (ERR3008 to ERR3015).",
    remedy:
      'The batch itself is the cause. Ask the gateway for an exemption, or lower the rate; then resume. Use no constant `customer_ip`.',
  },
  tolerance_passed: {
    when: 'More than `--tolerate` percent (20 unless set) of at least 100 answered rows brought no token.',
    remedy:
      'Look at the outcomes (`cardlift status`). Then `resume`, which restarts the count (raise the tolerance with `set-tolerance` first if needed), or `cancel`.',
  },
  canary_sent: {
    when: 'The rows of `--canary` were sent. Shown as waiting for approval.',
    remedy: 'Look at their outcomes. Then `cardlift approve BATCH`, or `cancel`.',
  },
  is_live_disagrees: {
    when: "At once, if an answer's `is_live` is not what the batch was started for.",
    remedy: 'Cancel. Check the keys and the base URL before anything else is sent.',
  },
  answers_mixed_up: {
    when: 'At once, if an answer names the `merchant_txn_ref` of another request. That row is `unknown`.',
    remedy:
      'Ask the gateway how it mixed up two answers. Check the tokens of the rows sent at that time before you use them. `resume` only if the cause is fixed; otherwise `cancel`.',
  },
  amount_disagrees: {
    when: 'At once, if an answer reports another amount or currency than was requested. The row keeps its token.',
    remedy:
      "Compare the charge in the gateway's dashboard. If it is right, `resume`; the next such answer holds again. If the amount means another unit, `cancel` and start again with the right amount.",
  },
  storage_failed: {
    when: 'A send intent cannot be made durable, an intent result cannot be written, or staging cannot be read.',
    remedy: 'Free disk space, or fix the disk, the key file or CARDLIFT_STORAGE. Then resume.',
  },
  storage_forgot: {
    when: 'The storage lacks what the workflow knows: a shard that was opened, or a row that was answered. It was removed, replaced by an older copy, or is another storage.',
    remedy:
      'Put the newest copy of the storage back and resume. If it is lost, cancel: the rows that were answered may be charged, so compare with the gateway before you send any of them.',
  },
  shard_ended: {
    when: "A shard's workflow was cancelled, terminated or deleted in Temporal, timed out or failed, although the batch was not cancelled. Its rows that were not sent wait.",
    remedy:
      'Find out who ended it, and why. Then resume: the shard runs again. To cancel the batch, use `cancel`.',
  },
  staging_failed: {
    when: 'The worker cannot read the file, or it is not the one that was shown before the start.',
    remedy: 'Put the same file back in its place and resume, or cancel. Nothing was sent.',
  },
  publication_failed: {
    when: 'The outcomes do not add up to the rows. No result file is written.',
    remedy: 'This is a defect or a damaged storage: keep the storage as it is, and report it.',
  },
} as const satisfies Record<HoldCode, HoldText>;

export const exitCodeTexts = {
  ok: 'Every row is tokenized or skipped; or the command succeeded.',
  rowsLeft: 'The batch ended with other rows.',
  usage: 'Wrong use, or a refused file. Nothing was started.',
  stopped: 'The batch is on hold, or was cancelled.',
  engine: 'The engine failed: Temporal, the storage or a worker. Repeat the command to continue.',
  interrupted: 'Interrupted by Ctrl-C or SIGTERM. Repeat the command to continue.',
} as const satisfies {
  readonly [Name in keyof typeof exitCodes]: (typeof exitCodes)[Name] extends ExitCode ? string : never;
};
