import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describePreview, type PreviewText } from '../../../src/cli/output/preview-text.ts';
import type { FilePreview } from '../../../src/input/file-preview.ts';
import type { EarlierBatches } from '../../../src/operations/launch/earlier-batches.ts';

const nothing = { count: 0, firstLines: [] };
const preview: FilePreview = {
  sha256: 'a'.repeat(64),
  bytes: 1,
  rows: 1_200_000,
  sendableRows: 1_000_000,
  rejectedRows: 200_000,
  skippedRows: 0,
  proposals: ['expiry_format: M/YY'],
  byErrorCode: { card_expired: { count: 200_000, firstLines: [2, 3, 4, 5, 6] } },
  warnings: {
    sharedCards: { count: 6, firstLines: [7, 8, 9, 10, 11], earlierRows: [1, 2, 2, 4, 1] },
    unusualBrands: nothing,
    unionpayLuhn: nothing,
    formulaRefs: nothing,
    oddBlankRefs: nothing,
    spreadsheetRefs: { count: 1, firstLines: [9] },
    lostCharacters: { cardholder_name: { count: 1, firstLines: [12] } },
    unlikelyValues: { billing_email: { count: 2, firstLines: [13, 14] } },
    expiringSoon: nothing,
  },
  brands: { visa: 1_000_000 },
  amounts: { JPY: '1000000', USD: '0.30' },
  charges: { JPY: { rows: 999_998, each: '1' }, USD: { rows: 2 } },
};
const noEarlier: EarlierBatches = {
  overlaps: [],
  comparedBatches: 0,
  incomparableBatches: 0,
  unknownBatches: [],
  seenBatches: [],
};
const text = (changes: Partial<PreviewText> = {}): string =>
  describePreview({
    preview,
    skippedBy: [],
    earlier: noEarlier,
    batchId: 'cardlift/1234/cards-0a1b2c3d',
    isLive: false,
    ratePerS: 10,
    concurrency: 200,
    baseUrl: 'https://api.example.com',
    ...changes,
  });

test('a preview shows the file, the gateway, the mode, the amounts and the duration', () => {
  assert.equal(
    text(),
    [
      'Batch     cardlift/1234/cards-0a1b2c3d',
      'Gateway   https://api.example.com',
      'Mode      SANDBOX: no real payments',
      'Rows      1200000: 1000000 to send, 200000 rejected',
      'Charges   999998 × 1 JPY = 1000000 JPY and 0.30 USD in 2 rows',
      'Rate      10 requests/s, so at least 27 h 47 min',
      'Earlier   no other batch of this merchant in this storage',
      'Rejected (not sent):',
      '  card_expired: The card has expired (200000; line 2, 3, 4, 5, 6, …)',
      'A mapping (--columns) with these lines would read rejected rows. Add them only',
      '    if they are right:',
      '  expiry_format: M/YY',
      'Check:',
      '  cards that an earlier row also has: each row is charged (6; line 7, same card',
      '    as row 1; line 8, same card as row 2; line 9, same card as row 2; line 10,',
      '    same card as row 4; line 11, same card as row 1, …)',
      '  references that a spreadsheet may have rounded or turned into a date (1; line',
      '    9)',
      '  cardholder_name with U+FFFD in place of a letter that was lost before (1; line',
      '    12)',
      '  billing_email that does not look like one: cells may have slipped (2; line 13,',
      '    14)',
    ].join('\n'),
  );
});

test('a live batch says so in words, and one without a rate promises no time', () => {
  const live = text({ isLive: true, ratePerS: undefined });
  assert.match(live, /^Mode {6}LIVE: every row sent is a real payment$/m);
  assert.match(live, /^Rate {6}as fast as the gateway responds, at most 200 requests in flight$/m);
});

test('what the file has in common with earlier batches is said for each of them, in 80 columns', () => {
  const sample = { count: 7, firstRows: [1, 2, 3, 4, 5] };
  const reported = text({
    earlier: {
      overlaps: [
        { batchId: 'cardlift/1234/first', tokenizedRefs: sample, openRefs: sample, otherRefs: sample },
      ],
      comparedBatches: 3,
      incomparableBatches: 2,
      unknownBatches: [
        { batchId: 'cardlift/m/claimed', cause: 'not_staged' },
        { batchId: 'cardlift/m/lost', cause: 'fingerprints_missing' },
      ],
      seenBatches: [],
    },
  });
  assert.match(reported, /compared with 3 batches of this merchant: 1 with rows in common/);
  assert.match(reported, /2 batches not compared/);
  assert.match(reported, /2 batches\s+that may have any\s+of\s+these rows, see below/);
  assert.match(reported, /^ {2}cardlift\/m\/claimed\n {4}not staged yet: wait until it is/m);
  assert.match(reported, /^ {2}cardlift\/m\/lost\n {4}its fingerprints are missing/m);
  assert.match(reported, /^ {2}cardlift\/1234\/first$/m);
  assert.match(reported, / {4}references that have a token and would be charged again/);
  for (const line of reported.split('\n')) assert.ok(line.length <= 80, line);
});
