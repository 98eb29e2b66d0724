import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import { createCardliftSite } from '../support/cardlift-process.ts';
import { readResultFile } from '../support/ledger-comparison.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { startSimulatorProcess } from '../support/simulator-process.ts';
import { startTemporalServer } from '../support/temporal-server.ts';

const temporal = await startTemporalServer();
const simulator = await startSimulatorProcess();
const site = await createCardliftSite({ baseUrl: simulator.baseUrl, temporalAddress: temporal.address });

after(async () => {
  await site.remove();
  await simulator.stop();
  await temporal.stop();
});

test('a delta file weeks later: references with a token are skipped and not charged, a changed card waits for a person', async () => {
  const march = await writeSampleFile(site.folder, 4);
  assert.equal((await site.startRun(march.path).exited).code, 0);
  const tokens = (await readResultFile(site.outFolder, 'results.csv')).map(
    ({ stored_payment_method_id }) => stored_payment_method_id,
  );
  const { charges: before } = await simulator.ledger();

  const april = await writeSampleFile(site.folder, 6);
  const marchRows = parse(await readFile(march.path), { columns: true }) as Record<string, string>[];
  const aprilRows = parse(await readFile(april.path), { columns: true }) as Record<string, string>[];
  const rows = aprilRows.map((cells, index) => {
    const known = marchRows[index];
    if (known === undefined) return { ...cells, merchant_ref: `new-${index + 1}` };
    return index === 3 ? { ...known, card_number: generatedCardNumber(920_004) } : known;
  });
  await writeFile(april.path, stringify(rows, { header: true }));
  const results = join(site.outFolder, 'results.csv');
  const out = join(site.folder, 'april');
  const flags = ['--skip-tokenized-in', results, '--batch', 'april', '--out', out];
  const exit = await site.startRun(april.path, flags).exited;
  assert.equal(exit.code, 1, exit.stderr);
  assert.match(exit.stderr, /6: 2 to send, 3 skipped \(already tokenized\), 1 rejected/);
  assert.match(exit.stderr, /Charges .* in 2 rows/);
  assert.match(exit.stderr, /card_changed: [\s\S]*\(1; line 5\)/);

  const { charges } = await simulator.ledger();
  assert.equal(charges.length, before.length + 2, 'the two new rows were charged, and nothing else');
  assert.equal((await simulator.stats()).requests, charges.length);
  const lines = await readResultFile(out, 'results.csv');
  assert.deepEqual(
    lines.map(({ outcome, error_code, sends }) => [outcome, error_code, sends]),
    [
      ...Array.from({ length: 3 }, () => ['skipped', 'already_tokenized', '0']),
      ['rejected', 'card_changed', '0'],
      ['tokenized', '', '1'],
      ['tokenized', '', '1'],
    ],
  );
  assert.deepEqual(
    lines.slice(0, 4).map(({ stored_payment_method_id }) => stored_payment_method_id),
    [...tokens.slice(0, 3), ''],
  );
  assert.equal((await readResultFile(out, 'charges.csv')).length, 2);
  const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'));
  assert.deepEqual([manifest.outcomes.skipped, manifest.earlier_results.length], [3, 1]);

  const redrive = ['redrive', 'april', april.path, '--yes', '--out', out];
  const none = await site.start(redrive).exited;
  assert.match(none.stderr, /no row to send again/);
  const changed = await site.start([...redrive, '--only', 'card_changed']).exited;
  assert.equal(changed.code, 0, changed.stderr);
  assert.equal(
    (await simulator.ledger()).charges.length,
    charges.length + 1,
    'the new card was charged, once',
  );
  const merged = await readResultFile(out, 'results.csv');
  assert.deepEqual(
    merged.map(({ outcome }) => outcome),
    ['skipped', 'skipped', 'skipped', 'tokenized', 'tokenized', 'tokenized'],
  );
});
