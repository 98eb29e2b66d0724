/* What `validate` prints for people. */
import type { RowErrorCode } from '../../domain/error-codes.ts';
import { describeToMerchant, type SentenceLanguage } from '../../domain/merchant-sentences.ts';
import type { RowLimits } from '../../domain/row-limits.ts';
import type { FilePreview } from '../../input/file-preview.ts';
import type { FileReading } from '../../operations/file-reading.ts';
import { describeCharges, describeFindings } from './preview-text.ts';
import { describeReading } from './reading-text.ts';
import { wrapLine } from './wrapped-text.ts';

/**
 * The findings of a file that was read. With a language, the errors of the rows are in the words
 * for the merchant.
 */
export function describeValidation(
  preview: FilePreview,
  reading: FileReading,
  limits: RowLimits,
  language?: SentenceLanguage,
): string {
  const brands = Object.entries(preview.brands).map(([brand, count]) => `${count} ${brand}`);
  const expired = preview.byErrorCode.card_expired?.count ?? 0;
  const soon = preview.warnings.expiringSoon.count;
  const findings =
    language === undefined
      ? describeFindings(preview)
      : describeFindings(preview, (code: RowErrorCode) => describeToMerchant([code], language, limits));
  return [
    `Rows      ${preview.rows}: ${preview.sendableRows} can be sent, ${preview.rejectedRows} rejected`,
    `Cards     ${brands.length === 0 ? 'none' : brands.join(', ')}`,
    `Expiry    ${expired} expired, ${soon} this month or next month`,
    `Charges   ${describeCharges(preview)}`,
    `SHA-256   ${preview.sha256}`,
    ...describeReading(reading),
  ]
    .map((line) => wrapLine(line, 10))
    .concat(findings)
    .join('\n');
}
