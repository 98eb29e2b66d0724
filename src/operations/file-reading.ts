/* How a merchant's file is read: the meaning of its columns, and its encoding. */
import { isDeepStrictEqual } from 'node:util';
import type { ColumnMapping } from '../domain/column-mapping.ts';
import { currencyDecimals } from '../domain/currencies.ts';
import { definedOf } from '../domain/defined.ts';
import type { FileEncoding } from '../domain/file-encoding.ts';
import { hasTooManyDecimals } from '../domain/row-amount.ts';
import type { RowLimits } from '../domain/row-limits.ts';
import { readMappingFile } from '../input/mapping-file.ts';
import { resultColumns } from '../results/result-files.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { OperationRefused } from './errors.ts';
import { describeRunAgain } from './run-again.ts';

/** How a file is read, for the preview and for the batch's record. */
export interface FileReading {
  readonly mapping?: ColumnMapping;
  readonly encoding?: FileEncoding;
}

export interface FileReadingRequest {
  readonly mappingPath?: string;
  readonly encoding?: FileEncoding;
  /** The amount for all rows. The mapping must not define it as a constant too. */
  readonly amount?: string;
  readonly currency?: string;
}

/** Reads the mapping that the request names. Throws MappingError and OperationRefused. */
export async function readFileReading(request: FileReadingRequest, limits: RowLimits): Promise<FileReading> {
  const { mappingPath, encoding } = request;
  const mapping = mappingPath === undefined ? undefined : await readMappingFile(mappingPath, limits);
  for (const column of ['amount', 'currency'] as const) {
    if (mapping?.constants[column] !== undefined && request[column] !== undefined) {
      throw new OperationRefused(
        'invalid',
        `${column} is given twice: with --${column} and as a constant in the mapping. Remove one`,
      );
    }
  }
  for (const name of mapping?.passed ?? []) {
    if (!(resultColumns as readonly string[]).includes(name)) continue;
    throw new OperationRefused(
      'invalid',
      `The mapping passes a column through that results.csv has already: ${name}. Rename it in the file`,
    );
  }
  return definedOf({ mapping, encoding: encoding === 'utf-8' ? undefined : encoding });
}

/**
 * Throws OperationRefused if the amount for all rows has more decimals than the currency for all
 * rows: every row would be rejected.
 */
export function refuseAmountDecimals(
  { amount, currency }: Pick<FileReadingRequest, 'amount' | 'currency'>,
  { mapping }: FileReading,
): void {
  const amountForAll = amount ?? mapping?.constants.amount;
  const currencyForAll = currency ?? mapping?.constants.currency;
  if (amountForAll === undefined || currencyForAll === undefined) return;
  if (!hasTooManyDecimals(amountForAll, currencyForAll)) return;
  throw new OperationRefused(
    'invalid',
    `The amount for all rows has more decimals than ${currencyForAll} (ISO 4217): ${currencyDecimals(currencyForAll)} at most`,
  );
}

/**
 * A batch keeps the mapping it was started with. Another one would be ignored silently. Throws
 * OperationRefused.
 */
export function refuseOtherReading(record: BatchRecord, reading: FileReading): void {
  const differs = (['mapping', 'encoding'] as const).find(
    (part) => reading[part] !== undefined && !isDeepStrictEqual(reading[part], record[part]),
  );
  if (differs === undefined) return;
  const option = differs === 'mapping' ? '--columns' : '--encoding';
  throw new OperationRefused(
    'conflict',
    `The open batch of this file has a different ${differs}: ${record.batchId}. Leave out ${option} to continue it. To cancel it:\n  ${describeRunAgain(record, 1)} --cancel`,
  );
}
