/*
 * What a file that is not UTF-8 is called. --encoding is proposed only if it cannot be wrong: a wrong
 * one damages names without an error.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'iconv-lite';
import { readRows } from '../../src/input/csv-rows.ts';
import { FileRefusedError } from '../../src/input/file-refused-error.ts';
import { createMerchantFile } from '../support/merchant-file.ts';
import { limits } from '../support/payment-options.ts';

const options = { today: '2026-11-23', isLive: false, limits, fingerprintKey: Buffer.alloc(32, 7) };

async function refusalOf(path: string, chunkBytes: number): Promise<FileRefusedError> {
  try {
    for await (const rows of readRows(path, { ...options, chunkBytes })) assert.ok(rows.length > 0);
  } catch (error) {
    if (error instanceof FileRefusedError) return error;
    throw error;
  }
  return assert.fail('the file was read');
}

const header = 'merchant_ref,card_number,expiry,amount,currency,cardholder_name\n';
const tableOf = (...names: readonly string[]): string =>
  header + names.map((name, index) => `r${index},4111111111111111,12/39,1,JPY,${name}\n`).join('');

const certain: readonly [name: string, label: string, content: string][] = [
  ['Shift_JIS', 'shift_jis', tableOf('山田太郎')],
  ['Shift_JIS', 'shift_jis', `会員番号,カード番号,有効期限\n${tableOf('ﾔﾏﾀﾞ ﾀﾛｳ')}`],
  ['EUC-JP', 'euc-jp', tableOf('山田太郎', '佐藤花子')],
  ['EUC-JP', 'euc-jp', tableOf('やまだ')],
  ['Windows-1252', 'windows-1252', tableOf('Renée', 'Jürgen Groß', 'O’Brien', 'JOSÉ')],
];

for (const [name, label, content] of certain) {
  test(`a file in ${name} that cannot be anything else gets its --encoding (${content.at(-2)})`, async (t) => {
    const path = await createMerchantFile(t, encode(content, label));
    for (const chunkBytes of [1, 65_536]) {
      const { code, message } = await refusalOf(path, chunkBytes);
      assert.equal(code, 'encoding_not_utf8');
      assert.match(message, new RegExp(`probably ${name} \\(--encoding ${name.toLowerCase()}\\)`));
    }
  });
}

const unsupported: readonly [name: string, content: Uint8Array][] = [
  ['EUC-KR', encode(tableOf('김민수'), 'euc-kr')],
  ['GB18030', encode(tableOf('张伟先生'), 'gb18030')],
  ['Big5', encode(tableOf('陳大文'), 'big5')],
  ['Mac Roman', encode(tableOf('José'), 'macroman')],
  ['Mac Roman', encode(tableOf('Muñoz', 'JOSÉ'), 'macroman')],
  ['CP850', encode(tableOf('José'), 'cp850')],
  ['Windows-1250', encode(tableOf('Wałęsa'), 'windows-1250')],
  ['CP866', encode(tableOf('Иван Петров'), 'cp866')],
  ['ISO-2022-JP', Buffer.from(tableOf('\x1b$B;3ED\x1b(B'))],
  ['ISO-2022-JP', Buffer.from('\x1b$B2q0wHV9f\x1b(B,\x1b$B%+!<%IHV9f\x1b(B\na,4111111111111111\n')],
  ['ISO-2022-KR', Buffer.from(tableOf('\x1b$)C\x0e1h9N\x0f'))],
  ['UTF-32LE', encode(tableOf('a'), 'utf-32le', { addBOM: true })],
  ['UTF-32LE', encode(tableOf('a'), 'utf-32le', { addBOM: false })],
  ['UTF-32BE', encode(tableOf('a'), 'utf-32be', { addBOM: false })],
  ['EBCDIC', encodeEbcdic('MERCHANT,CARD,EXPIRY\nA,1,12\n')],
];

for (const [name, content] of unsupported) {
  test(`a file in ${name} is named, and gets a way out but no --encoding (${content.length} bytes)`, async (t) => {
    const path = await createMerchantFile(t, content);
    for (const chunkBytes of [1, 65_536]) {
      const { code, message } = await refusalOf(path, chunkBytes);
      assert.equal(code, 'encoding_unsupported', message);
      assert.match(message, new RegExp(`probably ${name} \\(iconv -f \\S+ -t UTF-8`));
      assert.doesNotMatch(message, /--encoding/);
    }
  });
}

const doubtful: readonly [circumstance: string, content: Uint8Array, names: readonly string[]][] = [
  [
    'Western or Central European letters',
    encode(tableOf('Muñoz'), 'windows-1252'),
    ['Windows-1252', 'Windows-1250'],
  ],
  ['Czech letters', encode(tableOf('Dvořák'), 'windows-1250'), ['Windows-1252', 'Windows-1250']],
  ['Turkish letters', encode(tableOf('Yılmaz'), 'windows-1254'), ['Windows-1252', 'Windows-1254']],
  ['Cyrillic letters', encode(tableOf('ПЕТРОВ'), 'windows-1251'), ['Windows-1251']],
  ['Cyrillic letters of KOI8-R', encode(tableOf('Иван Петров'), 'koi8-r'), ['KOI8-R']],
  ['rare Chinese letters', encode(tableOf('歐陽菲菲'), 'big5'), ['EUC-JP', 'Big5']],
  ['half-width kana only', encode(tableOf('ﾔﾏﾀﾞ'), 'shift_jis'), ['Shift_JIS']],
];

for (const [circumstance, content, names] of doubtful) {
  test(`a file with ${circumstance} gets no --encoding, and all that it may be`, async (t) => {
    const { message } = await refusalOf(await createMerchantFile(t, content), 65_536);
    for (const name of names) assert.match(message, new RegExp(`\\b${name}\\b`));
    assert.doesNotMatch(message, /--encoding \w/);
  });
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
for (const [circumstance, content, line] of [
  ['before it', Buffer.concat([Buffer.from(tableOf('José')), latin1('b,1,Ren\u00e9e\n')]), 3],
  ['behind it', Buffer.concat([latin1(tableOf('Ren\u00e9e')), Buffer.from('b,1,José\n')]), 2],
  [
    'far behind it',
    Buffer.concat([
      latin1(tableOf('Ren\u00e9e')),
      Buffer.from(`${'x'.repeat(70)}\n`.repeat(9000)),
      Buffer.from('b,1,山田\n'),
    ]),
    2,
  ],
] as const) {
  test(`a line that is not UTF-8 is named, and no --encoding is proposed, if a line ${circumstance} is UTF-8`, async (t) => {
    const path = await createMerchantFile(t, content);
    for (const chunkBytes of [64, 65_536]) {
      const refusal = await refusalOf(path, chunkBytes);
      assert.deepEqual([refusal.code, refusal.line], ['encoding_mixed', line]);
      assert.doesNotMatch(refusal.message, /--encoding/);
    }
  });
}

test('Japanese that is UTF-8 by chance in single lines is still recognised', async (t) => {
  // Each letter is a byte pair that UTF-8 would read as one letter of another script.
  const chance = Buffer.concat([
    Buffer.from(tableOf('').trimEnd()),
    Buffer.from('c4a1c4a2', 'hex'),
    Buffer.from('\n'),
  ]);
  const path = await createMerchantFile(t, Buffer.concat([encode(tableOf('カード番号'), 'euc-jp'), chance]));
  assert.match((await refusalOf(path, 65_536)).message, /probably EUC-JP/);
});

/** Capital letters, digits, commas and line feeds in code page 37. */
function encodeEbcdic(text: string): Buffer {
  const codeOf = (character: string): number => {
    if (character === ',') return 0x6b;
    if (character === '\n') return 0x25;
    if (/\d/.test(character)) return 0xf0 + Number(character);
    const index = character.charCodeAt(0) - 65;
    return index < 9 ? 0xc1 + index : index < 18 ? 0xd1 + index - 9 : 0xe2 + index - 18;
  };
  return Buffer.from([...text].map(codeOf));
}
