/*
 * The failures that reach Temporal. Only this file builds an ApplicationFailure: histories keep a
 * failure's message, stack and causes verbatim, so a foreign error must never pass unchanged.
 */
import { ApplicationFailure, CancelledFailure, CompleteAsyncError } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import {
  auditNotWrittenFailure,
  batchHoldFailure,
  invalidInputFailure,
  noticeNotTakenFailure,
  notProcessedFailure,
  shardSealedFailure,
  slotWaitFailure,
  wrongTargetFailure,
} from '../contract/failure-types.ts';
import type { HoldReason } from '../contract/hold.ts';
import { scrubText } from '../domain/scrub.ts';
import { StorageForgotError } from '../storage/storage.ts';
import { StoredFileError } from '../storage/stored-json.ts';

/**
 * A failure without a stack, which would put this machine's folders into the history and not help
 * an operator.
 */
function createFailure(options: Parameters<typeof ApplicationFailure.create>[0]): ApplicationFailure {
  const failure = ApplicationFailure.create(options);
  failure.stack = '';
  return failure;
}

/** The batch holds. Its row, if any, was not processed and continues after `resume`. */
export function batchHold(reason: HoldReason): ApplicationFailure {
  return createFailure({
    type: batchHoldFailure,
    message: reason.text,
    nonRetryable: true,
    details: [reason],
  });
}

/** The batch was cancelled in the storage before it was staged. Its rows are never sent. */
export function cancelledUnsent(): ApplicationFailure {
  return batchHold({
    code: 'staging_failed',
    text: 'The batch was cancelled before anything was sent, and the same file may already be a new batch. End this workflow with `cardlift cancel`',
    count: 1,
  });
}

/** Certainly nothing was processed. Temporal retries after `delayMs`, without a limit. */
export function notProcessed(cause: string, delayMs: number): ApplicationFailure {
  return createFailure({
    type: notProcessedFailure,
    message: `Not processed, will be sent again: ${cause}`,
    nextRetryDelay: delayMs,
  });
}

/**
 * The longest wait for a slot before the row checks again: if the wall clock was set back, a slot
 * only seems far away.
 */
const longestLimitsDelayMs = 60_000;

/** The row's slot is too far away to wait for it in an activity. Nothing was sent. */
export function slotWait(delayMs: number): ApplicationFailure {
  return createFailure({
    type: slotWaitFailure,
    message: 'Waiting for a rate limit slot',
    nextRetryDelay: Math.min(delayMs, longestLimitsDelayMs),
  });
}

/** This worker is configured for a target other than the batch's. Another worker may take over. */
export function wrongTarget(): ApplicationFailure {
  return createFailure({
    type: wrongTargetFailure,
    message: "This worker's gateway, account, mode or storage differs from the batch's",
  });
}

/** Another run of the shard closed it. This run has nothing left to send. */
export function shardSealed(shard: number): ApplicationFailure {
  return createFailure({
    type: shardSealedFailure,
    message: `Shard ${shard} is closed`,
    nonRetryable: true,
  });
}

/** The receiver did not accept a notice. The failure does not contain the address. */
export function noticeNotTaken(why: string, isRetryable: boolean): ApplicationFailure {
  return createFailure({
    type: noticeNotTakenFailure,
    message: `The receiver did not accept the notice: ${why}`,
    nonRetryable: !isRetryable,
  });
}

/** The activity was given an input that is not of its shape. It did nothing. */
export function invalidInput(activity: string, fault: string): ApplicationFailure {
  return createFailure({
    type: invalidInputFailure,
    message: `Cannot run ${activity}: its input is wrong: ${fault}`,
    nonRetryable: true,
  });
}

/** A line of the audit log could not be written. Temporal retries. */
export function auditNotWritten(error: unknown): ApplicationFailure {
  return createFailure({
    type: auditNotWrittenFailure,
    message: `The audit log cannot be written: ${scrubText(error instanceof Error ? error.message : 'unknown error')}`,
  });
}

/**
 * Converts any error to a failure that a history may keep: its name and its scrubbed message, no
 * stack and no causes. A file system error or a damaged file puts the batch on hold: both need a
 * person, and endless retries would not alert one.
 */
export function mapForeignError(error: unknown): Error {
  if (
    error instanceof ApplicationFailure ||
    error instanceof CancelledFailure ||
    error instanceof CompleteAsyncError
  ) {
    return error;
  }
  if (isFileSystemError(error)) {
    return batchHold({
      code: 'storage_failed',
      text: `The storage failed: ${scrubText(error.message)}`,
      count: 1,
    });
  }
  if (error instanceof StorageForgotError) {
    return batchHold({ code: 'storage_forgot', text: scrubText(error.message), count: 1 });
  }
  if (error instanceof StoredFileError) {
    return batchHold({ code: 'storage_failed', text: scrubText(error.message), count: 1 });
  }
  const name = error instanceof Error ? error.name : 'Error';
  const message = error instanceof Error ? error.message : 'An activity threw something that is not an error';
  return createFailure({ type: name, message: scrubText(message) });
}

/** True for an error of a system call. The gateway's client handles those of the network. */
function isFileSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** Wraps every activity, so that none can omit the conversion. */
export class ForeignErrorInterceptor implements ActivityInboundCallsInterceptor {
  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      throw mapForeignError(error);
    }
  }
}
