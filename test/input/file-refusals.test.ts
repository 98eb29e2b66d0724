import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { fileEncodings } from '../../src/domain/file-encoding.ts';
import { type ReadRowsOptions, readRows } from '../../src/input/csv-rows.ts';
import { FileRefusedError, fileRefusals } from '../../src/input/file-refused-error.ts';
import { createMerchantFile, createPlainLine, plainHeader } from '../support/merchant-file.ts';
import { limits } from '../support/payment-options.ts';
import { cvcHeader, refusedFiles } from '../support/refused-files.ts';

const options: ReadRowsOptions = {
  today: '2026-11-23',
  isLive: false,
  limits,
  fingerprintKey: Buffer.alloc(32, 7),
};

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

const line = createPlainLine('a');

test('missing files and folders are refused with their codes', async (t) => {
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

test('any bytes give rows or a refusal, and no message contains six consecutive digits', async (t) => {
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
      fc.constantFrom(...fileEncodings),
      fc.constantFrom('plain', 'gzip', 'cut gzip'),
      async (parts, chunkBytes, encoding, packing) => {
        const plain = Buffer.concat(parts);
        const packed = packing === 'plain' ? plain : gzipSync(plain);
        await writeFile(path, packing === 'cut gzip' ? packed.subarray(0, -chunkBytes) : packed);
        const refusal = await findRefusal(path, { chunkBytes, encoding });
        // YAML escapes a control character of a header as \U and eight digits, which are not the
        // file's.
        const mapping = refusal?.mapping?.replaceAll(/\\[Uu]0{2,6}[0-9A-Fa-f]{2}/g, '');
        assert.doesNotMatch(`${refusal?.message} ${mapping}`, /\d{6}/);
      },
    ),
    { numRuns: 200 },
  );
});

test('no refusal quotes a cell below the header, whatever it contains', async (t) => {
  const path = await createMerchantFile(t, '');
  // Letters that none of our messages contains in this order.
  const secret = fc.string({ unit: fc.constantFrom('q', 'z', '0', '7', '山'), minLength: 6, maxLength: 12 });
  const breakage = fc.constantFrom('', '"', '"x', 'x"', '\0', '\n', '","', ',');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(breakage, secret, breakage), { minLength: 1, maxLength: 8 }),
      async (cells) => {
        await writeFile(path, cvcHeader + cells.map((cell) => cell.join('')).join(','));
        const refusal = await findRefusal(path);
        const message = `${refusal?.message} ${refusal?.mapping}`;
        for (const [, text] of cells) assert.equal(message.includes(text), false);
      },
    ),
    { numRuns: 200 },
  );
});
