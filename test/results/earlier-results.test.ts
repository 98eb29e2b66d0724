import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { stringify } from 'csv-stringify/sync';
import { EarlierResultsError, readEarlierResults } from '../../src/results/earlier-results.ts';
import { resultColumns } from '../../src/results/result-files.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

type Cells = Partial<Record<(typeof resultColumns)[number], string>>;

const line = (row: number, cells: Cells = {}): Cells => ({
  row: String(row),
  merchant_ref: `ref-${row}`,
  outcome: 'tokenized',
  stored_payment_method_id: `pm-${row}`,
  transaction_id: `tx-${row}`,
  card: '411111******1111',
  ...cells,
});
const csv = (lines: readonly Cells[]): string =>
  stringify([...lines], { header: true, columns: [...resultColumns] });

async function write(t: TestContext, text: string | Uint8Array, name = 'results.csv'): Promise<string> {
  const path = join(await createTemporaryFolder(t), name);
  await writeFile(path, text);
  return path;
}

const refusal = async (path: string, ...more: string[]): Promise<string> => {
  const error: unknown = await readEarlierResults([path, ...more]).catch((thrown) => thrown);
  assert.ok(error instanceof EarlierResultsError, String(error));
  return error.message;
};

test('tokenized and skipped rows provide their tokens; unknown and charged rows make their reference unresolved', async (t) => {
  const text = csv([
    line(1),
    line(2, { outcome: 'skipped', transaction_id: '', card: '******1111' }),
    line(3, { outcome: 'unknown', stored_payment_method_id: '' }),
    line(4, { outcome: 'charged_without_token', stored_payment_method_id: '' }),
    line(5, { outcome: 'declined', stored_payment_method_id: '' }),
    line(6, { outcome: 'rejected', stored_payment_method_id: '', merchant_ref: '', card: '' }),
  ]);
  const { files, references } = await readEarlierResults([await write(t, text)]);
  assert.deepEqual(Object.fromEntries(references), {
    'ref-1': {
      tokens: [{ storedPaymentMethodId: 'pm-1', transactionId: 'tx-1', card: '411111******1111' }],
      isUnresolved: false,
    },
    'ref-2': { tokens: [{ storedPaymentMethodId: 'pm-2', card: '******1111' }], isUnresolved: false },
    'ref-3': { tokens: [], isUnresolved: true },
    'ref-4': { tokens: [], isUnresolved: true },
  });
  const sha256 = createHash('sha256').update(text).digest('hex');
  assert.deepEqual(files, [{ name: 'results.csv', sha256, tokens: 2 }]);
});

test('results with columns that were passed through are read like others', async (t) => {
  const folder = await createTemporaryFolder(t);
  const path = join(folder, 'results.csv');
  const line = {
    row: '1',
    merchant_ref: 'a',
    outcome: 'tokenized',
    stored_payment_method_id: 'pm-1',
    card: '411111******1111',
  };
  const columns = [...resultColumns, 'mandate'];
  await writeFile(path, stringify([{ ...line, mandate: 'm-1' }], { header: true, columns }));
  const { references } = await readEarlierResults([path]);
  assert.equal(references.get('a')?.tokens[0]?.storedPaymentMethodId, 'pm-1');
});

test('several files are combined: the same token again, and a token for another card of the reference', async (t) => {
  const first = await write(t, csv([line(1), line(2)]));
  const second = await write(
    t,
    csv([
      line(1, { outcome: 'skipped' }),
      line(2, { card: '555555******4444', stored_payment_method_id: 'pm-new' }),
    ]),
  );
  const { references } = await readEarlierResults([first, second]);
  assert.deepEqual(
    references.get('ref-1')?.tokens.map(({ storedPaymentMethodId }) => storedPaymentMethodId),
    ['pm-1'],
  );
  assert.deepEqual(
    references.get('ref-2')?.tokens.map(({ storedPaymentMethodId }) => storedPaymentMethodId),
    ['pm-2', 'pm-new'],
  );
});

test('two different tokens for one reference and card are refused with file and line', async (t) => {
  const first = await write(t, csv([line(1), line(2)]));
  const second = await write(t, csv([line(1), line(2, { stored_payment_method_id: 'pm-x' })]), 'april.csv');
  assert.match(
    await refusal(first, second),
    /^Cannot use april\.csv to skip rows: line 3 has a different token/,
  );
});

test('the manifest beside a file names its batch; if it names another content, results.csv is refused', async (t) => {
  const text = csv([line(1)]);
  const path = await write(t, text);
  const manifest = (sha256: string): string =>
    JSON.stringify({
      batch_id: 'cardlift/m/march',
      merchant_id: 'm',
      sha256: { 'results.csv': sha256 },
      settings: { is_live: true },
    });
  await writeFile(
    join(path, '..', 'manifest.json'),
    manifest(createHash('sha256').update(text).digest('hex')),
  );
  const { files } = await readEarlierResults([path]);
  assert.deepEqual(files[0]?.manifest, { batchId: 'cardlift/m/march', merchantId: 'm', isLive: true });
  await writeFile(join(path, '..', 'manifest.json'), manifest('0'.repeat(64)));
  assert.match(await refusal(path), /it does not match the manifest\.json beside it/);
});

test('our own files are accepted with any tokens: odd ones, and one of an unknown row', async (t) => {
  const odd = ['pm 1', '支払-é', 'p'.repeat(10_000), '12345678901234567890', '=cmd(1)'];
  const path = await write(
    t,
    csv([
      ...odd.map((token, index) => line(index + 1, { stored_payment_method_id: token })),
      line(odd.length + 1, { outcome: 'unknown', stored_payment_method_id: 'pm-of-a-contradiction' }),
    ]),
  );
  const { references } = await readEarlierResults([path]);
  assert.deepEqual(
    odd.map((_, index) => references.get(`ref-${index + 1}`)?.tokens[0]?.storedPaymentMethodId),
    odd,
  );
  assert.deepEqual(references.get(`ref-${odd.length + 1}`), { tokens: [], isUnresolved: true });
});

const damaged: readonly [what: string, text: string | Uint8Array, message: RegExp][] = [
  ['is empty', '', /it is empty/],
  [
    'has other columns',
    'merchant_ref,card_number\na,4111111111111111\n',
    /not have the columns of a results\.csv \(line 1\)/,
  ],
  [
    'is a results.partial.csv',
    `state,${csv([line(1)])}`,
    /it is the results\.partial\.csv of an unfinished batch/,
  ],
  ['was cut off within a line', csv([line(1)]).slice(0, -1), /its last line was cut off/],
  ['has a row too few', csv([line(1), line(3)]), /row 2 is missing, or the file was sorted \(line 3\)/],
  [
    'has a cell too many',
    csv([line(1)]).replace(/\n$/, ',secret-cell\n'),
    /different number of cells \(line 2\)/,
  ],
  ['has an unknown outcome', csv([line(1, { outcome: 'secret-cell' })]), /outcome cannot be read \(line 2\)/],
  ['has a whole card number', csv([line(1, { card: '4111111111111111' })]), /card cannot be read \(line 2\)/],
  [
    'has no token in a tokenized row',
    csv([line(1, { stored_payment_method_id: '' })]),
    /no stored_payment_method_id/,
  ],
  ['has a token in a declined row', csv([line(1, { outcome: 'declined' })]), /is declined has a stored_/],
  [
    'has a blank at the end of a token',
    csv([line(1, { stored_payment_method_id: 'secret cell ' })]),
    /_id has blanks/,
  ],
  [
    'has a card number as token',
    csv([line(1, { stored_payment_method_id: '4111111111111111' })]),
    /looks like a card/,
  ],
  [
    'has a token that a spreadsheet spoilt',
    csv([line(1, { stored_payment_method_id: '4.1E+15' })]),
    /spreadsheet/,
  ],
  [
    'has a reference twice',
    csv([line(1), line(2, { merchant_ref: 'ref-1' })]),
    /already in an earlier line \(line 3\)/,
  ],
  ['has a stray quote', csv([line(1)]).replace('ref-1', 'secret"cell'), /has wrong quotes/],
  ['is not in UTF-8', Buffer.concat([Buffer.from(csv([])), Buffer.from([0xff, 0x0a])]), /not in UTF-8/],
];
for (const [what, text, message] of damaged) {
  test(`a file that ${what} is refused, and no cell of it is quoted`, async (t) => {
    const reported = await refusal(await write(t, text));
    assert.match(reported, message);
    assert.match(
      reported,
      /^Cannot use results\.csv to skip rows: .*; give the results\.csv of a finished batch/,
    );
    assert.doesNotMatch(reported, /secret|4111111111111111|4\.1E/);
  });
}

test('a missing file is reported by name', async () => {
  assert.match(await refusal('/nowhere/march.csv'), /^Cannot use march\.csv to skip rows: it does not exist/);
});
