/*
 * What is wrong with a rejected row, in a sentence for the merchant who created the file: without
 * our terms, and with the remedy. Operators read the catalogue's own texts (error-codes.ts). A test
 * checks that both have the same codes.
 */
import type { RowErrorCode } from './error-codes.ts';
import { limitPlaceholder, merchantSentences, type SentenceLanguage } from './rejection-sentences.ts';
import type { RowLimits } from './row-limits.ts';

export {
  type MerchantSentence,
  merchantSentences,
  type SentenceLanguage,
  sentenceLanguages,
} from './rejection-sentences.ts';

/** The sentences for the merchant about a rejected row's codes. `limits`: of the gateway. */
export function describeToMerchant(
  codes: readonly RowErrorCode[],
  language: SentenceLanguage,
  limits: RowLimits,
): string {
  return codes
    .map(
      (code) =>
        merchantSentences[code]?.[language].replaceAll(limitPlaceholder, limitOf(code, limits)) ?? code,
    )
    .join(language === 'ja' ? '' : ' ');
}

function limitOf(code: RowErrorCode, { maxCardNumberDigits, maxCharacters }: RowLimits): string {
  if (code === 'card_number_too_long') return String(maxCardNumberDigits);
  const found = Object.entries(maxCharacters).find(([field]) => code === `${field}_too_long`);
  return found === undefined ? '' : String(found[1]);
}
