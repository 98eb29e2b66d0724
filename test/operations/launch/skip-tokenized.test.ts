import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { stringify } from 'csv-stringify/sync';
import { maskCardNumber } from '../../../src/domain/card.ts';
import { OperationRefused } from '../../../src/operations/errors.ts';
import { openSkipPlan, refuseOtherSkips } from '../../../src/operations/launch/skip-tokenized.ts';
import { resultColumns } from '../../../src/results/result-files.ts';
import { skipDecisionsKey } from '../../../src/storage/layout.ts';
import { readSkipDecisions, SkipDecisionsError } from '../../../src/storage/skip-decisions.ts';
import { createTestContext } from '../../support/app-context.ts';
import { batchId, createOperatorKey, createRecord, createSendableRow } from '../../support/batches.ts';
import { createTemporaryFolder } from '../../support/temporary-folder.ts';

const cardOf = (row: number): string => maskCardNumber(createSendableRow(row).cardNumber);

/**
 * Results in which row 1 has a token, row 2 has one for another card, and row 3 is unknown if
 * requested.
 */
async function openPlan(t: TestContext, third: 'declined' | 'unknown' = 'declined') {
  const folder = await createTemporaryFolder(t);
  const context = createTestContext(folder, 'http://127.0.0.1:1');
  const lines = [
    { row: 1, outcome: 'tokenized', stored_payment_method_id: 'pm-1', card: cardOf(1) },
    { row: 2, outcome: 'tokenized', stored_payment_method_id: 'pm-2', card: '411111******1111' },
    { row: 3, outcome: third, card: cardOf(3) },
  ].map((cells) => ({ ...cells, merchant_ref: `ref-${cells.row}` }));
  const path = join(folder, 'results.csv');
  await writeFile(path, stringify(lines, { header: true, columns: [...resultColumns] }));
  const open = () => openSkipPlan([path], { merchantId: 'm', isLive: false });
  const plan = await open();
  assert.ok(plan !== undefined);
  return { context, path, plan, open, storage: await context.storage() };
}

test('skip decisions are kept beside the batch, and read back for each row', async (t) => {
  const { plan, storage } = await openPlan(t);
  const kinds = [1, 2, 3, 4].map((row) => plan.apply(createSendableRow(row)).kind);
  assert.deepEqual(kinds, ['skipped', 'rejected', 'sendable', 'sendable']);
  plan.refuseUnresolved();
  const earlierResults = await plan.keep(storage, batchId);
  assert.deepEqual(
    [earlierResults.skippedRows, earlierResults.changedCards, earlierResults.files.length],
    [1, 1, 1],
  );
  assert.deepEqual(
    [...(await readSkipDecisions(storage, batchId, earlierResults.sha256)).values()],
    [
      { kind: 'skipped', row: 1, storedPaymentMethodId: 'pm-1' },
      { kind: 'card_changed', row: 2 },
    ],
  );
});

test('skipped rows that were then changed or removed are not used', async (t) => {
  const { plan, storage } = await openPlan(t);
  plan.apply(createSendableRow(1));
  const { sha256 } = await plan.keep(storage, batchId);
  const key = skipDecisionsKey(batchId, sha256);
  await storage.files.replace(key, '{"kind":"skipped","row":4,"storedPaymentMethodId":"pm-4"}\n');
  await assert.rejects(readSkipDecisions(storage, batchId, sha256), SkipDecisionsError);
  await storage.files.remove(key);
  await assert.rejects(readSkipDecisions(storage, batchId, sha256), /are missing/);
});

test('a row that may have been charged by the earlier results makes the start fail, with its line and the remedy', async (t) => {
  const { plan } = await openPlan(t, 'unknown');
  plan.apply(createSendableRow(3));
  assert.throws(
    () => plan.refuseUnresolved(),
    /1 row is unknown or charged_without_token .*\(line 4\)[\s\S]*resolve BATCH/,
  );
});

test('results of another merchant, or of the sandbox for a live batch, are refused by their manifest', async (t) => {
  const { path, plan } = await openPlan(t);
  const manifest = {
    batch_id: 'cardlift/m/march',
    merchant_id: 'm',
    sha256: { 'results.csv': plan.files[0]?.sha256 },
    settings: { is_live: false },
  };
  await writeFile(join(path, '..', 'manifest.json'), JSON.stringify(manifest));
  const open = (merchantId: string, isLive: boolean) => openSkipPlan([path], { merchantId, isLive });
  assert.equal((await open('m', false))?.files[0]?.manifest?.batchId, 'cardlift/m/march');
  await assert.rejects(open('n', false), /another merchant/);
  await assert.rejects(open('m', true), /a sandbox batch and this one is live/);
});

test('an open batch continues only with the results that it was started with', async (t) => {
  const { plan, storage, open } = await openPlan(t);
  const earlierResults = await plan.keep(storage, batchId);
  const record = createRecord(createOperatorKey(), 4, { earlierResults });
  refuseOtherSkips(record, undefined);
  refuseOtherSkips(record, await open());
  assert.throws(
    () => refuseOtherSkips({ ...record, earlierResults: { ...earlierResults, files: [] } }, plan),
    OperationRefused,
  );
  assert.throws(() => refuseOtherSkips(createRecord(createOperatorKey(), 4), plan), /skips nothing/);
});
