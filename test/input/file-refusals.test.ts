import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ReadRowsOptions, readRows } from '../../src/input/csv-rows.ts';
import { type FileRefusalCode, FileRefusedError, fileRefusals } from '../../src/input/file-refused-error.ts';
import { createMerchantFile, createPlainLine, plainHeader } from '../support/merchant-file.ts';

const options: ReadRowsOptions = { today: '2026-11-23', isLive: false, fingerprintKey: Buffer.alloc(32, 7) };

async function findRefusal(
  path: string,
  more: Partial<ReadRowsOptions> = {},
): Promise<FileRefusedError | undefined> {
  try {
    for await (const rows of readRows(path, { ...options, ...more })) assert.ok(rows.length > 0);
    return undefined;
  } catch (error) {
    if (error instanceof FileRefusedError) return error;
    throw error;
  }
}

const line = createPlainLine('a');
const shiftJis = Buffer.concat([
  Buffer.from(`${plainHeader}${line}`),
  Buffer.from('8e5293632091be9859', 'hex'),
]);
const eucJp = Buffer.concat([Buffer.from(plainHeader), Buffer.from('bbb3c5c4c2c0cfba0a', 'hex')]);
const latin1 = Buffer.concat([Buffer.from(plainHeader), Buffer.from('Ren\u00e9e Dupont,1\n', 'latin1')]);
const cvcHeader = plainHeader.replace('\n', ',CVV2\n');

const refusedFiles: readonly [
  FileRefusalCode,
  string,
  string | Uint8Array,
  RegExp,
  Partial<ReadRowsOptions>?,
][] = [
  ['file_empty', 'nothing', '', /it is empty\./],
  ['file_empty', 'only a byte order mark', '\ufeff', /it is empty\./],
  ['file_empty', 'only blank lines', '\r\n\n', /it is empty\./],
  ['no_rows', 'only a header', plainHeader, /no rows/],
  ['no_rows', 'only a header without line break', plainHeader.trim(), /no rows/],
  ['encoding_not_utf8', 'Shift_JIS', shiftJis, /probably Shift_JIS \(line 3\)/],
  ['encoding_not_utf8', 'EUC-JP', eucJp, /probably EUC-JP \(line 2\)/],
  ['encoding_not_utf8', 'Windows-1252', latin1, /probably Windows-1252 \(line 2\)/],
  [
    'encoding_not_utf8',
    'UTF-16 with a mark',
    Buffer.from(`\ufeff${plainHeader}`, 'utf16le'),
    /probably UTF-16LE/,
  ],
  ['encoding_not_utf8', 'UTF-16 without one', Buffer.from(plainHeader, 'utf16le'), /probably UTF-16LE/],
  [
    'encoding_not_utf8',
    'half a character at the end',
    Buffer.concat([Buffer.from(plainHeader), Buffer.from([0xe5, 0xb1])]),
    /\(line 2\)/,
  ],
  ['nul_bytes', 'a NUL', `${plainHeader}${line}a\0`, /NUL bytes.*\(line 3\)/],
  ['header_missing', 'data in the first line', line + line, /not a header.*\(line 1\)/],
  ['header_missing', 'only words that we do not know', 'Yamada,Shinjuku,Tokyo\n', /not a header/],
  ['header_missing', 'a number among the names', 'merchant_ref,4111 1111 1111 1111\n', /not a header/],
  [
    'header_duplicate',
    'a column twice',
    `${plainHeader.trim()},amount\n${line}`,
    /"amount" \(column 4\), "amount" \(column 6\)/,
  ],
  [
    'header_duplicate',
    'expiry in two ways',
    'merchant_ref,expiry,expiry_year\n',
    /"expiry" \(column 2\), "expiry_year" \(column 3\)/,
  ],
  [
    'header_required_missing',
    'too few columns',
    'merchant_ref,expiry_month\n',
    /card_number, expiry_year, amount, currency/,
  ],
  [
    'header_unknown',
    'names of its own',
    'merchant_ref,CardNumber,points\n',
    /"CardNumber" \(column 2\), did you mean card_number\?, "points" \(column 3\)/,
  ],
  ['header_unknown', 'a name with digits', 'merchant_ref,a12345b\n', /: column 2 \(line 1\)/],
  ['header_unknown', 'a column without a name', `${plainHeader.trim()},\n${line}`, /column 6 without a name/],
  [
    'header_mapping',
    'a mapping for another file',
    plainHeader + line,
    /"Kartennummer"/,
    { columns: { Kartennummer: 'card_number' } },
  ],
  [
    'cvc_column',
    'a security code in the last row',
    `${cvcHeader}${line.trim()},\n${line.trim()},123\n`,
    /PCI DSS 3\.3\.1.*"CVV2" \(column 6\) \(line 3\)/,
  ],
  [
    'cvc_column',
    'a security code that is mapped away',
    `${cvcHeader}${line.trim()},123\n`,
    /PCI DSS/,
    { columns: { CVV2: 'time_zone' } },
  ],
  [
    'cvc_column',
    'a security code that is passed over',
    `${cvcHeader}${line.trim()},123\n`,
    /PCI DSS/,
    { ignoreColumns: ['CVV2'] },
  ],
  ['cvc_column', 'a security code before a bad quote', `${cvcHeader}${line.trim()},123\n"a"b`, /\(line 2\)/],
  ['quote_unclosed', 'an open quote', `${plainHeader}${line}"a,1\n`, /\(line 3\)/],
  ['quote_invalid', 'a quote inside a cell', `${plainHeader}${line}a"4111111111111111"\n`, /\(line 3\)/],
  ['quote_invalid', 'text behind a quoted cell', `${plainHeader}"a"4111111111111111,1\n`, /\(line 2\)/],
  ['row_too_large', 'a row above 128 KiB', `${plainHeader}"${'x'.repeat(140_000)}"\n`, /\(line 2\)/],
  ['row_too_large', 'a header above 128 KiB', `"${'x'.repeat(140_000)}"\n`, /\(line 1\)/],
];

for (const [code, circumstance, content, message, more] of refusedFiles) {
  test(`a file with ${circumstance} is refused with ${code}, and its message quotes no data`, async (t) => {
    const refusal = await findRefusal(await createMerchantFile(t, content), more);
    assert.equal(refusal?.code, code);
    assert.match(refusal?.message ?? '', message);
    assert.ok(refusal?.message.endsWith(`. Remedy: ${fileRefusals[code].remedy}`));
    assert.doesNotMatch(refusal?.message ?? '', /4111|12345|Yamada|Dupont/);
    assert.equal(refusal?.cause, undefined);
  });
}

test('a path without a file, and one of a folder, are refused with their codes', async (t) => {
  const path = await createMerchantFile(t, '');
  assert.equal((await findRefusal(`${path}.none`))?.code, 'file_missing');
  assert.equal((await findRefusal(dirname(path)))?.code, 'file_unreadable');
});

test('every refusal of the catalogue has a case above', () => {
  const seen = new Set<string>([...refusedFiles.map(([code]) => code), 'file_missing', 'file_unreadable']);
  assert.deepEqual(
    Object.keys(fileRefusals).filter((code) => !seen.has(code)),
    [],
  );
});

test('any bytes give rows or a refusal, and no message holds six digits in a row', async (t) => {
  const path = await createMerchantFile(t, '');
  const pieces = fc.constantFrom(
    plainHeader,
    cvcHeader,
    line,
    '4111111111111111',
    '"',
    ',',
    ';',
    '\n',
    '\r',
    '\0',
    'cvc',
    'é',
  );
  const piece = fc.oneof(
    pieces.map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 12 }),
      fc.integer({ min: 1, max: 64 }),
      async (parts, chunkBytes) => {
        await writeFile(path, Buffer.concat(parts));
        const refusal = await findRefusal(path, { chunkBytes });
        assert.doesNotMatch(refusal?.message ?? '', /\d{6}/);
      },
    ),
    { numRuns: 200 },
  );
});

test('whatever stands below the header, no refusal quotes a cell of it', async (t) => {
  const path = await createMerchantFile(t, '');
  // Letters that no message of ours has in this order.
  const secret = fc.string({ unit: fc.constantFrom('q', 'z', '0', '7', '山'), minLength: 6, maxLength: 12 });
  const breakage = fc.constantFrom('', '"', '"x', 'x"', '\0', '\n', '","', ',');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(breakage, secret, breakage), { minLength: 1, maxLength: 8 }),
      async (cells) => {
        await writeFile(path, cvcHeader + cells.map((cell) => cell.join('')).join(','));
        const message = (await findRefusal(path))?.message ?? '';
        for (const [, text] of cells) assert.equal(message.includes(text), false);
      },
    ),
    { numRuns: 200 },
  );
});
