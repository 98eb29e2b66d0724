/*
 * What operations throw: one class for each thing that a caller does differently. The message
 * states what was refused and what to do instead, so any front end can show it as it is.
 */
import { ConfigError } from '../config.ts';
import { definedOf } from '../domain/defined.ts';
import { adviceOf } from '../domain/hold-advice.ts';
import { FileRefusedError } from '../input/file-refused-error.ts';
import { MappingError } from '../input/mapping-file.ts';
import { EarlierResultsError } from '../results/earlier-results.ts';
import { BatchRecordError } from '../storage/batch-record.ts';
import { DecisionError } from '../storage/decisions.ts';
import { KeyFileError } from '../storage/key-file.ts';
import { ResolutionError } from '../storage/resolutions.ts';
import { StorageForgotError } from '../storage/storage.ts';
import { StoredFileError } from '../storage/stored-json.ts';
import { ForeignBatchError } from '../temporal/batch-ownership.ts';

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

/** How an operation failed, and what to show of it. */
export interface Failure {
  readonly kind: RefusalCode | 'engine';
  readonly message: string;
  /** A suggested mapping, if a file was refused because of its column names. */
  readonly mapping?: string;
}

/** Lower-layer errors that mean: the request, the settings or a file cannot be used. */
const invalidities = [MappingError, EarlierResultsError, ConfigError, ForeignBatchError] as const;
/** Lower-layer errors that mean: the storage or the key failed. */
const engineFailures = [
  EngineFailed,
  KeyFileError,
  BatchRecordError,
  StoredFileError,
  DecisionError,
  ResolutionError,
] as const;

/** Classifies an error of an operation. Undefined if operations are not known to throw it. */
export function classifyFailure(error: unknown): Failure | undefined {
  if (error instanceof OperationRefused) return { kind: error.code, message: error.message };
  if (error instanceof FileRefusedError) {
    return { kind: 'invalid', message: error.message, ...definedOf({ mapping: error.mapping }) };
  }
  if (error instanceof StorageForgotError) {
    return { kind: 'engine', message: `${error.message}. ${adviceOf('storage_forgot').first}` };
  }
  for (const known of invalidities) {
    if (error instanceof known) return { kind: 'invalid', message: error.message };
  }
  for (const known of engineFailures) {
    if (error instanceof known) return { kind: 'engine', message: error.message };
  }
  return undefined;
}
