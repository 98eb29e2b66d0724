/*
 * The failures that reach Temporal. This is the one place that builds an ApplicationFailure: a history keeps a failure's
 * message, stack and causes verbatim, so a foreign error never passes as it is.
 */
import { ApplicationFailure, CancelledFailure, CompleteAsyncError } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import {
  auditNotWrittenFailure,
  batchHoldFailure,
  noticeNotTakenFailure,
  notProcessedFailure,
  shardSealedFailure,
  slotWaitFailure,
  wrongTargetFailure,
} from '../contract/failure-types.ts';
import type { HoldReason } from '../contract/hold.ts';
import { scrubText } from '../domain/scrub.ts';
import { StoredFileError } from '../storage/stored-json.ts';

/** A failure as histories keep it: without a stack, which would name this machine's folders and tell an operator nothing. */
function createFailure(options: Parameters<typeof ApplicationFailure.create>[0]): ApplicationFailure {
  const failure = ApplicationFailure.create(options);
  failure.stack = '';
  return failure;
}

/** The batch holds; the row, if it is one, was not processed and goes on after `resume`. */
export function batchHold(reason: HoldReason): ApplicationFailure {
  return createFailure({
    type: batchHoldFailure,
    message: reason.text,
    nonRetryable: true,
    details: [reason],
  });
}

/** The batch was cancelled from the storage alone, before it was staged: its rows are never sent. */
export function cancelledUnsent(): ApplicationFailure {
  return batchHold({
    code: 'staging_failed',
    text: 'The batch was cancelled before anything was sent, and the same file may already be a new batch. End this workflow with `cardlift cancel`',
    count: 1,
  });
}

/** Certainly nothing was processed; Temporal tries again after so long, for as long as it takes. */
export function notProcessed(cause: string, delayMs: number): ApplicationFailure {
  return createFailure({
    type: notProcessedFailure,
    message: `Not processed, will be sent again: ${cause}`,
    nextRetryDelay: delayMs,
  });
}

/** No wait for the rate is longer, however far away the turn seems: a wall clock that was set back is soon looked at again. */
const longestLimitsDelayMs = 60_000;

/** The row's turn is further away than an activity should wait; nothing was sent. */
export function slotWait(delayMs: number): ApplicationFailure {
  return createFailure({
    type: slotWaitFailure,
    message: 'Waiting for a rate limit slot',
    nextRetryDelay: Math.min(delayMs, longestLimitsDelayMs),
  });
}

/** This worker is set up for something else than the batch was started for. Another worker may take it. */
export function wrongTarget(): ApplicationFailure {
  return createFailure({
    type: wrongTargetFailure,
    message: "This worker's gateway, account, mode or storage differs from the batch's",
  });
}

/** The shard was closed by another run of it; this one has nothing to send any more. */
export function shardSealed(shard: number): ApplicationFailure {
  return createFailure({
    type: shardSealedFailure,
    message: `Shard ${shard} is closed`,
    nonRetryable: true,
  });
}

/** A notice was not taken. Says nothing of the address. */
export function noticeNotTaken(why: string, isRetryable: boolean): ApplicationFailure {
  return createFailure({
    type: noticeNotTakenFailure,
    message: `The receiver did not accept the notice: ${why}`,
    nonRetryable: !isRetryable,
  });
}

/** A line of the audit log could not be written; Temporal tries again. */
export function auditNotWritten(error: unknown): ApplicationFailure {
  return createFailure({
    type: auditNotWrittenFailure,
    message: `The audit log cannot be written: ${scrubText(error instanceof Error ? error.message : 'unknown error')}`,
  });
}

/**
 * Any error as a failure that may stand in a history: its kind and its scrubbed message, no stack and no causes. One of the
 * file system, or of a file that is damaged, makes the batch hold: both want a person, whom endless attempts would not call.
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
  if (error instanceof StoredFileError) {
    return batchHold({ code: 'storage_failed', text: scrubText(error.message), count: 1 });
  }
  const name = error instanceof Error ? error.name : 'Error';
  const message = error instanceof Error ? error.message : 'An activity threw something that is not an error';
  return createFailure({ type: name, message: scrubText(message) });
}

/** True for an error of a system call; those of the network end in the gateway's client. */
function isFileSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** Stands around every activity, so that none can forget. */
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
