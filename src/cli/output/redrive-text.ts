/* The preview of a redrive. */

import { countOf } from '../../domain/counted-text.ts';
import { errorCodeEntry } from '../../domain/error-codes.ts';
import { isRowErrorCode } from '../../domain/resend.ts';
import { describeLines, type FileLines, type FixedFile } from '../../operations/redrive/match-file.ts';
import type { PassPreview } from '../../operations/redrive/plan.ts';

/** The preview of a pass. */
export function describeRedrive({ record, pass, chosen, fixed }: PassPreview): string {
  const amounts = Object.entries(chosen.amounts).map(([currency, total]) => `${total} ${currency}`);
  return [
    `Batch     ${record.batchId}, pass ${pass}`,
    `Gateway   ${record.baseUrl} ${record.isLive ? '(LIVE: every row is a real payment)' : '(SANDBOX)'}`,
    `Rows      ${chosen.rows.length} to send again`,
    ...describeCodes(chosen.byCode),
    `Charges   ${amounts.length === 0 ? 'nothing' : `${amounts.join(' and ')} if every row is charged`}`,
    `Rate      ${record.ratePerS === undefined ? 'no limit' : `at most ${record.ratePerS} requests/s`}`,
    ...(Object.keys(chosen.leftByCode).length === 0
      ? []
      : ['Not sent again in this pass:', ...describeCodes(chosen.leftByCode)]),
    ...describeUnknown(record.batchId, chosen.leftByCode),
    ...(chosen.barredRows === 0
      ? []
      : [
          `  ${chosen.barredRows} of those have a send intent without a result, so a request may still be in flight. This batch never sends them again; use a separate batch`,
        ]),
    ...(fixed === undefined ? [] : describeFixed(fixed)),
  ].join('\n');
}

function describeCodes(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(
      ([code, count]) => `  ${count} ${code}${isRowErrorCode(code) ? `: ${errorCodeEntry(code).text}` : ''}`,
    );
}

/** Unknown rows need a resolution. If it says not charged, the next redrive can send them. */
function describeUnknown(batchId: string, counts: Readonly<Record<string, number>>): string[] {
  const unknown = Object.entries(counts).reduce(
    (sum, [code, count]) =>
      isRowErrorCode(code) && errorCodeEntry(code).resend === 'resolve' ? sum + count : sum,
    0,
  );
  return unknown === 0
    ? []
    : [
        `  ${unknown} of those may have been charged: resolve them first with \`cardlift resolve ${batchId} FILE\``,
      ];
}

function describeFixed(fixed: FixedFile): string[] {
  const intents = [
    intent(fixed.stillRejected, 'rows of the file still fail validation (`cardlift validate` shows why)'),
    intent(fixed.settledRows, 'rows of the file must not be sent again and stay as they are'),
    intent(fixed.changedCards, 'of those have a different card than the batch: THE NEW CARD IS NOT SENT'),
  ].flat();
  return [
    ...(intents.length === 0 ? [] : ['The file:', ...intents]),
    ...(fixed.notInFile === 0
      ? []
      : [
          `  ${countOf(fixed.notInFile, 'row')} that may be sent again are not in the file and stay as they are`,
        ]),
  ];
}

function intent(lines: FileLines, text: string): string[] {
  return lines.count === 0 ? [] : [`  ${lines.count} ${text} (${describeLines(lines)})`];
}
