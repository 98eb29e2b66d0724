import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import type { CardliftSite } from '../support/cardlift-process.ts';
import { compareSample, midBatchFlags, midBatchLatencyMs, reachMidBatch } from '../support/kill-and-go-on.ts';
import { compareWithLedger } from '../support/ledger-comparison.ts';
import { type SampleFile, writeSampleFile } from '../support/sample-file.ts';
import { openSiteStage } from '../support/site-stage.ts';

const { simulator, openSite } = await openSiteStage();
let site: CardliftSite;

beforeEach(async () => {
  site = await openSite();
});

const redrive = (more: readonly string[] = []) =>
  site.start(['redrive', site.merchantId, '--yes', '--json', '--out', site.outFolder, ...more]);

/** The file with some rows' cards replaced, and only those rows. */
async function writeFixedFile(file: SampleFile, cards: ReadonlyMap<number, string>): Promise<string> {
  const rows = parse(await readFile(file.path), { columns: true }) as Record<string, string>[];
  const fixed = rows.flatMap((cells, index) => {
    const card = cards.get(index + 1);
    return card === undefined ? [] : [{ ...cells, card_number: card }];
  });
  const path = join(site.folder, 'fixed.csv');
  await writeFile(path, stringify(fixed, { header: true }));
  return path;
}

test('a redrive of a cancelled batch that is killed with -9 continues with the same command, and every row is charged once', async () => {
  // Slow, so that the batch cannot end before the cancellation, however slow the machine is.
  await simulator.settings({ latencyMs: midBatchLatencyMs, ratePerS: 4 });
  const file = await writeSampleFile(site.folder, 60);
  const first = site.startRun(file.path, midBatchFlags);
  await reachMidBatch(simulator, 8);
  await simulator.settings({ ratePerS: 1 });
  assert.equal((await site.start(['cancel', site.merchantId]).exited).code, 0);
  const ended = await first.exited;
  assert.equal(ended.code, 3, ended.stderr);
  const cancelled = await compareSample(simulator, site, file);
  assert.ok((cancelled.counts.not_sent ?? 0) > 8, JSON.stringify(cancelled.counts));

  await simulator.settings({ ratePerS: 2 });
  const killed = redrive();
  const { charges } = await simulator.stats();
  await reachMidBatch(simulator, charges + 4);
  assert.equal((await killed.kill()).signal, 'SIGKILL', 'it was alive when it was killed');
  await simulator.settings({ ratePerS: null });

  const again = await redrive().exited;
  assert.match(again.stderr, /Continuing pass 2/);
  const { counts, unknownRows, manifest } = await compareSample(simulator, site, file);
  assert.ok(unknownRows.length <= 8);
  assert.deepEqual(
    [counts.tokenized, (manifest as unknown as { pass: number }).pass],
    [60 - unknownRows.length, 2],
  );
  assert.equal(again.code, unknownRows.length === 0 ? 0 : 1, again.stderr);
  const stats = await simulator.stats();
  assert.equal(
    stats.requests - (stats.byStatus['429'] ?? 0),
    stats.charges,
    'nothing that was processed was sent again',
  );
});

test('a redrive sends what the catalogue allows and a fixed file supplies, and never a row that may have been charged', async () => {
  const faults = new Map([
    [2, 'drop-after'],
    [3, 'declined-soft'],
    [4, 'declined-hard'],
    [5, 'status-400'],
    [6, 'without-token'],
  ] as const);
  const file = await writeSampleFile(site.folder, 10, (row) => faults.get(row as 2));
  const rows = parse(await readFile(file.path), { columns: true }) as Record<string, string>[];
  const wrong = rows.map((cells, index) =>
    index === 8 ? { ...cells, card_number: '4000000000001092' } : cells,
  );
  await writeFile(file.path, stringify(wrong, { header: true }));
  assert.equal((await site.startRun(file.path).exited).code, 1);
  const before = await compareSample(simulator, site, file);
  assert.deepEqual(before.counts, {
    tokenized: 4,
    unknown: 1,
    declined: 2,
    failed: 1,
    charged_without_token: 1,
    rejected: 1,
  });
  const { requests } = await simulator.stats();

  const plain = await redrive().exited;
  assert.match(plain.stderr, /1 to send again\n {2}1 request_refused/);
  assert.match(plain.stderr, /1 of those may have been charged: resolve them first with `cardlift resolve /);
  assert.equal((await simulator.stats()).requests, requests + 1, 'the failed row was sent, and no other');

  const soft = await redrive(['--only', 'declined_soft', '--include', 'soft-declines']).exited;
  assert.match(soft.stderr, /1 to send again\n {2}1 declined_soft/);
  assert.equal((await simulator.stats()).requests, requests + 2);

  const fixed = await writeFixedFile(
    file,
    new Map([
      [1, generatedCardNumber(900_001)],
      [2, generatedCardNumber(900_002)],
      [4, generatedCardNumber(900_004)],
      [5, generatedCardNumber(900_005)],
      [9, generatedCardNumber(900_009)],
    ]),
  );
  const exit = await redrive([fixed]).exited;
  assert.equal(exit.code, 1, exit.stderr);
  assert.match(exit.stderr, /2 to send again/);
  assert.match(
    exit.stderr,
    /3 of those have a different card than the batch: THE NEW CARD IS NOT SENT \(line 2, 3, 4\)/,
  );
  const { counts, results } = await compareWithLedger({
    simulator,
    folder: site.outFolder,
    merchantRefs: file.rows.map(({ merchantRef }) => merchantRef),
  });
  assert.deepEqual(counts, { tokenized: 6, unknown: 1, declined: 2, charged_without_token: 1 });
  assert.deepEqual(
    [results[4]?.sends, results[8]?.sends, results[2]?.sends],
    ['3', '1', '2'],
    'sends add up over the passes',
  );
  assert.equal((await simulator.stats()).requests, requests + 4);

  const nothing = await redrive().exited;
  assert.equal(nothing.code, 0, nothing.stderr);
  assert.match(nothing.stderr, /no row to send again/);
  assert.equal((await site.start(['redrive', site.merchantId, '--only', 'unknown_timeout']).exited).code, 2);
});

test('a fixed file with a reference that the batch does not have is refused, and nothing is planned', async () => {
  const file = await writeSampleFile(site.folder, 3, (row) => (row === 2 ? 'status-400' : undefined));
  await site.startRun(file.path).exited;
  const { requests } = await simulator.stats();
  const other = await writeSampleFile(site.folder, 2);
  const text = (await readFile(other.path, 'utf8')).replaceAll(
    other.rows[0]?.merchantRef ?? '',
    'another-ref',
  );
  await writeFile(other.path, text);
  const exit = await redrive([other.path]).exited;
  assert.equal(exit.code, 2, exit.stderr);
  assert.match(exit.stderr, /1 reference that the batch does not have \(line 2\)/);
  assert.equal((await simulator.stats()).requests, requests);
});

test('run, resolve, redrive: unknown rows are resolved from the gateway’s records, those not charged are sent again, and every row is explained', async () => {
  const faults = new Map([
    [2, 'drop-after'],
    [4, 'error-before'],
    [6, 'without-token'],
  ] as const);
  const file = await writeSampleFile(site.folder, 8, (row) => faults.get(row as 2));
  assert.equal((await site.startRun(file.path).exited).code, 1);
  const before = await compareSample(simulator, site, file);
  assert.deepEqual(before.counts, { tokenized: 5, unknown: 2, charged_without_token: 1 });

  // What a person would find in the gateway's dashboard.
  const byRef = new Map(before.charges.map((charge) => [charge.merchantTxnRef, charge]));
  const unresolved = join(site.outFolder, 'unresolved.csv');
  const lines = parse(await readFile(unresolved), { columns: true }) as Record<string, string>[];
  const resolved = lines.map((cells) => {
    if (cells.outcome !== 'unknown') return cells;
    assert.match(cells.sent_at ?? '', /^\d{4}-.*Z$/);
    const charge = byRef.get(cells.merchant_txn_ref ?? '');
    return charge === undefined
      ? { ...cells, resolution: 'not_charged' }
      : {
          ...cells,
          resolution: 'tokenized',
          transaction_id: charge.transactionId,
          stored_payment_method_id: charge.storedPaymentMethodId ?? '',
        };
  });
  await writeFile(unresolved, stringify(resolved, { header: true }));
  const settled = await site.start(['resolve', site.merchantId, unresolved, '--yes', '--out', site.outFolder])
    .exited;
  assert.equal(settled.code, 0, settled.stderr);

  const fixed = await writeFixedFile(file, new Map([[4, generatedCardNumber(910_004)]]));
  const exit = await redrive([fixed]).exited;
  assert.equal(exit.code, 1, 'a charge without a token is left');
  const { counts, manifest } = await compareSample(simulator, site, file);
  assert.deepEqual(counts, { tokenized: 7, charged_without_token: 1 });
  assert.deepEqual(Object.values(manifest.charged).length, 1);
});
