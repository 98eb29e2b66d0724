/* A whole batch through a provider's gateway that the program knows by one line only. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import { amountOf, fakeKeys, startFakeVault } from '../gateway/second-provider/fake-vault.ts';
import { secondProviderLoader } from '../gateway/second-provider/list-second-provider.ts';
import { createCardliftSite } from '../support/cardlift-process.ts';
import { startTemporalServer } from '../support/temporal-server.ts';

const longName = 'x'.repeat(41);

/** Each row's amount, and the expected outcome. */
const rows = [
  { amount: '1000', outcome: 'tokenized', code: '' },
  // A length that the vault accepts and Payment Options does not.
  { amount: '1000', outcome: 'tokenized', code: '', card: '6759560045005727054' },
  { amount: amountOf.hardDecline, outcome: 'declined', code: 'declined_hard' },
  { amount: amountOf.softDecline, outcome: 'declined', code: 'declined_soft' },
  { amount: amountOf.challenge, outcome: 'declined', code: 'three_d_secure_required' },
  { amount: amountOf.busyAtFirst, outcome: 'tokenized', code: '' },
  { amount: amountOf.lostAnswer, outcome: 'unknown', code: 'unknown_connection_lost' },
  { amount: amountOf.chargedUnder500, outcome: 'unknown', code: 'unknown_contradiction' },
  { amount: '1000', outcome: 'rejected', code: 'cardholder_name_too_long', name: longName },
  { amount: '1000', outcome: 'tokenized', code: '' },
] as const;

async function openVaultSite(t: Parameters<typeof startFakeVault>[0]) {
  const temporal = await startTemporalServer();
  const vault = await startFakeVault(t);
  const site = await createCardliftSite({
    // The default provider's address, at which nothing listens.
    baseUrl: 'http://127.0.0.1:1',
    temporalAddress: temporal.address,
    // In the built program, the list of providers is no file that can be replaced.
    isBuilt: false,
    environment: {
      NODE_OPTIONS: `--import tsx --import ${secondProviderLoader}`,
      CARDLIFT_GATEWAY: 'example-vault',
      EXAMPLE_VAULT_URL: vault.baseUrl,
      EXAMPLE_VAULT_TIMEOUT_MS: '2000',
      ...fakeKeys,
    },
  });
  t.after(async () => {
    await site.remove();
    await temporal.stop();
  });
  return { vault, site };
}

test('a batch for a second provider ends with its results, and each card is charged once', async (t) => {
  const { vault, site } = await openVaultSite(t);
  const path = join(site.folder, 'cards.csv');
  const lines = rows.map((row, index) => {
    const card = 'card' in row ? row.card : generatedCardNumber(index);
    return `ref-${index},${card},12/2039,${row.amount},JPY,${'name' in row ? row.name : 'A'}`;
  });
  await writeFile(
    path,
    `merchant_ref,card_number,expiry,amount,currency,cardholder_name\n${lines.join('\n')}\n`,
  );

  const exit = await site.startRun(path).exited;
  assert.equal(exit.code, 1, exit.stderr);
  const results: readonly Record<string, string>[] = parse(
    await readFile(join(site.outFolder, 'results.csv')),
    { columns: true },
  );
  assert.deepEqual(
    results.map(({ outcome, error_code }) => [outcome, error_code]),
    rows.map(({ outcome, code }) => [outcome, code]),
  );
  assert.deepEqual(
    results.map(({ sends }) => sends),
    ['1', '1', '1', '1', '1', '2', '1', '1', '0', '1'],
  );
  // Every token is in the row whose request was charged for it.
  const tokens = new Map(vault.charges.map(({ reference, token }) => [reference, token]));
  for (const line of results) {
    const isKept = line.outcome === 'tokenized' || line.error_code === 'unknown_contradiction';
    const charged = tokens.get(line.merchant_txn_ref ?? '');
    assert.equal(line.stored_payment_method_id, isKept ? charged : '', line.merchant_ref);
  }
  assert.equal(vault.charges.length, 6);
  assert.equal(new Set(vault.references).size, vault.references.length, 'no request was sent twice');
});

test('doctor names the settings of the chosen provider', async (t) => {
  const { site } = await openVaultSite(t);
  const exit = await site.start(['doctor', '--json'], { EXAMPLE_VAULT_SIGNING_SECRET: '' }).exited;
  const { checks } = JSON.parse(exit.stdout) as { checks: { name: string; status: string; text: string }[] };
  const settings = checks.find(({ name }) => name === 'settings');
  assert.equal(settings?.status, 'fail');
  assert.match(settings?.text ?? '', /EXAMPLE_VAULT_SIGNING_SECRET not set/);
  assert.equal(checks.find(({ name }) => name === 'gateway')?.status, 'ok');
  const wrong = await site.start(['doctor'], { CARDLIFT_GATEWAY: 'another' }).exited;
  assert.match(wrong.stdout, /CARDLIFT_GATEWAY must be one of:/);
});
