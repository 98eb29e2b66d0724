/* Cardlift refuses what would keep a batch from being sent or copied before the batch exists. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type CardliftExit, type CardliftSite, createCardliftSite } from '../support/cardlift-process.ts';
import { createPlainLine, plainHeader } from '../support/merchant-file.ts';

let site: CardliftSite;
let file: string;

beforeEach(async () => {
  // Nothing listens there: nothing may reach a gateway or a Temporal server.
  site = await createCardliftSite({ baseUrl: 'http://127.0.0.1:1', temporalAddress: '127.0.0.1:1' });
  file = join(site.folder, 'cards.csv');
  await writeFile(file, plainHeader + createPlainLine('a') + createPlainLine('b', '5555555555554444'));
});
afterEach(() => site.remove());

function assertNothingMade(exit: CardliftExit, why: RegExp): void {
  assert.equal(exit.code, 2, exit.stderr);
  assert.match(exit.stderr, why);
  for (const folder of ['batches', 'index', 'accounts']) {
    assert.ok(!existsSync(join(site.storageFolder, folder)), folder);
  }
}

for (const [missing, environment] of [
  ['PAYMENT_OPTIONS_AUTHORIZATION', { PAYMENT_OPTIONS_AUTHORIZATION: '' }],
  ['PAYMENT_OPTIONS_X_API_KEY', { PAYMENT_OPTIONS_X_API_KEY: '' }],
  [
    'PAYMENT_OPTIONS_AUTHORIZATION and PAYMENT_OPTIONS_X_API_KEY',
    { PAYMENT_OPTIONS_AUTHORIZATION: '', PAYMENT_OPTIONS_X_API_KEY: '' },
  ],
] as const) {
  test(`run without ${missing} is refused before the file is claimed, and names what to set`, async () => {
    const exit = await site.startRun(file, [], environment).exited;
    assertNothingMade(exit, new RegExp(`set ${missing} in the environment`));
    assert.ok(!existsSync(site.storageFolder), 'not even the storage was made');
  });
}

test('run with an --out that cannot be written is refused before the file is claimed', async () => {
  const exit = await site.startRun(file, ['--out', join(file, 'results')]).exited;
  assertNothingMade(exit, /cards\.csv is not a folder/);
});

const header = 'merchant_ref,card_number,expiry';
const row = 'a,4111111111111111,12/39';
const files: readonly (readonly [circumstance: string, text: string, why: RegExp])[] = [
  ['no amount column and no --amount', `${header},currency\n${row},JPY\n`, /amount.*--amount/],
  ['no currency column and no --currency', `${header},amount\n${row},1\n`, /currency.*--currency/],
  [
    'an amount column that is empty in every row',
    `${header},amount,currency\n${row},,JPY\nb,5555555555554444,12/39,,JPY\n`,
    /No row of the file has an amount.*--amount/,
  ],
  [
    'a currency column that is empty in every row, of which one cannot be read',
    `${header},amount,currency\n${row},1,\nb\n`,
    /No row of the file has a currency.*--currency/,
  ],
];

for (const [circumstance, text, why] of files) {
  test(`a file with ${circumstance} is refused as a whole before it is claimed, and the remedy is named`, async () => {
    await writeFile(file, text);
    assertNothingMade(await site.startRun(file).exited, why);
  });
}

test('a file of which only some rows lack the amount is not refused: those rows are', async () => {
  await writeFile(file, `${header},amount,currency\n${row},,JPY\nb,5555555555554444,12/39,1,JPY\n`);
  const exit = await site.start(['run', file, '--merchant-id', site.merchantId]).exited;
  assert.match(exit.stderr, /amount_missing/);
  assert.match(exit.stderr, /Add --yes/);
});
