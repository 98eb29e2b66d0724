/* Checks a merchant's file. Uses neither the network, nor Temporal, nor the storage. */
import { definedOf } from '../domain/defined.ts';
import type { RowLimits } from '../domain/row-limits.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { type FilePreview, previewFile } from '../input/file-preview.ts';
import { createKey } from '../storage/encryption.ts';
import { type FileReading, refuseAmountDecimals } from './file-reading.ts';
import type { LaunchEvents } from './launch/request.ts';

export interface FileCheck {
  readonly path: string;
  readonly reading: FileReading;
  /** The limits of the gateway that the rows are for. */
  readonly limits: RowLimits;
  /** Check as for a live batch, which rejects test cards. */
  readonly isLive: boolean;
  readonly amount?: string;
  readonly currency?: string;
}

export interface FileCheckEvents extends Pick<LaunchEvents, 'onRead'> {
  /** Gets rows in order, as they would be staged. */
  readonly onRows?: (rows: readonly StagedRow[]) => Promise<void>;
}

/** Reads and checks the file. Throws FileRefusedError and OperationRefused. */
export async function checkFile(
  { path, reading, limits, isLive, amount, currency }: FileCheck,
  { onRead, onRows }: FileCheckEvents = {},
): Promise<FilePreview> {
  refuseAmountDecimals(definedOf({ amount, currency }), reading);
  return await previewFile(path, {
    today: new Date().toISOString().slice(0, 10),
    isLive,
    limits,
    // A throwaway key, since the fingerprints are not kept.
    fingerprintKey: createKey(),
    ...definedOf({ defaultAmount: amount, defaultCurrency: currency }),
    ...reading,
    ...definedOf({ onProgress: onRead, onRows }),
  });
}

export { FileRefusedError } from '../input/file-refused-error.ts';
