/*
 * Values that cannot be true are rejected before anything is charged; values that may be true but
 * probably are not are named before the start. Each file is one that a merchant really sent.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FilePreview, previewFile } from '../../src/input/file-preview.ts';
import { createMerchantFile } from '../support/merchant-file.ts';
import { readOptions } from './read-options.ts';

/** The codes and warnings of a file, with their lines. */
function findingsOf({ byErrorCode, warnings }: FilePreview): Record<string, readonly number[]> {
  const { lostCharacters, unlikelyValues, spreadsheetRefs } = warnings;
  const samples = {
    ...byErrorCode,
    ...Object.fromEntries(Object.entries(lostCharacters).map(([column, one]) => [`lost in ${column}`, one])),
    ...Object.fromEntries(Object.entries(unlikelyValues).map(([column, one]) => [`odd ${column}`, one])),
    spreadsheetRefs,
  };
  return Object.fromEntries(
    Object.entries(samples).flatMap(([name, one]) => (one.count === 0 ? [] : [[name, one.firstLines]])),
  );
}

const plain = 'merchant_ref,card_number,expiry';
const card = '4111111111111111,08/2029';
const other = '5555555555554444,08/2029';

const cases: readonly [
  name: string,
  content: string,
  findings: Record<string, readonly number[]>,
  more?: Partial<typeof readOptions>,
][] = [
  ['y-eu-thou-jpy', `${plain},amount,currency\na,${card},1.000,JPY\n`, { amount_decimals: [2] }],
  [
    'y-eu-thou-eur',
    `${plain},amount,currency\na,${card},10.000,EUR\nb,${card},2.500,EUR\n`,
    { amount_decimals: [2, 3] },
  ],
  ['a-jpydec5', `${plain},amount,currency\na,${card},1000.50,JPY\n`, { amount_decimals: [2] }],
  ['a-usd3', `${plain},amount,currency\na,${card},10.001,USD\n`, { amount_decimals: [2] }],
  ['a-usd4', `${plain},amount,currency\na,${card},10.0001,USD\n`, { amount_decimals: [2] }],
  ['x-amt-default-jpy', `${plain}\na,${card}\n`, { amount_decimals: [2] }, { defaultAmount: '10.50' }],
  ['a-bad', `${plain},amount,currency\na,${card},10,XXQ\n`, { currency_unknown: [2] }],
  ['y-amex0', `${plain}\na,0378282246310005,08/2029\n`, { card_number_leading_zero: [2] }],
  [
    'y-diners14pad',
    `${plain}\na,0030569309025904,08/2029\nb,30569309025904,08/2029\n`,
    { card_number_leading_zero: [2] },
  ],
  ['c-pad19', `${plain}\na,0004111111111111111,08/2029\n`, { card_number_leading_zero: [2] }],
  [
    'x-ref-sci',
    `${plain}\n1.00E+11,${card}\n1.00E+11,${other}\n`,
    { merchant_ref_excel_damage: [2, 3], merchant_ref_duplicate: [3] },
  ],
  ['y-ref-sci-one', `${plain}\n1.23457E+17,${card}\n`, { merchant_ref_excel_damage: [2] }],
  [
    'y-ref-15digits',
    `${plain}\n123456789012345000,${card}\n987654321098765000,${other}\n`,
    { spreadsheetRefs: [2, 3] },
  ],
  ['y-ref-date', `${plain}\nMar-01,${card}\n`, { spreadsheetRefs: [2] }],
  ['x-ref-float', `${plain}\n12.0,${card}\n13.0,${other}\n`, { spreadsheetRefs: [2, 3] }],
  ['y-ref-fffd', `${plain}\ncaf\ufffd,${card}\n`, { 'lost in merchant_ref': [2] }],
  ['n-replacement', `${plain},cardholder_name\na,${card},Jos\ufffd\n`, { 'lost in cardholder_name': [2] }],
  ['x-country-bad', `${plain},billing_country\na,${card},UK\nb,${other},XX\n`, { country_unknown: [2, 3] }],
  [
    'x-null',
    `${plain},cardholder_name,billing_country\na,${card},NULL,NULL\nb,${other},\\N,\nc,NULL,NULL,N/A,\n`,
    {
      placeholder_value: [2, 3],
      country_format: [2],
      card_number_not_digits: [4],
      expiry_format: [4],
    },
  ],
  ['y-shift', `${plain},cardholder_name,billing_email\na,${card},Abe, Ann\n`, { 'odd billing_email': [2] }],
  ['x-name-pan', `${plain},cardholder_name\na,${card},4111111111111111\n`, { misplaced_card_number: [2] }],
];

for (const [name, content, findings, more] of cases) {
  test(`${name}: what cannot be true is rejected, and what is doubtful is named`, async (t) => {
    const path = await createMerchantFile(t, content);
    assert.deepEqual(findingsOf(await previewFile(path, { ...readOptions, ...more })), findings);
  });
}
