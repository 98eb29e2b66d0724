import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { type CardliftExit, type CardliftSite, createCardliftSite } from '../../support/cardlift-process.ts';
import { createPlainLine, plainHeader } from '../../support/merchant-file.ts';

let site: CardliftSite;
let file: string;

/** Nothing listens on the port, so any network call fails. */
before(async () => {
  site = await createCardliftSite({ baseUrl: 'http://127.0.0.1:9' });
  file = join(site.folder, 'cards.csv');
  await writeFile(
    file,
    plainHeader +
      createPlainLine('good') +
      createPlainLine('again') +
      "=HYPERLINK('x'),4111111111111112,12/2019,1,JPY\n" +
      'slipped,4111111111111111,12/2039\n' +
      createPlainLine('4111111111111111') +
      'blank\u00a0ref,4.11E+15,1/39,1,JPY\n',
  );
});
after(() => site.remove());

const validate = (...more: readonly string[]): Promise<CardliftExit> =>
  site.start(['validate', file, ...more]).exited;

test('validate says counts, lines, brands, expiry and sums, and writes the rejected rows for the merchant', async () => {
  const path = join(site.folder, 'rejected.csv');
  const exit = await validate('--rejected', path);
  assert.equal(exit.code, 1, exit.stderr);
  for (const part of [
    /^Rows {6}6: 2 can be sent, 4 rejected$/m,
    /^Cards {5}2 visa$/m,
    /^Expiry {4}1 expired, 0 this month or next month$/m,
    /^Charges {3}2 × 1000 JPY = 2000 JPY$/m,
    /card_number_checksum: .*\(1;\s+line 4\)/,
    /row_column_count: [\s\S]*\(1;\s+line 5\)/,
    /line 3, same\s+card\s+as\s+row\s+1/,
    /an unusual\s+space \(1;\s+line 7\)/,
  ]) {
    assert.match(exit.stdout, part);
  }
  const content = await readFile(path, 'utf8');
  const rows = parse(content, { columns: true }) as Record<string, string>[];
  assert.deepEqual(
    rows.map(({ line, row, merchant_ref, card, error_codes }) => [
      line,
      row,
      merchant_ref,
      card,
      error_codes,
    ]),
    [
      ['4', '3', "'=HYPERLINK('x')", '411111******1112', 'card_number_checksum card_expired'],
      ['5', '4', '', '', 'row_column_count'],
      ['6', '5', '', '411111******1111', 'merchant_ref_card_number'],
      ['7', '6', 'blank\u00a0ref', '', 'card_number_excel_damage expiry_format'],
    ],
  );
  assert.match(rows[0]?.reason ?? '', /^A digit of the card number is wrong.* The card has expired\./);
  for (const text of [content, exit.stdout, exit.stderr]) assert.doesNotMatch(text, /\d{12}(?![\da-f])/);

  const again = await validate('--rejected', path, '--lang', 'ja');
  assert.equal(again.code, 1, 'an earlier file of rejected rows is replaced');
  assert.match(await readFile(path, 'utf8'), /^\ufeffline,row,.*\n4,3,.*チェックデジット/);
  assert.match(again.stdout, /カードの有効期限/);
});

test('validate --json has the same findings under stable names, and touches no storage', async () => {
  const exit = await validate('--json', '--amount', '5');
  const found = JSON.parse(exit.stdout);
  assert.equal(exit.code, 1);
  assert.deepEqual([found.refused, found.rows, found.sendable_rows, found.rejected_rows], [null, 6, 2, 4]);
  assert.deepEqual(found.error_codes.card_expired, { count: 1, first_lines: [4] });
  assert.deepEqual(found.warnings.shared_cards, { count: 1, first_lines: [3], earlier_rows: [1] });
  assert.deepEqual([found.brands, found.amounts], [{ visa: 2 }, { JPY: '2000' }]);
  assert.deepEqual((await readdir(site.folder)).includes('storage'), false);
});

test('a refused file leaves no file of rejected rows, and --json says the code and a mapping', async () => {
  const refused = join(site.folder, 'refused.csv');
  await writeFile(
    refused,
    'merchant_ref,CardNumber,expiry,amount,currency\na,4111111111111111,12/39,1,JPY\n',
  );
  const path = join(site.folder, 'none.csv');
  const exit = await site.start(['validate', refused, '--json', '--rejected', path]).exited;
  assert.equal(exit.code, 2);
  const { refused: refusal } = JSON.parse(exit.stdout);
  assert.equal(refusal.code, 'header_unknown');
  assert.match(refusal.mapping, /"CardNumber": card_number/);
  assert.match(exit.stderr, /pass it with --columns:\n\n[\s\S]*"CardNumber": card_number/);
  assert.deepEqual(
    (await readdir(site.folder)).filter((name) => name.startsWith('none.csv')),
    [],
  );
});

test('the rejected rows overwrite neither the merchant’s file nor any other', async () => {
  const before = await readFile(file, 'utf8');
  const exit = await validate('--rejected', file);
  assert.equal(exit.code, 2);
  assert.match(exit.stderr, /another file is already there/);
  assert.equal(await readFile(file, 'utf8'), before);
});

for (const [options, message] of [
  [['--amount', '1', '--currency', 'YEN'], /Give a currency of ISO 4217/],
  [['--amount', '1.50', '--currency', 'JPY'], /more decimals than JPY \(ISO 4217\): 0 at most/],
] as const) {
  test(`${options.join(' ')} is refused before the file is read`, async () => {
    const exit = await validate(...options);
    assert.equal(exit.code, 2);
    assert.match(exit.stderr, message);
  });
}
