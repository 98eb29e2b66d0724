/* Classifies what operations throw, errors of lower layers included. */
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
import { ForeignBatchError } from '../temporal/foreign-batch-error.ts';
import { EngineFailed, OperationRefused, type RefusalCode } from './errors.ts';

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
