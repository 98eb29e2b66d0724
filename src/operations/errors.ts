/*
 * What an operation throws: one class for each thing that a caller does differently. The message states what was refused and
 * what to do instead, so that any front end can show it as it is.
 */
import { ConfigError } from '../config.ts';
import { definedOf } from '../domain/defined.ts';
import { FileRefusedError } from '../input/file-refused-error.ts';
import { MappingError } from '../input/mapping-file.ts';
import { EarlierResultsError } from '../results/earlier-results.ts';
import { BatchRecordError } from '../storage/batch-record.ts';
import { KeyFileError } from '../storage/key-file.ts';
import { StoredFileError } from '../storage/stored-json.ts';
import { ForeignBatchError } from '../temporal/batch-ownership.ts';

/** Why an operation was refused: what a front end makes its exit code or its HTTP status of. */
export type RefusalCode =
  /** The request, or a file that it names, cannot be used as it is. */
  | 'invalid'
  /** The storage has no such batch or row. */
  | 'not_found'
  /** Something else stands in the way: another batch, an open pass, a change made in the meantime. */
  | 'conflict'
  /** The request needs a consent that it does not carry. */
  | 'consent_missing'
  /** The batch has no results yet, or nothing is known of its rows. */
  | 'no_results'
  /** Rows of the batch may still be sent again. */
  | 'rows_left'
  /** The batch, or one of its passes, has not ended. */
  | 'not_ended'
  /** The batch was cancelled. */
  | 'cancelled';

/** An operation that cannot be done as things are. Nothing was changed, unless the message says so. */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused';
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Temporal, a worker or the storage did not do its part; the same operation may succeed later. */
export class EngineFailed extends Error {
  override readonly name = 'EngineFailed';
}

/** How an operation failed, and what to show of it. */
export interface Failure {
  readonly kind: RefusalCode | 'engine';
  readonly message: string;
  /** The text of a mapping to check, if a file was refused for its column names. */
  readonly mapping?: string;
}

/** Errors of lower layers that mean: the request, the settings or a file cannot be used as they are. */
const invalidities = [MappingError, EarlierResultsError, ConfigError, ForeignBatchError] as const;
/** Errors of lower layers that mean: the storage or the key does not do its part. */
const engineFailures = [EngineFailed, KeyFileError, BatchRecordError, StoredFileError] as const;

/** What an error of an operation means; undefined if it is none that an operation is known to throw. */
export function classifyFailure(error: unknown): Failure | undefined {
  if (error instanceof OperationRefused) return { kind: error.code, message: error.message };
  if (error instanceof FileRefusedError) {
    return { kind: 'invalid', message: error.message, ...definedOf({ mapping: error.mapping }) };
  }
  for (const known of invalidities) {
    if (error instanceof known) return { kind: 'invalid', message: error.message };
  }
  for (const known of engineFailures) {
    if (error instanceof known) return { kind: 'engine', message: error.message };
  }
  return undefined;
}
