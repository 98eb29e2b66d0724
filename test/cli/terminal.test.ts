import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { listBatches } from '../../src/storage/batch-index.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { type CardliftSite, createCardliftSite } from '../support/cardlift-process.ts';
import { createPlainLine, plainHeader } from '../support/merchant-file.ts';
import { testKey } from '../support/storage-key.ts';

const escapeCode = '\u001b';
let site: CardliftSite;
let file: string;

before(async () => {
  // Nothing listens there: nothing may reach a gateway.
  site = await createCardliftSite({ baseUrl: 'http://127.0.0.1:1' });
  file = join(site.folder, 'cards.csv');
  await writeFile(file, plainHeader + createPlainLine('a') + createPlainLine('b', '5555555555554444'));
});
after(() => site.remove());

const run = (...more: string[]) => ['run', file, '--merchant-id', site.merchantId, ...more];

async function batches(): Promise<string[]> {
  return await listBatches(await openLocalStorage(site.storageFolder, testKey));
}

for (const [circumstance, keys, exitCode, words] of [
  ['who answers no', 'n\r', 2, /Not started: not confirmed/],
  ['who ends the input', '\u0004', 2, /Not started: not confirmed/],
  ['who presses Ctrl-C', '\u0003', 130, /Interrupted at the prompt\. Nothing was done/],
] as const) {
  test(`an operator ${circumstance} at the question has started nothing`, async () => {
    const command = site.startOnTerminal(run());
    await command.waitForLine(/Start the batch\? \[y\/N\]/);
    assert.match(command.stdout, /Charges {3}2 × 1000 JPY = 2000 JPY/);
    command.type(keys);
    const exit = await command.exited;
    assert.equal(exit.code, exitCode, exit.stdout);
    assert.match(exit.stdout, words);
    assert.deepEqual(await batches(), []);
  });
}

test('LIVE stands out on a terminal, and is plain with NO_COLOR', async () => {
  const live = { PAYMENT_OPTIONS_BASE_URL: 'https://gateway.invalid' };
  for (const [environment, isColored] of [
    [live, true],
    [{ ...live, NO_COLOR: '1' }, false],
  ] as const) {
    const command = site.startOnTerminal(run('--live'), environment);
    await command.waitForLine(/Start the batch\?/);
    assert.match(command.stdout, /LIVE: every row sent is a real payment/);
    assert.equal(command.stdout.includes(`${escapeCode}[1;31mLIVE`), isColored);
    assert.match(command.stdout, /card_number_test_card/);
    command.type('n\r');
    await command.exited;
  }
});

test('without a terminal no question is asked, nothing is started, and no control character is written', async () => {
  const exit = await site.start(run()).exited;
  assert.equal(exit.code, 2);
  assert.match(exit.stderr, /Add --yes/);
  assert.doesNotMatch(exit.stdout + exit.stderr, /[^\n\P{Cc}]/u);
  assert.deepEqual(await batches(), []);
});

test('a live gateway without --live is refused before the file is read', async () => {
  const exit = await site.start(run(), { PAYMENT_OPTIONS_BASE_URL: 'https://gateway.invalid' }).exited;
  assert.equal(exit.code, 2);
  assert.match(exit.stderr, /--live/);
  assert.doesNotMatch(exit.stderr, /Charges/);
});
