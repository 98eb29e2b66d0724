/*
 * A file with a small fault is read, or its refusal names the fault and the way out: also what
 * cannot be seen. No message quotes a cell.
 */
import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { createGzip } from 'node:zlib';
import { type ReadRowsOptions, readRows } from '../../src/input/csv-rows.ts';
import { FileRefusedError } from '../../src/input/file-refused-error.ts';
import { parseMapping } from '../../src/input/mapping-file.ts';
import { createMerchantFile } from '../support/merchant-file.ts';
import { limits } from '../support/payment-options.ts';
import { readOptions } from './read-options.ts';

/** The results of the rows, or the refusal. */
async function read(path: string, more: Partial<ReadRowsOptions> = {}): Promise<string[] | FileRefusedError> {
  const results: string[] = [];
  try {
    for await (const rows of readRows(path, { ...readOptions, ...more })) {
      results.push(
        ...rows.map((row) => (row.kind === 'sendable' ? row.merchantRef : row.errorCodes.join(' '))),
      );
    }
    return results;
  } catch (error) {
    if (error instanceof FileRefusedError) return error;
    throw error;
  }
}

const header = 'merchant_ref,card_number,expiry';
const row = 'a,4111111111111111,08/2029';

const refused: readonly [
  name: string,
  content: string,
  code: string,
  message: RegExp,
  mappingLine?: string,
][] = [
  [
    'h-spaces',
    'merchant_ref, card_number, expiry\na, 4111111111111111, 08/2029\n',
    'header_unknown',
    /"\\u\{20\}card_number" \(column 2\), did you mean card_number\? it has a blank at an end/,
    'trim: true',
  ],
  [
    'h-nbsp',
    `${header.replace('card_number', 'card_number\u00a0')}\n${row}\n`,
    'header_unknown',
    /"card_number\\u\{a0\}" .*invisible character/,
    'trim: true',
  ],
  [
    'h-zwsp',
    `${header.replace('expiry', '\u200bexpiry')}\n${row}\n`,
    'header_unknown',
    /"\\u\{200b\}expiry" .*invisible character/,
    'trim: true',
  ],
  [
    'd-doublebom',
    `\ufeff\ufeff${header}\n${row}\n`,
    'header_unknown',
    /"\\u\{feff\}merchant_ref" .*invisible character/,
    'trim: true',
  ],
  [
    'd-space-before-quote',
    '"merchant_ref", "card_number", "expiry"\n"a", "4111111111111111", "08/2029"\n',
    'quote_invalid',
    /a blank is beside the quote/,
    'trim: true',
  ],
  [
    'd-space-after-quote',
    '"merchant_ref","card_number","expiry"\n"a" ,"4111111111111111","08/2029"\n',
    'quote_invalid',
    /a blank is beside the quote.*\(line 2\)/,
    'trim: true',
  ],
  [
    'd-caret',
    `${header}\n${row}\n`.replaceAll(',', '^'),
    'header_missing',
    /separated by "\^"/,
    'delimiter: "^"',
  ],
  [
    'tildes',
    `${header}\n${row}\n`.replaceAll(',', '~'),
    'header_missing',
    /separated by "~"/,
    'delimiter: "~"',
  ],
  [
    'y-pipe-quoted',
    '"merchant_ref"|"card_number"|"expiry"\n"a"|"4111111111111111"|"08/2029"\n',
    'header_missing',
    /separated by "\|"/,
    'delimiter: "|"',
  ],
  [
    'unquoted bars',
    `${header}\n${row}\n`.replaceAll(',', '|'),
    'header_missing',
    /separated by "\|"/,
    'delimiter: "|"',
  ],
  ['d-comment', `# exported 2026-11-28\n${header}\n${row}\n`, 'header_missing', /it is a comment/],
  [
    'd-title',
    `Card export 2026-11-28,,\n${header}\n${row}\n`,
    'header_missing',
    /title: the header seems to be line 2/,
  ],
  [
    'a title of three lines',
    `Shop\n\nCards\n${header}\n${row}\n`,
    'header_missing',
    /title: the header seems to be line 4/,
  ],
  ['d-header-line-quoted', `"${header}"\n"${row}"\n`, 'header_missing', /each line is quoted as a whole/],
  ['c-eq-raw', `${header}\na,="4111111111111111",08/2029\n`, 'quote_invalid', /form ="…".*\(line 2\)/],
  ['f-ws', '\n\n  \n', 'file_empty', /it is empty/],
  ['only separators', ',,,\n,,,\n', 'file_empty', /it is empty/],
  [
    'h-cybersource',
    'merchantReferenceCode,card_accountNumber,card_expirationMonth,card_expirationYear,billTo_firstName,purchaseTotals_currency\nr1,4111111111111111,08,2029,Ann,USD\n',
    'header_unknown',
    /"card_accountNumber" \(column 2\), did you mean card_number\?/,
    '  "card_accountNumber": card_number',
  ],
];

for (const [name, content, code, message, mappingLine] of refused) {
  test(`${name}: the refusal names the fault and the way out`, async (t) => {
    const path = await createMerchantFile(t, content);
    for (const chunkBytes of [1, 65_536]) {
      const refusal = await read(path, { chunkBytes });
      assert.ok(refusal instanceof FileRefusedError, `read: ${String(refusal)}`);
      assert.equal(refusal.code, code);
      assert.match(refusal.message, message);
      assert.doesNotMatch(`${refusal.message} ${refusal.mapping}`, /4111|exported|Shop|Ann/);
      if (mappingLine !== undefined) assert.ok(refusal.mapping?.split('\n').includes(mappingLine));
      else assert.equal(refusal.mapping, undefined);
    }
  });
}

test('a file is read with the line that its refusal proposes', async (t) => {
  for (const [name, content, , , mappingLine] of refused) {
    if (mappingLine === undefined || !/^(?:trim|delimiter)/.test(mappingLine)) continue;
    const mapping = parseMapping(mappingLine, limits);
    for (const chunkBytes of [1, 65_536]) {
      const path = await createMerchantFile(t, content);
      assert.deepEqual(await read(path, { mapping, chunkBytes }), ['a'], name);
    }
  }
});

test('trim removes blanks around cells and quotes, and keeps those inside', async (t) => {
  const content = `merchant_ref\t card_number\t\texpiry\tcardholder_name\n`.replace('\t\t', '\t');
  const path = await createMerchantFile(t, `${content} a b \t 4111111111111111 \t\u00a008/2029\t\n`);
  assert.deepEqual(await read(path, { mapping: parseMapping('trim: true', limits) }), ['a b']);
});

for (const [name, content] of [
  ['d-blank-mid', `${header}\n${row}\n\n   \n${row.replace('a', 'b')}\n\n`],
  ['d-commas-only', `${header}\n${row}\n,,\n${row.replace('a', 'b')}\n,,\n,,\n`],
  ['r-trailing-comma-rows', `${header}\n${row},\n${row.replace('a', 'b')},\n`],
  ['d-ctrlz', `${header}\n${row}\n${row.replace('a', 'b')}\n\x1a`],
] as const) {
  test(`${name}: the file is read, and lines without values are no rows`, async (t) => {
    assert.deepEqual(await read(await createMerchantFile(t, content)), ['a', 'b']);
  });
}

test('y-nfd-map: a name in another spelling of the same letters is the name of the mapping', async (t) => {
  const names = '会員番号,カード番号,有効期限';
  const mapping = parseMapping(
    'columns: {会員番号: merchant_ref, カード番号: card_number, 有効期限: expiry}',
    limits,
  );
  for (const form of ['NFC', 'NFD'] as const) {
    const path = await createMerchantFile(t, `${names.normalize(form)}\n${row}\n`);
    assert.deepEqual(await read(path, { mapping }), ['a']);
  }
});

for (const [name, columns, text] of [
  ['x-ignore-digits', `${header},balance_20261130`, 'ignore: [balance_20261130]'],
  ['x-map-digits', header.replace('merchant_ref', 'ref_20261130'), 'columns: {ref_20261130: merchant_ref}'],
  ['a number as a name', header.replace('merchant_ref', '20261130'), 'columns: {"20261130": merchant_ref}'],
] as const) {
  test(`${name}: a name in the mapping is accepted whatever it looks like`, async (t) => {
    const path = await createMerchantFile(
      t,
      `${columns}\n${row}${columns.split(',').length > 3 ? ',5' : ''}\n`,
    );
    assert.deepEqual(await read(path, { mapping: parseMapping(text, limits) }), ['a']);
  });
}

test('y-tab-commas-tie: of two delimiters the one with the known names counts', async (t) => {
  const path = await createMerchantFile(
    t,
    'merchant_ref\tcard_number\texpiry\tname (last, first, middle, suffix)\na\t4111111111111111\t08/2029\tx\n',
  );
  const mapping = parseMapping('columns: {"name (last, first, middle, suffix)": cardholder_name}', limits);
  assert.deepEqual(await read(path, { mapping }), ['a']);
});

test('a gzip bomb of blank lines is refused early, with bounded memory', async (t) => {
  for (const blank of ['\n', ' ', ',\n']) {
    const path = await createMerchantFile(t, '');
    const block = Buffer.alloc(8 * 1024 * 1024, blank);
    const bomb = Readable.from(
      (function* () {
        yield Buffer.from(`${header}\n`);
        for (let count = 0; count < 64; count += 1) yield block;
      })(),
    );
    await pipeline(bomb, createGzip({ level: 1 }), createWriteStream(path));
    assert.ok((await stat(path)).size < 10_000_000);
    const before = process.memoryUsage().rss;
    const refusal = await read(path);
    assert.ok(refusal instanceof FileRefusedError);
    assert.ok(['blank_lines', 'row_too_large'].includes(refusal.code), refusal.code);
    const grownMb = (process.memoryUsage().rss - before) / 2 ** 20;
    assert.ok(grownMb < 300, `${grownMb.toFixed(0)} MB`);
  }
});
