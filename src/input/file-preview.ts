import type { CheckedRow, StagedRow } from '../domain/staged-row.ts';
import { type ReadRowsOptions, readRows } from './csv-rows.ts';
import { createPreviewTally, type PreviewTallyOptions, type PreviewTotals } from './preview-tally.ts';

export type { LineSample } from './line-samples.ts';
export type { ColumnSamples, SharedCardSample } from './preview-tally.ts';

/** A file as it would be staged: counts, lines and sums, but no cells. JSON-safe. */
export interface FilePreview extends PreviewTotals {
  /** SHA-256 of the file's bytes, in hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** Lines of a mapping that would read rejected rows, for a person to check. */
  readonly proposals: readonly string[];
}

/** How to preview a file. */
export interface PreviewFileOptions extends ReadRowsOptions, PreviewTallyOptions {
  /** Returns the row as staged. Called once per row, in order. */
  readonly applySkip?: (row: CheckedRow) => StagedRow;
  /** Called with every portion of rows before it is counted; awaited. */
  readonly onRows?: (rows: readonly CheckedRow[]) => Promise<void>;
  /** Called after every portion of rows. */
  readonly onProgress?: (progress: { readonly bytesRead: number; readonly bytesTotal: number }) => void;
}

/** Reads and checks the whole file without keeping rows. Throws whatever `readRows` throws. */
export async function previewFile(path: string, options: PreviewFileOptions): Promise<FilePreview> {
  const tally = createPreviewTally(options);
  const reading = readRows(path, options);
  for await (const rows of reading) {
    await options.onRows?.(rows);
    for (const checked of rows) {
      const row = options.applySkip?.(checked) ?? checked;
      switch (row.kind) {
        case 'sendable':
          tally.addSendable(row, reading.hasLostCharacters);
          break;
        case 'rejected':
          tally.addRejected(row);
          break;
        case 'skipped':
          tally.addSkipped(row);
      }
    }
    options.onProgress?.({ bytesRead: reading.bytesRead, bytesTotal: reading.bytesTotal });
  }
  return {
    sha256: reading.sha256 ?? '',
    bytes: reading.bytesRead,
    ...tally.totals(),
    proposals: reading.proposals,
  };
}
