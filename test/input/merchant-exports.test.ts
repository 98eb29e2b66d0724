/* Files that merchants really send, and what happens to their rows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRows } from '../../src/input/csv-rows.ts';
import { createMerchantFile } from '../support/merchant-file.ts';
import { limits } from '../support/payment-options.ts';

const header = 'merchant_ref,card_number,expiry,amount,currency,cardholder_name';
const good = 'a,4111111111111111,12/29,1000,JPY,Ada';

/** The result of each row: `sendable`, or its codes. */
async function outcomesOf(path: string): Promise<string[]> {
  const outcomes: string[] = [];
  const options = { today: '2026-11-23', isLive: false, limits, fingerprintKey: Buffer.alloc(32, 7) };
  for await (const rows of readRows(path, options)) {
    outcomes.push(...rows.map((row) => (row.kind === 'sendable' ? 'sendable' : row.errorCodes.join(' '))));
  }
  return outcomes;
}

const tables: readonly [circumstance: string, content: string, outcomes: readonly string[]][] = [
  [
    'mixed line ends',
    `${header}\r\n${good}\nb${good.slice(1)}\rc${good.slice(1)}\r\n`,
    ['sendable', 'sendable', 'sendable'],
  ],
  ['blank lines at the end', `${header}\n${good}\n\n\r\n\n`, ['sendable']],
  ['lines of blanks and of separators', `${header}\n   \n,,,,,\n${good}`, ['sendable']],
  [
    'a total line',
    `${header}\n${good}\nTotal,,,1000,,\n`,
    ['sendable', 'card_number_missing expiry_missing currency_missing'],
  ],
  ['a short total line', `${header}\n${good}\nTotal;1000\n`, ['sendable', 'row_column_count']],
  [
    'a separator too many behind each row',
    `${header}\n${good},\nb${good.slice(1)},\n`,
    ['sendable', 'sendable'],
  ],
  ['three separators too many behind each row', `${header}\n${good},,,\n`, ['sendable']],
  [
    'a separator too many behind the second row only',
    `${header}\n${good}\nb${good.slice(1)},\n`,
    ['sendable', 'row_column_count'],
  ],
  [
    'a separator too many behind the first row only',
    `${header}\n${good},\nb${good.slice(1)}\n`,
    ['sendable', 'row_column_count'],
  ],
  [
    'a value behind the last column of the second row',
    `${header}\n${good},\nb${good.slice(1)},x\n`,
    ['sendable', 'row_column_count'],
  ],
  ['lines of only separators at the end', `${header}\n${good}\n${',,,,,\n'.repeat(3)},,,\n`, ['sendable']],
  ['lines of blanks and separators above the header', `  \n,,,\n\n${header}\n${good}\n`, ['sendable']],
  ['the end mark of DOS', `${header}\r\n${good}\r\n\x1a`, ['sendable']],
  ['a name with an unquoted comma', `${header}\n${good},Abbott\n`, ['row_column_count']],
  [
    'a decimal comma between semicolons',
    `${header.replaceAll(',', ';')}\na;4111111111111111;12/29;10,50;JPY;Ada\n`,
    ['amount_format'],
  ],
  [
    'a quoted name over two lines',
    `${header}\n${good.replace('Ada', '"Ada\nAbbott"')}\n`,
    ['control_character'],
  ],
  [
    'the header once more in the middle',
    `${header}\n${good}\n${header}\n`,
    ['sendable', 'card_number_not_digits expiry_format amount_format currency_format'],
  ],
  [
    'a byte order mark in the middle, where files were joined',
    `${header}\n${good}\n\ufeffb${good.slice(1)}\n`,
    ['sendable', 'merchant_ref_control_character'],
  ],
  [
    'a byte order mark inside a name',
    `${header}\n${good.replace('Ada', '\ufeffAda')}\n`,
    ['control_character'],
  ],
  [
    'a zero-width space in a reference',
    `${header}\na\u200bb${good.slice(1)}\n`,
    ['merchant_ref_control_character'],
  ],
  ['a non-breaking space in a reference', `${header}\na\u00a0b${good.slice(1)}\n`, ['sendable']],
  [
    'a card number as reference',
    `${header}\n4111 1111 1111 1111${good.slice(1)}\n`,
    ['merchant_ref_card_number'],
  ],
  [
    'the same reference in another row',
    `${header}\n${good}\n${good}\n`,
    ['sendable', 'merchant_ref_duplicate'],
  ],
];

for (const [circumstance, content, outcomes] of tables) {
  test(`a table with ${circumstance} is read, and each row has the expected result`, async (t) => {
    assert.deepEqual(await outcomesOf(await createMerchantFile(t, content)), outcomes);
  });
}

const cells: readonly [
  column: 'card_number' | 'expiry' | 'amount' | 'currency',
  cell: string,
  outcome: string,
][] = [
  ['card_number', '4111 1111 1111 1111', 'sendable'],
  ['card_number', '4111-1111-1111-1111', 'sendable'],
  ['card_number', ' 4111111111111111 ', 'sendable'],
  ['card_number', '4111\u00a01111\u00a01111\u00a01111', 'card_number_odd_characters'],
  ['card_number', "'4111111111111111", 'card_number_text_mark'],
  ['card_number', '=""4111111111111111""', 'card_number_text_mark'],
  ['card_number', '４１１１１１１１１１１１１１１１', 'card_number_odd_characters'],
  ['card_number', '4.11111E+15', 'card_number_excel_damage'],
  ['card_number', '4,11E+15', 'card_number_excel_damage'],
  ['card_number', '4111111111111110', 'card_number_excel_damage'],
  ['card_number', '4111111111111111.0', 'card_number_decimal'],
  ['card_number', '4111111111111112', 'card_number_checksum'],
  ['card_number', '411111******1111', 'card_number_not_digits'],
  ['card_number', '6759560045005727054', 'card_number_too_long'],
  ['card_number', '41111111', 'card_number_too_short'],
  ['card_number', 'N/A', 'card_number_not_digits'],
  ['expiry', '2029-12', 'sendable'],
  ['expiry', '1229', 'sendable'],
  ['expiry', '2029/01', 'expiry_format'],
  ['expiry', '1/29', 'expiry_format'],
  ['expiry', '129', 'expiry_format'],
  ['expiry', 'Jan-29', 'expiry_format'],
  ['expiry', '12-29', 'expiry_format'],
  ['expiry', '2029-12-31', 'expiry_format'],
  ['expiry', '１２/２９', 'expiry_format'],
  ['expiry', '13/29', 'expiry_month_range'],
  ['expiry', '12/99', 'expiry_year_range'],
  ['expiry', '10/26', 'card_expired'],
  ['expiry', '11/26', 'sendable'],
  ['amount', '1,000', 'amount_format'],
  ['amount', '¥1000', 'amount_format'],
  ['amount', '1000円', 'amount_format'],
  ['amount', '-1000', 'amount_format'],
  ['amount', '0', 'amount_format'],
  ['amount', '1e3', 'amount_format'],
  ['amount', '１０００', 'amount_format'],
  ['amount', '', 'amount_missing'],
  ['currency', 'jpy', 'currency_format'],
  ['currency', '円', 'currency_format'],
];

test('a cell as written by spreadsheets and people is used unchanged or rejected with its code, never fixed', async (t) => {
  const columns = header.split(',');
  const lines = cells.map(([column, cell], index) => {
    const line = [`r${index}`, ...good.split(',').slice(1)];
    line[columns.indexOf(column)] = `"${cell}"`;
    return line.join(',');
  });
  const path = await createMerchantFile(t, `${[header, ...lines].join('\n')}\n`);
  assert.deepEqual(
    (await outcomesOf(path)).map((outcome, index) => [...(cells[index]?.slice(0, 2) ?? []), outcome]),
    cells.map((each) => [...each]),
  );
});
