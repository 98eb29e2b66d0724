import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLedger, type Ledger } from '../../src/simulator/ledger.ts';

const card = '4000000000001091';

async function createLedgerFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-ledger-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'ledger.jsonl');
}

function charge(ledger: Ledger, transactionId: string): void {
  ledger.charge({
    merchantTxnRef: `ref-${transactionId}`,
    cardFingerprint: ledger.fingerprintOf(card),
    cardLast4: card.slice(-4),
    amount: '1000',
    currency: 'JPY',
    storedPaymentMethodId: `stored-${transactionId}`,
    transactionId,
    at: '2030-01-01T00:00:00.000Z',
  });
}

test('A ledger file keeps charges and answers across a restart, and recognizes a card', async (t) => {
  const file = await createLedgerFile(t);
  const before = await createLedger(file);
  charge(before, 't1');
  charge(before, 't2');
  before.markAnswered('t1');
  before.close();

  const after = await createLedger(file);
  t.after(() => after.close());
  assert.deepEqual(after.charges, before.charges);
  assert.deepEqual(
    after.charges.map((one) => one.answered),
    [true, false],
  );
  assert.equal(after.cardsChargedTwice, 1);
  charge(after, 't3');
  assert.equal(after.distinctCards, 1);
});

test('Neither the ledger file nor its key file contains a card number, and only the owner may read them', async (t) => {
  const file = await createLedgerFile(t);
  const ledger = await createLedger(file);
  charge(ledger, 't1');
  ledger.close();
  for (const path of [file, `${file}.key`]) {
    const text = await readFile(path, 'utf8');
    assert.ok(text.length > 0);
    assert.ok(!text.includes(card));
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  }
});

test('A last line cut short by a kill is removed, and the file continues', async (t) => {
  const file = await createLedgerFile(t);
  const first = await createLedger(file);
  charge(first, 't1');
  charge(first, 't2');
  first.close();
  await truncate(file, (await stat(file)).size - 20);

  const second = await createLedger(file);
  charge(second, 't3');
  second.close();
  const third = await createLedger(file);
  t.after(() => third.close());
  assert.deepEqual(
    third.charges.map((one) => one.transactionId),
    ['t1', 't3'],
  );
});

test('An invalid complete line stops the start and is named by its number', async (t) => {
  const file = await createLedgerFile(t);
  const ledger = await createLedger(file);
  charge(ledger, 't1');
  ledger.close();
  await appendFile(file, '{"surprise":1}\n');
  await assert.rejects(createLedger(file), /line 2 is not one of a ledger/);
});

test('A cleared ledger is empty, after a restart too', async (t) => {
  const file = await createLedgerFile(t);
  const ledger = await createLedger(file);
  charge(ledger, 't1');
  ledger.clear();
  assert.equal(ledger.charges.length, 0);
  charge(ledger, 't2');
  ledger.close();
  const after = await createLedger(file);
  t.after(() => after.close());
  assert.deepEqual(
    after.charges.map((one) => one.transactionId),
    ['t2'],
  );
});

test('Two ledgers without a file give the same card different fingerprints', async () => {
  const [one, other] = [await createLedger(), await createLedger()];
  assert.equal(one.fingerprintOf(card), one.fingerprintOf(card));
  assert.notEqual(one.fingerprintOf(card), other.fingerprintOf(card));
});
