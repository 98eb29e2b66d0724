/* What a front end asks for when it launches a batch. */
import type { FileEncoding } from '../../domain/file-encoding.ts';
import type { SendWindow } from '../../domain/send-window.ts';

/** JSON-safe. Settings that are left out take their defaults, or what the open batch was started with. */
export interface LaunchRequest {
  /** The whole path of the merchant's file; the batch's record keeps it. */
  readonly path: string;
  readonly merchantId: string;
  /** The batch's name; otherwise made of the file's. */
  readonly batchName?: string;
  /** The operator means real payments. Required for any gateway but the sandbox and this machine. */
  readonly isLive: boolean;
  /** For rows of a file without the column. */
  readonly amount?: string;
  readonly currency?: string;
  /** The path of the file that says what the merchant's own columns stand for. */
  readonly mappingPath?: string;
  readonly encoding?: FileEncoding;
  readonly ratePerS?: number | 'none';
  /** The most requests in flight. */
  readonly concurrency?: number;
  /** So many rows are sent first; the others wait for an approval. */
  readonly canaryRows?: number;
  readonly tolerancePercent?: number;
  /** The tolerance is a change to be made to the open batch, and not a setting to be compared with its own. */
  readonly changesTolerance?: boolean;
  readonly window?: SendWindow;
  /** Where notices are posted; a secret. */
  readonly notifyUrl?: string;
  /** The paths of earlier results: rows whose reference has a token there are not sent. */
  readonly skipTokenizedIn?: readonly string[];
}

/** What a front end may show while a launch is prepared; a file of a million rows takes a minute. */
export interface LaunchEvents {
  /** The file is being read. */
  readonly onRead?: (progress: { readonly bytesRead: number; readonly bytesTotal: number }) => void;
  /** The file is being compared with an earlier batch. */
  readonly onCompare?: (batchId: string) => void;
}
