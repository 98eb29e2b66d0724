import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { test } from 'node:test';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import type { StagedRow } from '../../src/domain/staged-row.ts';
import { type ReadRowsOptions, readRows } from '../../src/input/csv-rows.ts';
import { createMerchantFile, createPlainLine, plainHeader } from '../support/merchant-file.ts';
import { limits } from '../support/payment-options.ts';

const options: ReadRowsOptions = {
  today: '2026-11-23',
  isLive: false,
  limits,
  fingerprintKey: Buffer.alloc(32, 7),
};

async function readAll(path: string, more: Partial<ReadRowsOptions> = {}): Promise<StagedRow[]> {
  const all: StagedRow[] = [];
  for await (const rows of readRows(path, { ...options, ...more })) all.push(...rows);
  return all;
}

const placesOf = (rows: readonly StagedRow[]) =>
  rows.map(({ row, line, merchantRef }) => [row, line, merchantRef]);

const table = plainHeader + createPlainLine('a') + createPlainLine('b');

for (const [circumstance, content] of [
  ['commas', table],
  ['semicolons', table.replaceAll(',', ';')],
  ['tabs', table.replaceAll(',', '\t')],
  ['CR LF', table.replaceAll('\n', '\r\n')],
  ['CR', table.replaceAll('\n', '\r')],
  ['no line break at the end', table.trimEnd()],
  ['a byte order mark', `\ufeff${table}`],
  ['a byte order mark and a quoted header', `\ufeff${table.replace('merchant_ref', '"merchant_ref"')}`],
] as const) {
  test(`a file with ${circumstance} reads the same, whole and byte by byte`, async (t) => {
    const path = await createMerchantFile(t, content);
    for (const chunkBytes of [1, 65_536]) {
      const rows = await readAll(path, { chunkBytes });
      assert.deepEqual(placesOf(rows), [
        [1, 2, 'a'],
        [2, 3, 'b'],
      ]);
      assert.deepEqual(
        rows.map(({ kind }) => kind),
        ['sendable', 'sendable'],
      );
    }
  });
}

test('line numbers count blank lines and line breaks inside quotes, row numbers do not', async (t) => {
  const content = `\r\n\n${plainHeader}${createPlainLine('a')}\n"b\r\nb\nb",4111111111111111,12/29,1,JPY\r\n\r\n${createPlainLine('c')}\n\n`;
  const path = await createMerchantFile(t, content);
  for (const chunkBytes of [1, 7, 65_536]) {
    assert.deepEqual(placesOf(await readAll(path, { chunkBytes })), [
      [1, 4, 'a'],
      [2, 6, 'b\r\nb\nb'],
      [3, 10, 'c'],
    ]);
  }
});

test('a second row with a reference is rejected even if the first was rejected', async (t) => {
  const path = await createMerchantFile(t, plainHeader + createPlainLine('a', '4111') + createPlainLine('a'));
  const rows = await readAll(path);
  assert.deepEqual(
    rows.map((row) => row.kind === 'rejected' && row.errorCodes),
    [['card_number_too_short'], ['merchant_ref_duplicate']],
  );
});

test('rows with too few and too many cells are rejected between valid ones', async (t) => {
  const path = await createMerchantFile(
    t,
    `${plainHeader}${createPlainLine('a')}b,1\nc,1,2,3,4,5\n${createPlainLine('d')}`,
  );
  assert.deepEqual(
    (await readAll(path)).map(({ kind }) => kind),
    ['sendable', 'rejected', 'rejected', 'sendable'],
  );
});

test("a merchant's own header is read through a mapping, and an ignored column is not read", async (t) => {
  const path = await createMerchantFile(t, 'cid,カード番号,exp,points\na,4111111111111111,12/29,x\n');
  const rows = await readAll(path, {
    mapping: {
      columns: { cid: 'merchant_ref', カード番号: 'card_number', exp: 'expiry' },
      constants: {},
      ignored: ['points'],
    },
    defaultAmount: '1',
    defaultCurrency: 'JPY',
  });
  assert.deepEqual(
    rows.map(({ kind, merchantRef, amount }) => [kind, merchantRef, amount]),
    [['sendable', 'a', '1']],
  );
});

test('an empty column for security codes is tolerated', async (t) => {
  const content = `cvc,${plainHeader},${createPlainLine('a')} ,${createPlainLine('b')}`;
  const path = await createMerchantFile(t, content);
  assert.deepEqual(
    (await readAll(path)).map(({ kind }) => kind),
    ['sendable', 'sendable'],
  );
});

test('the digest is that of the file’s bytes, and is available only after the last row', async (t) => {
  const path = await createMerchantFile(t, `\ufeff${table}`);
  const reading = readRows(path, options);
  for await (const rows of reading) assert.ok(rows.length > 0);
  assert.equal(reading.sha256, createHash('sha256').update(`\ufeff${table}`).digest('hex'));
  assert.deepEqual(
    [reading.bytesRead, reading.bytesTotal],
    [Buffer.byteLength(`\ufeff${table}`), reading.bytesRead],
  );
  assert.equal(readRows(path, options).sha256, undefined);
});

test('reading stops with the reason of an aborted signal', async (t) => {
  const path = await createMerchantFile(t, plainHeader + createPlainLine('a').repeat(50));
  const controller = new AbortController();
  const reason = new Error('enough');
  await assert.rejects(async () => {
    for await (const _ of readRows(path, { ...options, chunkBytes: 64, signal: controller.signal })) {
      controller.abort(reason);
    }
  }, reason);
});

test('options that would reject every row are refused at once', () => {
  assert.throws(() => readRows('cards.csv', { ...options, today: 'today' }), RangeError);
  assert.throws(() => readRows('cards.csv', { ...options, defaultAmount: '1,000' }), RangeError);
  assert.throws(() => readRows('cards.csv', { ...options, defaultCurrency: 'yen' }), RangeError);
});

test('any table written by csv-stringify is read back cell for cell', async (t) => {
  const path = await createMerchantFile(t, '');
  const cell = fc.string({
    unit: fc.constantFrom('a', 'é', '山', '𠮷', '"', ',', ';', '\t', ' ', '\n', '\r', "'"),
    maxLength: 8,
  });
  const tables = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      tables,
      fc.constantFrom(',', ';', '\t'),
      fc.constantFrom('\n', '\r\n'),
      fc.integer({ min: 1, max: 40 }),
      async (cells, delimiter, recordDelimiter, chunkBytes) => {
        // A leading letter keeps the references non-empty; line breaks inside must be read back
        // too.
        const written = cells.map(([ref, name]) => [
          `r${ref}`,
          name,
          '4111111111111111',
          '12/29',
          '1',
          'JPY',
        ]);
        const header = ['merchant_ref', 'cardholder_name', 'card_number', 'expiry', 'amount', 'currency'];
        // csv-stringify does not quote CR if the rows end in LF.
        const settings = { delimiter, record_delimiter: recordDelimiter, quoted: true };
        await writeFile(path, stringify([header, ...written], settings));
        const rows = await readAll(path, { chunkBytes });
        assert.deepEqual(
          rows.map(({ merchantRef }) => merchantRef),
          written.map(([ref]) => ref),
        );
        for (const [index, row] of rows.entries()) {
          assert.equal(row.row, index + 1);
          if (row.kind === 'sendable') assert.equal(row.cardholderName ?? '', cells[index]?.[1]);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('a file of 100,000 rows is read in order, in portions of at most 500', async (t) => {
  const path = await createMerchantFile(t, '');
  const file = createWriteStream(path);
  file.write(plainHeader);
  for (let row = 1; row <= 100_000; row += 1) file.write(createPlainLine(`customer-${row}`));
  file.end();
  await finished(file);
  let count = 0;
  let largest = 0;
  for await (const rows of readRows(path, options)) {
    largest = Math.max(largest, rows.length);
    for (const row of rows) {
      count += 1;
      if (row.row !== count || row.line !== count + 1 || row.merchantRef !== `customer-${count}`) {
        assert.fail(`row ${count} is out of order`);
      }
    }
  }
  assert.deepEqual([count, largest], [100_000, 500]);
});
