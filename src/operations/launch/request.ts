/* What a front end asks for when it launches a batch. */
import type { FileEncoding } from '../../domain/file-encoding.ts';
import type { SendWindow } from '../../domain/send-window.ts';

/** JSON-safe. Omitted settings take their defaults, or the open batch's own values. */
export interface LaunchRequest {
  /** The absolute path of the merchant's file. The batch's record keeps it. */
  readonly path: string;
  readonly merchantId: string;
  /** The batch's name. By default it comes from the file's name. */
  readonly batchName?: string;
  /**
   * The operator intends real payments. Required for every gateway except the sandbox and this
   * machine.
   */
  readonly isLive: boolean;
  /** The amount for the rows of a file without the column. */
  readonly amount?: string;
  readonly currency?: string;
  /** The path of the file that maps the merchant's own columns. */
  readonly mappingPath?: string;
  readonly encoding?: FileEncoding;
  readonly ratePerS?: number | 'none';
  readonly concurrency?: number;
  /** This many rows are sent first. The others wait for approval. */
  readonly canaryRows?: number;
  readonly tolerancePercent?: number;
  /** The tolerance changes the open batch. Otherwise it is only compared with the batch's own. */
  readonly changesTolerance?: boolean;
  readonly window?: SendWindow;
  /** Where notices are posted. A secret. */
  readonly notifyUrl?: string;
  /** The paths of earlier results. Rows whose reference has a token there are not sent. */
  readonly skipTokenizedIn?: readonly string[];
}

/** Progress of a launch's preparation. A file of a million rows takes a minute. */
export interface LaunchEvents {
  /** The file is being read. */
  readonly onRead?: (progress: { readonly bytesRead: number; readonly bytesTotal: number }) => void;
  /** The file is being compared with an earlier batch. */
  readonly onCompare?: (batchId: string) => void;
}
