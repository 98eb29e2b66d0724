/*
 * What `validate --json` prints. Scripts read it, so it is stable; docs/input-format.md describes
 * it.
 */
import type { ColumnSamples, FilePreview, LineSample, SharedCardSample } from '../../input/file-preview.ts';
import type { FileRefusedError } from '../../input/file-refused-error.ts';
import type { FileReading } from '../../operations/file-reading.ts';

/** The findings of a file that was read. */
export function validationAsJson(preview: FilePreview, reading: FileReading): object {
  const { warnings } = preview;
  return {
    refused: null,
    sha256: preview.sha256,
    bytes: preview.bytes,
    rows: preview.rows,
    sendable_rows: preview.sendableRows,
    rejected_rows: preview.rejectedRows,
    error_codes: Object.fromEntries(
      Object.entries(preview.byErrorCode).map(([code, sample]) => [code, sampleAsJson(sample)]),
    ),
    warnings: {
      shared_cards: sharedAsJson(warnings.sharedCards),
      unusual_brands: sampleAsJson(warnings.unusualBrands),
      unionpay_luhn: sampleAsJson(warnings.unionpayLuhn),
      formula_refs: sampleAsJson(warnings.formulaRefs),
      odd_blank_refs: sampleAsJson(warnings.oddBlankRefs),
      spreadsheet_refs: sampleAsJson(warnings.spreadsheetRefs),
      lost_characters: columnsAsJson(warnings.lostCharacters),
      unlikely_values: columnsAsJson(warnings.unlikelyValues),
      expiring_soon: sampleAsJson(warnings.expiringSoon),
    },
    proposals: preview.proposals,
    brands: preview.brands,
    amounts: preview.amounts,
    columns: reading.mapping ?? null,
    encoding: reading.encoding ?? 'utf-8',
  };
}

/** Why a file was refused. */
export function refusalAsJson({ code, line, columns, message, remedy, mapping }: FileRefusedError): object {
  return { refused: { code, line: line ?? null, columns, message, remedy, mapping: mapping ?? null } };
}

function sampleAsJson({ count, firstLines }: LineSample): object {
  return { count, first_lines: firstLines };
}

function columnsAsJson(samples: ColumnSamples): object {
  return Object.fromEntries(
    Object.entries(samples).map(([column, sample]) => [column, sampleAsJson(sample)]),
  );
}

function sharedAsJson(sample: SharedCardSample): object {
  return { ...sampleAsJson(sample), earlier_rows: sample.earlierRows };
}
