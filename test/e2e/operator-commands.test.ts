import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { createCardliftSite } from '../support/cardlift-process.ts';
import { assertAsDocumented } from '../support/documented-json.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { startSimulatorProcess } from '../support/simulator-process.ts';
import { startTemporalServer } from '../support/temporal-server.ts';

test('an operator starts a batch on a terminal, inspects it while it runs, and reads about it later without a card number', async (t) => {
  const temporal = await startTemporalServer();
  t.after(() => temporal.stop());
  const simulator = await startSimulatorProcess();
  t.after(() => simulator.stop());
  const site = await createCardliftSite({ baseUrl: simulator.baseUrl, temporalAddress: temporal.address });
  t.after(() => site.remove());
  const shown: string[] = [];
  const ask = async (...args: string[]) => {
    const exit = await site.start(args).exited;
    shown.push(exit.stdout, exit.stderr);
    return exit;
  };
  const askJson = async (...args: string[]) => {
    const exit = await ask(...args, '--json');
    assert.equal(exit.code, 0, exit.stderr);
    return JSON.parse(exit.stdout);
  };

  const file = await writeSampleFile(site.folder, 30, (row) => (row === 2 ? 'declined-soft' : undefined));
  const run = site.startOnTerminal([
    'run',
    file.path,
    '--merchant-id',
    site.merchantId,
    '--batch',
    'first',
    '--rate',
    '3',
  ]);
  await run.waitForLine(/Start the batch\?/);
  run.type('y\r');
  await run.waitForLine(/\[[#.]{24}\] +\d+ %.*sending/);

  assert.equal((await ask('pause', 'first')).code, 0, shown.at(-1));
  // Whenever it looks, every row is in exactly one state.
  const partial = await askJson('results', 'first', '--partial', '--out', site.outFolder);
  assertAsDocumented('results --partial', partial);
  assert.equal(partial.status, 'partial');
  assert.equal(partial.ended + partial.in_flight + partial.waiting, 30);
  const lines = parse(await readFile(join(site.outFolder, 'results.partial.csv')), { columns: true }) as {
    state: string;
    outcome: string;
    merchant_ref: string;
  }[];
  assert.deepEqual(
    lines.map(({ merchant_ref: ref }) => ref),
    file.rows.map(({ merchantRef }) => merchantRef),
  );
  for (const { state, outcome } of lines) assert.equal(state === 'ended', outcome !== '', state);

  assert.equal((await ask('resume', 'first')).code, 0, shown.at(-1));
  const exit = await run.exited;
  assert.equal(exit.code, 1, exit.stdout);
  assert.match(exit.stdout, /Finished: 30 rows: 29 tokenized, 1 declined/);
  shown.push(exit.stdout, await readFile(join(site.outFolder, 'results.partial.csv'), 'utf8'));

  const { rows } = await askJson('show', 'first', file.rows[1]?.merchantRef ?? '');
  assert.deepEqual(
    [rows.length, rows[0].outcome, rows[0].error_code, rows[0].sends.length, rows[0].sends[0].result],
    [1, 'declined', 'declined_soft', 1, 'answered'],
  );
  const report = await ask('report', 'first');
  assert.match(report.stdout, /^\| tokenized \| 29 \| 96\.7 % \|/m);
  assert.match(report.stdout, /^- 1 row: declined for now/m);

  // The same rows in another file, plus the declined one and a new one.
  const again = join(site.folder, 'again.csv');
  await writeFile(again, `${await readFile(file.path, 'utf8')}\n`);
  const preview = await ask('run', again, '--merchant-id', site.merchantId);
  assert.equal(preview.code, 2);
  assert.match(
    preview.stderr,
    /references that have a token and would be charged again;[^(]*\(29; row 1, 3,/,
  );
  assert.equal((await simulator.stats()).requests, 30);

  const { charges } = await simulator.stats();
  const { is_ok: isOk, checks } = await askJson('doctor');
  assert.ok(isOk);
  const statusOf = (name: string) => checks.find((check: { name: string }) => check.name === name)?.status;
  // A stopped worker may stay in the server's list for a while, so its status is not checked here.
  assert.deepEqual(
    ['settings', 'gateway', 'clock', 'key', 'temporal'].map(statusOf),
    Array.from({ length: 5 }, () => 'ok'),
  );
  assert.equal((await simulator.stats()).charges, charges, 'doctor sends no payment');

  assert.equal((await ask('purge', 'first', '--yes')).code, 1);
  const purged = await askJson('purge', 'first', '--yes', '--even-with-rows-left');
  assert.deepEqual(purged, {
    batch_id: `cardlift/${site.merchantId}/first`,
    removed_files: 1,
    state: 'purged',
  });
  const [listed] = await askJson('list');
  assertAsDocumented('status', listed);
  assertAsDocumented('status', await askJson('status', 'first'));
  assertAsDocumented('results', await askJson('results', 'first'));
  const watched = await ask('watch', 'first', '--json');
  assertAsDocumented('watch', JSON.parse(watched.stdout));
  assert.deepEqual([listed.status, listed.staged_data.state], ['finished', 'purged']);
  assert.equal((await ask('show', 'first', '--row', '30')).code, 0);

  const all = shown.join('\n');
  for (const { cardNumber } of file.rows) assert.ok(!all.replace(/[\s-]/g, '').includes(cardNumber));
});
