import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRows } from '../../src/input/csv-rows.ts';
import { FileRefusedError } from '../../src/input/file-refused-error.ts';
import { MappingError, parseMapping, readMappingFile } from '../../src/input/mapping-file.ts';
import { createMerchantFile } from '../support/merchant-file.ts';
import { limits } from '../support/payment-options.ts';

const mapping = {
  columns: { カード番号: 'card_number', exp: 'expiry' },
  constants: { amount: '1.50', billing_country: 'NO' },
  ignored: ['points'],
};

for (const [form, text] of [
  [
    'YAML',
    'columns:\n  カード番号: card_number\n  exp: expiry\nconstants:\n  amount: 1.50\n  billing_country: NO\nignore:\n  - points\n',
  ],
  [
    'JSON',
    '{"columns":{"カード番号":"card_number","exp":"expiry"},"constants":{"amount":"1.50","billing_country":"NO"},"ignore":["points"]}',
  ],
  [
    'JSON with a number',
    '{"columns":{"カード番号":"card_number","exp":"expiry"},"constants":{"amount":1.50,"billing_country":"NO"},"ignore":["points"]}',
  ],
] as const) {
  test(`a mapping in ${form} is read, and its values stay text`, () => {
    assert.deepEqual(parseMapping(text, limits), mapping);
  });
}

test('missing and empty sections are empty, and a section with only a comment maps nothing', () => {
  const empty = { columns: {}, constants: {}, ignored: [] };
  assert.deepEqual(parseMapping('{}', limits), empty);
  assert.deepEqual(parseMapping('columns:\nconstants: # none\nignore:\n#  - points\n', limits), empty);
});

const faults: readonly [circumstance: string, text: string, message: RegExp][] = [
  ['nothing in it', '', /not a table with columns, constants and ignore/],
  ["a merchant's file", 'merchant_ref,card_number\ncust-1,4111111111111111\n', /not a table with columns/],
  ['a list', '- card_number\n', /not a table with columns/],
  ['broken YAML', 'columns: {4111111111111111\n', /neither YAML nor JSON \(line \d\)/],
  ['a duplicate name', 'columns:\n  a: expiry\n  a: amount\n', /appears twice \(line 3\)/],
  ['an alias', 'columns: &all\n  a: expiry\nconstants: *all\n', /aliases/],
  ['an unknown section', 'column:\n  a: expiry\n', /only columns, constants and ignore are allowed/],
  ['an unknown column', 'columns:\n  Karte: cardnumber\n', /"Karte" is mapped to an unknown column/],
  ['a list of columns', 'columns:\n  - a\n', /columns is not a table/],
  ['a name to ignore alone', 'ignore: points\n', /ignore is not a list/],
  ['a constant in pieces', 'constants:\n  amount: [1]\n', /the constant amount is not one value/],
  ['an unknown constant', 'constants:\n  curency: JPY\n', /"curency".* did you mean currency\?/],
  [
    'two headers on one column',
    'columns:\n  a: expiry\n  b: expiry\n',
    /expiry is mapped from several columns: "a", "b"/,
  ],
  [
    'a column and a constant',
    'columns:\n  a: amount\nconstants:\n  amount: 1\n',
    /amount is both a column and a constant/,
  ],
  [
    'a name both mapped and ignored',
    'columns:\n  a: amount\nignore: [a]\n',
    /"a" is both mapped and ignored/,
  ],
  ['a mapped security code', 'columns:\n  CVV2: time_zone\n', /"CVV2".*PCI DSS 3\.3\.1/],
  [
    'a constant card number',
    'constants:\n  card_number: "4111111111111111"\n',
    /card_number differs from row to row/,
  ],
  [
    'a constant address of the customer',
    'constants:\n  customer_ip: 192.0.2.1\n',
    /customer_ip differs from row to row/,
  ],
  [
    'a card number as a constant',
    'constants:\n  billing_city: 4111 1111 1111 1111\n',
    /looks like a card number/,
  ],
  ['an empty constant', 'constants:\n  currency: ""\n', /the constant currency is empty/],
  [
    'a constant amount that no row may have',
    'constants:\n  amount: 1,000\n',
    /the constant amount is wrong: amount is not a positive number/,
  ],
  [
    'a constant amount with more decimals than the constant currency',
    'constants:\n  amount: 1.50\n  currency: JPY\n',
    /the constant amount has more decimals than the constant currency/,
  ],
  [
    'a constant country in words',
    'constants:\n  billing_country: Japan\n',
    /the constant billing_country is wrong/,
  ],
];

for (const [circumstance, text, message] of faults) {
  test(`a mapping with ${circumstance} is refused, and the message quotes no value`, () => {
    assert.throws(
      () => parseMapping(text, limits),
      (error) => {
        assert.ok(error instanceof MappingError);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /4111|cust-1|192|1,000|Japan/);
        return true;
      },
    );
  });
}

test('a mapping file that is missing, too large or not UTF-8 is refused', async (t) => {
  const path = await createMerchantFile(t, Buffer.from([0xff, 0xfe]));
  await assert.rejects(readMappingFile(path, limits), /not UTF-8/);
  await assert.rejects(readMappingFile(`${path}.none`, limits), /its file: it does not exist/);
  const large = await createMerchantFile(t, `# ${'x'.repeat(300_000)}`);
  await assert.rejects(readMappingFile(large, limits), /larger than 256 KiB/);
});

const options = { today: '2026-11-23', isLive: false, limits, fingerprintKey: Buffer.alloc(32, 7) };

async function refusalOf(path: string, mappingText: string): Promise<FileRefusedError | undefined> {
  try {
    for await (const rows of readRows(path, { ...options, mapping: parseMapping(mappingText, limits) }))
      assert.ok(rows.length > 0);
  } catch (error) {
    if (error instanceof FileRefusedError) return error;
    throw error;
  }
  return undefined;
}

test('the mapping proposed for a refused header reads the file once the open names are decided', async (t) => {
  const header = '会員番号,カード番号,exp_month,"exp year ",points,CustomerID,"odd ""name"":\u00a0#"';
  const path = await createMerchantFile(t, `${header}\na,4111111111111111,12,29,5,x,y\n`);
  const proposed = (await refusalOf(path, '{}'))?.mapping ?? '';
  assert.match(proposed, /^# Still missing: amount, currency$/m);
  assert.match(proposed, /^ {2}"カード番号": card_number$/m);
  assert.match(proposed, /^# {2}"CustomerID": merchant_ref # already taken$/m);

  const asItStands = await refusalOf(path, proposed);
  assert.equal(asItStands?.code, 'header_unknown');
  assert.deepEqual(asItStands?.columns.length, 3, 'nothing was ignored silently');

  const decided = proposed
    .replace(/^#(ignore:| {2}- )/gm, '$1')
    .replace(/^# {2}("CustomerID").*$/m, '')
    .concat('\n  - CustomerID\nconstants:\n  amount: 5\n  currency: JPY\n');
  const rows = [];
  for await (const some of readRows(path, { ...options, mapping: parseMapping(decided, limits) }))
    rows.push(...some);
  const [row] = rows;
  assert.ok(row?.kind === 'sendable');
  assert.deepEqual([row.merchantRef, row.expiryYear, row.amount, row.currency], ['a', '2029', '5', 'JPY']);
});

test('a repeated proposal keeps the given mappings', async (t) => {
  const path = await createMerchantFile(t, 'kid,kk,exp,extra\na,4111111111111111,12/29,5\n');
  const given =
    'columns:\n  kid: merchant_ref\n  kk: card_number\nconstants:\n  amount: "5"\n  currency: JPY\n';
  const proposed = (await refusalOf(path, given))?.mapping ?? '';
  assert.deepEqual(parseMapping(proposed, limits), {
    columns: { kid: 'merchant_ref', kk: 'card_number', exp: 'expiry' },
    constants: { amount: '5', currency: 'JPY' },
    ignored: [],
  });
});

for (const [circumstance, header, text, code] of [
  ['a mapped name', 'merchant_ref,card_number,expiry', 'columns: {Karte: card_number}', 'header_mapping'],
  ['an ignored name', 'merchant_ref,card_number,expiry', 'ignore: [points]', 'header_mapping'],
  ['a name in other letters', 'merchant_ref,Karte,expiry', 'columns: {karte: card_number}', 'header_mapping'],
] as const) {
  test(`a mapping with ${circumstance} that the header lacks is refused`, async (t) => {
    const constants = 'constants: {amount: 1, currency: JPY}';
    const path = await createMerchantFile(t, `${header}\na,4111111111111111,12/29\n`);
    assert.equal((await refusalOf(path, `${text}\n${constants}`))?.code, code);
  });
}

test('a constant for a column that the file has is refused, and so is a second header for a column', async (t) => {
  const path = await createMerchantFile(
    t,
    'merchant_ref,card_number,expiry,amount,currency,Betrag\na,4111111111111111,12/29,1,JPY,2\n',
  );
  const constant = await refusalOf(path, 'constants: {amount: 1}\nignore: [Betrag]');
  assert.match(constant?.message ?? '', /"amount" \(column 4\), the mapping's constant/);
  const second = await refusalOf(path, 'columns: {Betrag: amount}');
  assert.match(second?.message ?? '', /"amount" \(column 4\), "Betrag" \(column 6\)/);
});

test('a security code column may be ignored while empty, and its first value refuses the file', async (t) => {
  const header = 'merchant_ref,card_number,expiry,amount,currency,CVV2';
  const rows = (cvc: string) =>
    `${header}\na,4111111111111111,12/29,1,JPY,\nb,4111111111111111,12/29,1,JPY,${cvc}\n`;
  assert.equal(await refusalOf(await createMerchantFile(t, rows('')), 'ignore: [CVV2]'), undefined);
  const refusal = await refusalOf(await createMerchantFile(t, rows('123')), 'ignore: [CVV2]');
  assert.deepEqual([refusal?.code, refusal?.line], ['cvc_column', 3]);
});
