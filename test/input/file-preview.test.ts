import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { applySkip } from '../../src/domain/skip-decision.ts';
import { type PreviewFileOptions, previewFile } from '../../src/input/file-preview.ts';
import { createRowSet } from '../../src/input/row-set.ts';
import { createMerchantFile, createPlainLine, plainHeader } from '../support/merchant-file.ts';
import { limits } from '../support/payment-options.ts';

const options: PreviewFileOptions = {
  today: '2026-11-23',
  isLive: false,
  limits,
  fingerprintKey: Buffer.alloc(32, 7),
};

test('a preview counts rows, codes, brands and sums, names lines, and contains no cell', async (t) => {
  const content =
    plainHeader +
    createPlainLine('first-customer') +
    'second-customer,5555555555554444,12/26,0.10,USD\n' +
    '=third-customer,4111111111111111,12/29,0.20,USD\n' +
    '@fourth-customer,6200000000000001,01/27,5,JPY\n' +
    '-fifth-customer,4111111111111112,13/29,7,JPY\n' +
    'sixth-customer,4111111111111112,12/29,7,JPY\n';
  const path = await createMerchantFile(t, content);
  const preview = await previewFile(path, options);
  assert.deepEqual(preview, {
    sha256: createHash('sha256').update(content).digest('hex'),
    bytes: content.length,
    rows: 6,
    sendableRows: 4,
    rejectedRows: 2,
    skippedRows: 0,
    byErrorCode: {
      card_number_checksum: { count: 2, firstLines: [6, 7] },
      expiry_month_range: { count: 1, firstLines: [6] },
    },
    warnings: {
      sharedCards: { count: 1, firstLines: [4], earlierRows: [1] },
      unusualBrands: { count: 1, firstLines: [5] },
      unionpayLuhn: { count: 1, firstLines: [5] },
      formulaRefs: { count: 3, firstLines: [4, 5, 6] },
      oddBlankRefs: { count: 0, firstLines: [] },
      spreadsheetRefs: { count: 0, firstLines: [] },
      lostCharacters: {},
      unlikelyValues: {},
      expiringSoon: { count: 1, firstLines: [3] },
    },
    brands: { visa: 2, mastercard: 1, unionpay: 1 },
    amounts: { JPY: '1005', USD: '0.30' },
    charges: { JPY: { rows: 2 }, USD: { rows: 2 } },
    proposals: [],
  });
  assert.doesNotMatch(JSON.stringify({ ...preview, sha256: '' }), /customer|4111|5555/);
});

test('cards that differ only in their separators are shared, and only five lines are named', async (t) => {
  const lines = ['4111 1111 1111 1111', '4111-1111-1111-1111', ...new Array(6).fill('4111111111111111')];
  const path = await createMerchantFile(
    t,
    plainHeader + lines.map((card, index) => createPlainLine(`r${index}`, card)).join(''),
  );
  const { warnings } = await previewFile(path, options);
  assert.deepEqual(warnings.sharedCards, {
    count: 7,
    firstLines: [3, 4, 5, 6, 7],
    earlierRows: [1, 1, 1, 1, 1],
  });
});

test('a skipped row is counted as skipped and, like a rejected one, recorded as not sent', async (t) => {
  const lines = ['good', 'skipped', 'rejected'].map((ref) =>
    createPlainLine(ref, ref === 'rejected' ? '4111111111111112' : '4111111111111111'),
  );
  const path = await createMerchantFile(t, plainHeader + lines.join(''));
  const unsent = createRowSet();
  const preview = await previewFile(path, {
    ...options,
    unsent,
    applySkip: (row) =>
      applySkip(row, row.row === 2 ? { kind: 'skipped', row: 2, storedPaymentMethodId: 'pm-2' } : undefined),
  });
  assert.deepEqual([preview.sendableRows, preview.skippedRows, preview.rejectedRows], [1, 1, 1]);
  assert.deepEqual(
    [1, 2, 3].map((row) => unsent.has(row)),
    [false, true, true],
  );
});

test('progress is reported up to the whole file', async (t) => {
  const content = plainHeader + createPlainLine('a') + createPlainLine('b');
  const path = await createMerchantFile(t, content);
  const reported: number[] = [];
  await previewFile(path, {
    ...options,
    chunkBytes: 100,
    onProgress: ({ bytesRead, bytesTotal }) => reported.push(bytesRead / bytesTotal),
  });
  assert.equal(reported.at(-1), 1);
  assert.deepEqual(
    reported,
    reported.toSorted((left, right) => left - right),
  );
});
