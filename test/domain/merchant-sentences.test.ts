import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RowErrorCode, rowErrorCodes } from '../../src/domain/error-codes.ts';
import {
  describeToMerchant,
  merchantSentences,
  sentenceLanguages,
} from '../../src/domain/merchant-sentences.ts';
import { limits } from '../support/payment-options.ts';

test('every code of a rejected row, and no other, has a sentence in each language', () => {
  const rejected = Object.entries(rowErrorCodes).flatMap(([code, { outcome }]) =>
    outcome === 'rejected' ? [code] : [],
  );
  assert.deepEqual(Object.keys(merchantSentences).sort(), rejected.sort());
  for (const [code, sentence] of Object.entries(merchantSentences)) {
    for (const language of sentenceLanguages)
      assert.match(sentence[language], /[.。]$/, `${code} ${language}`);
    assert.match(sentence.ja, /[\p{Script=Hiragana}]/u, code);
    assert.doesNotMatch(sentence.en, /redrive|Luhn|batch|[a-z]_[a-z]/, code);
  }
});

test('a row with several codes gets a sentence for each', () => {
  const codes: RowErrorCode[] = ['card_number_missing', 'amount_missing'];
  assert.equal(describeToMerchant(codes, 'en', limits), 'The card number is missing. The amount is missing.');
  assert.equal(describeToMerchant(codes, 'ja', limits), 'カード番号がありません。金額がありません。');
});
