import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readlink, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { encode } from 'iconv-lite';
import { type FileEncoding, fileEncodings } from '../../src/domain/file-encoding.ts';
import { createFileText } from '../../src/input/file-text.ts';
import { eventually } from '../support/condition.ts';
import { createMerchantFile } from '../support/merchant-file.ts';

async function readText(path: string, options: { encoding?: FileEncoding; chunkBytes?: number } = {}) {
  const file = createFileText(path, options);
  const parts: Buffer[] = [];
  for await (const chunk of file.chunks()) parts.push(chunk);
  return { text: Buffer.concat(parts).toString('utf8'), file };
}

const letters: Readonly<Record<FileEncoding, string>> = {
  'utf-8': '髙橋 ①～ 𠮷 €',
  shift_jis: '髙橋 ①～ ｶﾅ \\~',
  'euc-jp': '高橋 あア、ー',
  'utf-16le': '髙橋 ①～ 𠮷 €',
  'utf-16be': '髙橋 ①～ 𠮷 €',
  'windows-1252': 'Renée O’Brien €',
};

for (const encoding of fileEncodings) {
  test(`a file in ${encoding} reads the same whole, byte by byte, and compressed`, async (t) => {
    const text = `merchant_ref,cardholder_name\r\na,${letters[encoding]}\r\n`;
    for (const addBOM of encoding.startsWith('utf') ? [true, false] : [false]) {
      // UTF-16 without a byte order mark cannot be distinguished from NULs in UTF-8, so it must be
      // given.
      const plain = encode(text, encoding, { addBOM });
      for (const content of [plain, gzipSync(plain)]) {
        const path = await createMerchantFile(t, content);
        for (const chunkBytes of [1, 3, 65_536]) {
          const read = await readText(path, { encoding, chunkBytes });
          assert.equal(read.text, text);
          assert.equal(read.file.sha256, createHash('sha256').update(content).digest('hex'));
          assert.deepEqual([read.file.bytesRead, read.file.bytesTotal], [content.length, content.length]);
        }
      }
    }
  });
}

test('consecutive gzip members form one text', async (t) => {
  const path = await createMerchantFile(t, Buffer.concat([gzipSync('a,b\n'), gzipSync('c,d\n')]));
  assert.equal((await readText(path, { chunkBytes: 5 })).text, 'a,b\nc,d\n');
});

test('stopping early while reading a compressed file closes the file', {
  skip: existsSync('/proc/self/fd') ? false : 'the open files of the process cannot be listed here',
}, async (t) => {
  const path = await createMerchantFile(t, gzipSync(Buffer.alloc(4_000_000, 'a,b\n')));
  const isOpen = async () =>
    (
      await Promise.all(
        (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
      )
    ).includes(path);
  for await (const chunk of createFileText(path, { chunkBytes: 512 }).chunks()) {
    assert.ok(chunk.length > 0);
    assert.equal(await isOpen(), true);
    break;
  }
  await eventually('the file to be closed', async () => ((await isOpen()) ? undefined : true));
});

test('any text is read back in any encoding that has its letters, in chunks of any size', async (t) => {
  const path = await createMerchantFile(t, '');
  const text = fc.string({
    unit: fc.constantFrom('a', '1', ',', '\n', '"', ' ', '高', 'あ', 'ア', '山'),
    minLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.constantFrom('shift_jis', 'euc-jp', 'utf-16le', 'utf-16be'),
      fc.integer({ min: 1, max: 9 }),
      async (written, encoding, chunkBytes) => {
        const bytes = encode(written, encoding);
        // A few letters may be valid UTF-8 by chance; such a file is refused rather than misread.
        fc.pre(bytes.toString('utf8').includes('\ufffd') || /^[\0-\x7f]*$/.test(written));
        await writeFile(path, bytes);
        assert.equal((await readText(path, { encoding, chunkBytes })).text, written);
      },
    ),
    { numRuns: 100 },
  );
});
