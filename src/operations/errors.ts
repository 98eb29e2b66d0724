/*
 * What operations throw: one class for each thing that a caller does differently. The message
 * states what was refused and what to do instead, so any front end can show it as it is.
 */

/** Why an operation was refused. A front end maps it to its exit code or HTTP status. */
export type RefusalCode =
  /** The request, or a file that it names, cannot be used as it is. */
  | 'invalid'
  /** The storage has no such batch or row. */
  | 'not_found'
  /** Something else is in the way: another batch, an open pass, a concurrent change. */
  | 'conflict'
  /** Another operator decided about the batch after this one looked at it. */
  | 'decided_meanwhile'
  /** The request needs a consent that it does not include. */
  | 'consent_missing'
  /** The batch has no results yet, or no outcomes of its rows are known. */
  | 'no_results'
  /** Rows of the batch may still be sent again. */
  | 'rows_left'
  /** The batch, or one of its passes, has not ended. */
  | 'not_ended'
  /** The batch was cancelled. */
  | 'cancelled';

/**
 * An operation that is not possible in the current state. Nothing was changed, unless the message
 * says so.
 */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused';
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Temporal, a worker or the storage failed. The same operation may succeed later. */
export class EngineFailed extends Error {
  override readonly name = 'EngineFailed';
}
