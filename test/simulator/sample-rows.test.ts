import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { faultOfCard, isCardNumber } from '../../src/simulator/card-numbers.ts';
import { generateSampleRows, sampleColumns } from '../../src/simulator/sample-rows.ts';

const options = { rows: 2_000, seed: 1, expiryYear: 2039 };

test('The same seed gives the same rows; another seed gives others', () => {
  const rows = [...generateSampleRows(options)];
  assert.deepEqual([...generateSampleRows(options)], rows);
  assert.notDeepEqual([...generateSampleRows({ ...options, seed: 2 })], rows);
});

test('References and cards are unique, and every card is valid and in the range', () => {
  const rows = [...generateSampleRows(options)];
  assert.equal(new Set(rows.map(([ref]) => ref)).size, rows.length);
  assert.equal(new Set(rows.map(([, card]) => card)).size, rows.length);
  for (const [, card = ''] of rows) {
    assert.ok(isCardNumber(card) && card.startsWith('400000'));
    assert.equal(faultOfCard(card), undefined);
  }
});

test('Faults occur in about the requested share of rows', () => {
  const rows = [...generateSampleRows({ ...options, faults: { 'declined-hard': 0.2 } })];
  const hard = rows.filter(([, card = '']) => faultOfCard(card) === 'declined-hard').length;
  assert.ok(hard > 310 && hard < 490, `${hard} of 2000`);
});

test('Every row has a cell for every column, and expires in the requested years', () => {
  for (const isJapanese of [false, true]) {
    for (const row of generateSampleRows({ ...options, rows: 300, isJapanese })) {
      assert.equal(row.length, sampleColumns.length);
      assert.ok(row.every((cell) => cell !== ''));
      assert.match(row[2] ?? '', /^(0[1-9]|1[0-2])$/);
      assert.match(row[3] ?? '', /^20(39|40|41|42)$/);
    }
  }
});

test('Japanese rows have names in kanji and amounts in whole yen', () => {
  for (const row of generateSampleRows({ ...options, rows: 50, isJapanese: true })) {
    const cells = Object.fromEntries(sampleColumns.map((column, index) => [column, row[index]]));
    assert.match(cells.cardholder_name ?? '', /\p{Script=Han}/u);
    assert.equal(cells.currency, 'JPY');
    assert.match(cells.amount ?? '', /^\d+$/);
  }
});

test('More rows than there are cards are refused', () => {
  assert.throws(() => generateSampleRows({ ...options, rows: 10_000_001 }).next(), RangeError);
});

test('The script writes the rows of the generator as CSV', async () => {
  const script = fileURLToPath(new URL('../../scripts/generate-sample.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', script, '--rows', '40', '--seed', '5', '--year', '2039', '--fault', 'hang=25%'],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)) },
  );
  const faults = { hang: 0.25 };
  assert.deepEqual(parse(stdout), [
    [...sampleColumns],
    ...generateSampleRows({ rows: 40, seed: 5, expiryYear: 2039, faults }),
  ]);
});
