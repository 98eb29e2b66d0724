/* Files that are not tables are named by their first bytes, also inside gzip. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readRows } from '../../src/input/csv-rows.ts';
import { FileRefusedError } from '../../src/input/file-refused-error.ts';
import { createMerchantFile, createPlainLine, plainHeader } from '../support/merchant-file.ts';
import { limits } from '../support/payment-options.ts';

const options = { today: '2026-11-23', isLive: false, limits, fingerprintKey: Buffer.alloc(32, 7) };

async function readOrRefuse(path: string, chunkBytes = 65_536): Promise<number | FileRefusedError> {
  let count = 0;
  try {
    for await (const rows of readRows(path, { ...options, chunkBytes })) count += rows.length;
    return count;
  } catch (error) {
    if (error instanceof FileRefusedError) return error;
    throw error;
  }
}

/** The header of a file in a ZIP archive. */
const zipOf = (name: string): Buffer =>
  Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(26), Buffer.from(name)]);
const tar = Buffer.alloc(1024);
tar.write('cards.csv');
tar.write('0000644\0', 100, 'latin1');
tar.write('merchant_ref,card_number\n', 512);

for (const [kind, content] of [
  ['an Excel workbook (.xlsx)', zipOf('[Content_Types].xml')],
  ['an Excel workbook (.xlsx)', zipOf('xl/workbook.xml')],
  ['an OpenDocument table (.ods)', zipOf('mimetypeapplication/vnd.oasis.opendocument.spreadsheet')],
  ['a ZIP archive: extract the CSV first', zipOf('cards.csv')],
  ['a tar archive: extract the CSV first', tar],
  ['a Parquet file: export the table as CSV', Buffer.from('PAR1\x15\x04')],
  ['an SQLite database: export the table as CSV', Buffer.from('SQLite format 3\0')],
  ['encrypted with PGP', Buffer.from('85010c03a1b2c3d4', 'hex')],
  ['encrypted with PGP', Buffer.from('8c0d0409030800', 'hex')],
  ['encrypted with age: decrypt it first', Buffer.from('age-encryption.org/v1\n')],
  ['compressed with bzip2: decompress it first', Buffer.from('BZh91AY')],
] as const) {
  test(`${kind} is named (${content.length} bytes), also inside gzip`, async (t) => {
    for (const bytes of [content, gzipSync(content)]) {
      const refusal = await readOrRefuse(await createMerchantFile(t, bytes));
      assert.ok(refusal instanceof FileRefusedError);
      assert.equal(refusal.code, 'file_not_csv');
      assert.ok(refusal.message.includes(`it is probably ${kind}.`), refusal.message);
    }
  });
}

test('zeros behind the end of gzip are read as gzip does, and other bytes refuse the file', async (t) => {
  const packed = gzipSync(plainHeader + createPlainLine('a'));
  for (const chunkBytes of [1, 7, 65_536]) {
    const padded = await createMerchantFile(t, Buffer.concat([packed, Buffer.alloc(1000)]));
    assert.equal(await readOrRefuse(padded, chunkBytes), 1);
    const damaged = await createMerchantFile(t, Buffer.concat([packed, Buffer.alloc(10), Buffer.from('x')]));
    const refusal = await readOrRefuse(damaged, chunkBytes);
    assert.ok(refusal instanceof FileRefusedError && refusal.code === 'gzip_damaged');
  }
});

test('a table whose first column begins like a kind of file is read', async (t) => {
  const refusal = await readOrRefuse(await createMerchantFile(t, 'ORCID,merchant_ref\nx,a\n'));
  assert.ok(refusal instanceof FileRefusedError && refusal.code === 'header_unknown');
});
