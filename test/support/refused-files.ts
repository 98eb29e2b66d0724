/* Files that are refused as a whole: one per fault, with its code and the message. */
import { gzipSync } from 'node:zlib';
import { encode } from 'iconv-lite';
import type { ReadRowsOptions } from '../../src/input/csv-rows.ts';
import type { FileRefusalCode } from '../../src/input/file-refused-error.ts';
import { createPlainLine, plainHeader } from './merchant-file.ts';

const line = createPlainLine('a');
const shiftJis = Buffer.concat([
  Buffer.from(`${plainHeader}${line}`),
  Buffer.from('8e5293632091be9859', 'hex'),
]);
const eucJp = Buffer.concat([Buffer.from(plainHeader), Buffer.from('bbb3c5c4c2c0cfba0a', 'hex')]);
const latin1 = Buffer.concat([Buffer.from(plainHeader), Buffer.from('Ren\u00e9e Dupont,1\n', 'latin1')]);
const flipBit = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8((copy[at] ?? 0) ^ 1, at);
  return copy;
};
export const cvcHeader = plainHeader.replace('\n', ',CVV2\n');

/** The file's content, and the options for reading it. */
export const refusedFiles: readonly [
  code: FileRefusalCode,
  circumstance: string,
  content: string | Uint8Array,
  message: RegExp,
  options?: Partial<ReadRowsOptions>,
][] = [
  ['file_empty', 'nothing', '', /it is empty\./],
  ['file_empty', 'only a byte order mark', '\ufeff', /it is empty\./],
  ['file_empty', 'only blank lines', '\r\n\n', /it is empty\./],
  ['no_rows', 'only a header', plainHeader, /no rows/],
  ['no_rows', 'only a header without line break', plainHeader.trim(), /no rows/],
  ['encoding_not_utf8', 'Shift_JIS', shiftJis, /probably Shift_JIS \(--encoding shift_jis\) \(line 3\)/],
  ['encoding_not_utf8', 'EUC-JP', eucJp, /probably EUC-JP \(--encoding euc-jp\) \(line 2\)/],
  [
    'encoding_not_utf8',
    'Windows-1252',
    latin1,
    /probably Windows-1252 \(--encoding windows-1252\) \(line 2\)/,
  ],
  [
    'encoding_mixed',
    'one line of Windows-1252 among lines of UTF-8',
    Buffer.concat([Buffer.from(`${plainHeader}山${line}`), Buffer.from('Ren\u00e9e Dupont,1\n', 'latin1')]),
    /other lines are UTF-8, and this one is not \(line 3\)/,
  ],
  [
    'encoding_unsupported',
    'UTF-32',
    encode(plainHeader + line, 'utf-32le', { addBOM: true }),
    /probably UTF-32LE \(iconv -f UTF-32LE/,
  ],
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
  [
    'encoding_wrong',
    'UTF-8 that is called Shift_JIS',
    `${plainHeader}山${line}`,
    /all of it is UTF-8/,
    { encoding: 'shift_jis' },
  ],
  [
    'encoding_wrong',
    'a UTF-8 mark that is called Shift_JIS',
    `\ufeff${plainHeader}${line}`,
    /marked as UTF-8/,
    { encoding: 'shift_jis' },
  ],
  [
    'encoding_wrong',
    'Shift_JIS that is called EUC-JP',
    shiftJis,
    /--encoding says euc-jp \(line 3\)/,
    { encoding: 'euc-jp' },
  ],
  [
    'encoding_wrong',
    'UTF-16LE that is called UTF-16BE',
    Buffer.from(`\ufeff${plainHeader}`, 'utf16le'),
    /marked as UTF-16LE/,
    { encoding: 'utf-16be' },
  ],
  [
    'encoding_wrong',
    'half a character of UTF-16',
    Buffer.from(`\ufeff${plainHeader}${line}`, 'utf16le').subarray(0, -1),
    /half a character/,
    { encoding: 'utf-16le' },
  ],
  [
    'gzip_damaged',
    'gzip that was cut off',
    gzipSync(plainHeader + line).subarray(0, -3),
    /damaged or cut off/,
  ],
  [
    'gzip_damaged',
    'gzip that goes on behind its end',
    Buffer.concat([gzipSync(plainHeader + line), Buffer.from('\0\0x')]),
    /damaged/,
  ],
  [
    'gzip_damaged',
    'gzip with a flipped bit',
    flipBit(gzipSync(plainHeader + line.repeat(50)), 60),
    /damaged/,
  ],
  ['file_not_csv', 'gzip inside gzip', gzipSync(gzipSync(plainHeader + line)), /compressed twice/],
  ['nul_bytes', 'a NUL inside gzip', gzipSync(`${plainHeader}${line}a\0`), /\(line 3\)/],
  [
    'file_not_csv',
    'an Excel workbook',
    Buffer.from('504b0304140006000800', 'hex'),
    /Excel workbook \(\.xlsx\)/,
  ],
  ['file_not_csv', 'an old Excel workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /\(\.xls\)/],
  [
    'file_not_csv',
    'a web page under the name of a table',
    '<html><table><tr><td>4111111111111111',
    /web page/,
  ],
  ['file_not_csv', 'JSON', '[{"card_number":"4111111111111111"}]', /JSON/],
  ['header_missing', "Excel's intent on the separator", `sep=;\n${plainHeader}${line}`, /"sep=".*\(line 1\)/],
  [
    'header_missing',
    'bars between the cells',
    (plainHeader + line).replaceAll(',', '|'),
    /separated by "\|"/,
  ],
  ['header_missing', 'a title above the table', `Cards of 2026,,,,\n${plainHeader}${line}`, /\(line 1\)/],
  [
    'header_unknown',
    'a byte order mark twice',
    `\ufeff\ufeff${plainHeader}${line}`,
    /did you mean merchant_ref\?/,
  ],
  [
    'header_unknown',
    'a blank behind a name',
    plainHeader.replace('expiry', 'expiry ') + line,
    /did you mean expiry\?/,
  ],
  ['header_unknown', 'capital letters', plainHeader.toUpperCase() + line, /did you mean merchant_ref\?/],
  [
    'header_unknown',
    'empty columns at the end',
    `${plainHeader.trim()},,,\n${line.trim()},,,\n`,
    /column 6 without a name, column 7 without a name/,
  ],
  ['header_unknown', 'thousands of columns', `${plainHeader.trim()}${',x'.repeat(5_000)}\n`, /and 4990 more/],
  [
    'blank_lines',
    'more blank lines than a spreadsheet has',
    gzipSync(plainHeader + '\n'.repeat(1_100_000)),
    /blank lines/,
  ],
  ['row_too_large', 'a million columns', `merchant_ref${',x'.repeat(1_000_000)}\n`, /\(line 1\)/],
  ['row_too_large', 'one giant line', 'x'.repeat(3_000_000), /\(line 1\)/],
  [
    'header_duplicate',
    'the same name in two columns',
    'merchant_ref,merchant_ref,card_number,expiry\n',
    /"merchant_ref" \(column 1\), "merchant_ref" \(column 2\)/,
  ],
  [
    'cvc_column',
    'a security code under a full-width name',
    `${plainHeader.trim()},ＣＶＣ\n${line.trim()},999\n`,
    /PCI DSS/,
  ],
  [
    'cvc_column',
    'a security code under a Japanese name',
    `${plainHeader.trim()},セキュリティコード\n${line.trim()},999\n`,
    /PCI DSS/,
  ],
  [
    'cvc_column',
    'data of the magnetic stripe',
    `${plainHeader.trim()},track2\n${line.trim()},x\n`,
    /PCI DSS/,
  ],
  ['cvc_column', 'a PIN', `${plainHeader.trim()},暗証番号\n${line.trim()},0000\n`, /PCI DSS/],
  ['file_not_csv', 'a web page with a mark', '\ufeff<!DOCTYPE html><html>', /web page/],
  ['file_not_csv', 'a PDF', '%PDF-1.7\n', /a PDF/],
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
    { mapping: { columns: { Kartennummer: 'card_number' }, constants: {}, ignored: [] } },
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
    { mapping: { columns: { CVV2: 'time_zone' }, constants: {}, ignored: [] } },
  ],
  [
    'cvc_column',
    'a security code that is passed over',
    `${cvcHeader}${line.trim()},123\n`,
    /PCI DSS/,
    { mapping: { columns: {}, constants: {}, ignored: ['CVV2'] } },
  ],
  ['cvc_column', 'a security code before a bad quote', `${cvcHeader}${line.trim()},123\n"a"b`, /\(line 2\)/],
  ['quote_unclosed', 'an open quote', `${plainHeader}${line}"a,1\n`, /\(line 3\)/],
  ['quote_invalid', 'a quote inside a cell', `${plainHeader}${line}a"4111111111111111"\n`, /\(line 3\)/],
  ['quote_invalid', 'text behind a quoted cell', `${plainHeader}"a"4111111111111111,1\n`, /\(line 2\)/],
  ['row_too_large', 'a row above 128 KiB', `${plainHeader}"${'x'.repeat(140_000)}"\n`, /\(line 2\)/],
  ['row_too_large', 'a header above 128 KiB', `"${'x'.repeat(140_000)}"\n`, /\(line 1\)/],
];
