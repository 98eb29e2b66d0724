import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { encode } from 'iconv-lite';
import type { CardliftSite } from '../support/cardlift-process.ts';
import { faultsWithoutHold, outcomeByFault } from '../support/fault-outcomes.ts';
import { compareWithLedger } from '../support/ledger-comparison.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { openSiteStage } from '../support/site-stage.ts';

const { simulator, openSite } = await openSiteStage({ slowMs: 200 });
let site: CardliftSite;

beforeEach(async () => {
  site = await openSite();
});

const sampleFile = (name: string): string => fileURLToPath(new URL(`../../samples/${name}`, import.meta.url));

async function readRefs(path: string): Promise<string[]> {
  const lines = parse(await readFile(path), { columns: true, relax_column_count: true });
  return (lines as { merchant_ref: string }[]).map(({ merchant_ref }) => merchant_ref);
}

test('300 rows with every fault that does not hold a batch end with the outcome of their fault, and the ledger agrees', async () => {
  const spacing = 8;
  const file = await writeSampleFile(site.folder, 300, (row) =>
    row % spacing === 0 ? faultsWithoutHold[row / spacing - 1] : undefined,
  );
  const exit = await site.startRun(file.path, ['--concurrency', '40']).exited;
  assert.equal(exit.code, 1, exit.stderr);

  const { results, charges } = await compareWithLedger({
    simulator,
    folder: site.outFolder,
    merchantRefs: file.rows.map(({ merchantRef }) => merchantRef),
  });
  for (const [index, { fault }] of file.rows.entries()) {
    const [outcome, errorCode] =
      fault === undefined ? ['tokenized', ''] : outcomeByFault[fault as keyof typeof outcomeByFault];
    const line = results[index];
    assert.deepEqual([line?.outcome, line?.error_code], [outcome, errorCode], `row ${index + 1}, ${fault}`);
  }
  assert.equal(file.rows.filter(({ fault }) => fault !== undefined).length, faultsWithoutHold.length);

  const { requests, byFault } = await simulator.stats();
  const sends = results.reduce((total, line) => total + Number(line.sends), 0);
  assert.equal(requests, sends, 'each request has its intent');
  assert.deepEqual(Object.keys(byFault).sort(), [...faultsWithoutHold].sort());
  assert.ok(charges.length > 270);
});

test('the mixed sample ends as its references say; its rejected rows are in the results, and none of them is sent', async () => {
  const path = sampleFile('mixed-faults.csv');
  const exit = await site.startRun(path).exited;
  assert.equal(exit.code, 1, exit.stderr);

  const { results, counts } = await compareWithLedger({
    simulator,
    folder: site.outFolder,
    merchantRefs: await readRefs(path),
  });
  for (const { merchant_ref = '', outcome, error_code, sends, card } of results) {
    const [, kind, name = ''] = /^(good|fault|check)-(.+)$/.exec(merchant_ref) ?? [];
    if (outcome === 'rejected') {
      assert.deepEqual([kind, error_code, sends], ['check', name, '0'], merchant_ref);
    } else if (kind === 'fault') {
      const wanted = outcomeByFault[name as keyof typeof outcomeByFault];
      assert.deepEqual([outcome, error_code], [...wanted], merchant_ref);
    } else {
      assert.equal(outcome, 'tokenized', merchant_ref);
    }
    assert.match(card ?? '', /^$|^\d{6}\*{6}\d{4}$/, merchant_ref);
  }
  assert.equal(counts.rejected, 7);
});

test('every row of the Japanese sample is tokenized: exit code 0, references and yen verbatim, JSON on standard output', async () => {
  const path = sampleFile('japanese-cards.csv');
  const exit = await site.startRun(path).exited;
  assert.equal(exit.code, 0, exit.stderr);
  const { counts, manifest } = await compareWithLedger({
    simulator,
    folder: site.outFolder,
    merchantRefs: await readRefs(path),
  });
  assert.deepEqual(counts, { tokenized: 12 });
  const reported = JSON.parse(exit.stdout) as Record<string, unknown>;
  assert.deepEqual(
    [reported.status, reported.rows, reported.outcomes, reported.charged],
    ['finished', 12, manifest.outcomes, manifest.charged],
  );
  assert.deepEqual(Object.keys(manifest.charged), ['JPY']);

  const again = await site.startRun(path).exited;
  assert.equal(again.code, 2, 'the same content again, after its batch has ended');
  assert.match(again.stderr, /was already a batch of this merchant/);
  assert.equal((await simulator.stats()).requests, 12, 'and nothing is sent for it');
});

test('a file with rejected rows only ends with exit code 1, and sends nothing', async () => {
  const path = join(site.folder, 'rejected.csv');
  await writeFile(
    path,
    [
      'merchant_ref,card_number,expiry,amount,currency',
      'a,4111111111111112,12/2039,10,JPY',
      'b,4111111111111111,12/2019,10,JPY',
      'c,,12/2039,10,JPY',
      '',
    ].join('\n'),
  );
  const exit = await site.startRun(path).exited;
  assert.equal(exit.code, 1, exit.stderr);
  const { counts } = await compareWithLedger({
    simulator,
    folder: site.outFolder,
    merchantRefs: ['a', 'b', 'c'],
  });
  assert.deepEqual(counts, { rejected: 3 });
  assert.equal((await simulator.stats()).requests, 0);
});

test("a compressed file in Shift_JIS with the merchant's own columns is read by the worker exactly as previewed", async () => {
  const path = join(site.folder, 'cards.csv.gz');
  const text =
    '会員番号,カード番号,exp,名義,points\n山田-1,4111111111111111,12/39,山田 太郎,7\n高橋-2,5555555555554444,11/39,高橋 花子,9\n';
  await writeFile(path, gzipSync(encode(text, 'shift_jis')));
  const columns = join(site.folder, 'columns.yaml');
  await writeFile(
    columns,
    'columns: {会員番号: merchant_ref, カード番号: card_number, exp: expiry, 名義: cardholder_name}\nconstants: {amount: 120, currency: JPY}\nignore: [points]\n',
  );
  const refused = await site.startRun(path, ['--encoding', 'shift_jis']).exited;
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /^ {2}"カード番号": card_number$/m, 'a mapping is proposed');

  const exit = await site.startRun(path, ['--encoding', 'shift_jis', '--columns', columns]).exited;
  assert.equal(exit.code, 0, exit.stderr);
  assert.match(exit.stderr, /"カード番号" is card_number/);
  assert.match(exit.stderr, /Ignored +"points"/);
  const { results, manifest } = await compareWithLedger({
    simulator,
    folder: site.outFolder,
    merchantRefs: ['山田-1', '高橋-2'],
  });
  assert.deepEqual(
    results.map(({ amount, currency }) => [amount, currency]),
    [
      ['120', 'JPY'],
      ['120', 'JPY'],
    ],
  );
  assert.deepEqual(manifest.charged, { JPY: '240' });
  const { input, settings } = JSON.parse(await readFile(join(site.outFolder, 'manifest.json'), 'utf8'));
  assert.equal(settings.columns.columns.会員番号, 'merchant_ref');
  assert.deepEqual([settings.columns.ignored, settings.encoding], [['points'], 'shift_jis']);
  assert.equal(
    input.sha256,
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
  );
});

test('a file with CVC values is refused with exit code 2 before anything is stored or sent', async () => {
  const path = join(site.folder, 'with-cvc.csv');
  await writeFile(
    path,
    'merchant_ref,card_number,expiry,amount,currency,cvc\na,4111111111111111,12/2039,10,JPY,123\n',
  );
  const exit = await site.startRun(path).exited;
  assert.equal(exit.code, 2);
  assert.match(exit.stderr, /cvc/i);
  assert.doesNotMatch(exit.stderr, /4111111111111111/);
  assert.equal((await simulator.stats()).requests, 0);
});
