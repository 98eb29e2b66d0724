/* The generated parts of docs/input-format.md and docs/results.md. */

import { describeInputColumn } from '../../src/domain/column-texts.ts';
import { type CanonicalColumn, canonicalColumns } from '../../src/domain/columns.ts';
import { paymentOptions } from '../../src/gateway/payment-options/provider.ts';
import { fileRefusals } from '../../src/input/file-refused-error.ts';
import { chargeColumns, resultColumns, unresolvedColumns } from '../../src/results/result-files.ts';
import { outputColumnTexts } from './column-texts.ts';
import { catalogue } from './error-parts.ts';
import { codeOf, tableOf } from './markdown.ts';

/** The parts of docs/input-format.md by name. */
export function createInputParts(): Record<string, string> {
  return {
    columns: tableOf(['column', 'required', 'maximum length', 'content'], canonicalColumns.map(inputRow)),
    'refused-files': tableOf(
      ['code', 'the file is refused because', 'what to do'],
      Object.entries(fileRefusals).map(([code, { text, remedy }]) => [codeOf(code), text, remedy]),
    ),
    'rejected-rows': tableOf(
      ['code', 'the row is rejected because', 'what to do'],
      catalogue
        .filter(([, { outcome }]) => outcome === 'rejected')
        .map(([code, { text, nextStep }]) => [codeOf(code), text, nextStep]),
    ),
  };
}

function inputRow(column: CanonicalColumn): readonly string[] {
  const { isRequired, maxCharacters, text } = describeInputColumn(column, paymentOptions.limits);
  return [codeOf(column), isRequired, maxCharacters === undefined ? '' : String(maxCharacters), text];
}

/** The parts of docs/results.md by name. */
export function createResultParts(): Record<string, string> {
  const tableOfColumns = (columns: readonly (keyof typeof outputColumnTexts)[]): string =>
    tableOf(
      ['column', 'content'],
      columns.map((column) => [codeOf(column), outputColumnTexts[column]]),
    );
  return {
    'results-columns': tableOfColumns(resultColumns),
    'unresolved-columns': tableOfColumns(unresolvedColumns),
    'charges-columns': tableOfColumns(chargeColumns),
  };
}
