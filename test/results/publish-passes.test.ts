import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { definedOf } from '../../src/domain/defined.ts';
import { type RowErrorCode, rowErrorCodes } from '../../src/domain/error-codes.ts';
import { runsOf, shardSizeRows } from '../../src/domain/shard-plan.ts';
import { readManifest } from '../../src/results/manifest.ts';
import { ConservationError } from '../../src/results/merged-shard.ts';
import { type OutcomeLine, unansweredLine } from '../../src/results/outcome-line.ts';
import { publishBatch } from '../../src/results/publish-batch.ts';
import { batchFolder, resultKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import type { FileStore, Storage } from '../../src/storage/storage.ts';
import { batchId, createSendableRow, stageRows } from '../support/batches.ts';
import { createPassPlan } from '../support/decisions.ts';
import { writeOutcomeLines } from '../support/outcome-lines.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const codes = Object.keys(rowErrorCodes) as RowErrorCode[];

/** A row's line in a pass; without a code it is tokenized. */
function lineOf(pass: number, row: number, code: RowErrorCode | undefined): OutcomeLine {
  const line = unansweredLine(
    createSendableRow(row),
    { sends: 1 },
    {
      outcome: code === undefined ? 'tokenized' : rowErrorCodes[code].outcome,
      ...definedOf({ errorCode: code }),
      merchantTxnRef: `abcdefghijkl-p${pass}-r${row}-n1`,
    },
  );
  const isCharged = code === undefined || code === 'charged_no_token';
  return {
    ...line,
    ...(isCharged ? { isCharged, transactionId: `txn-${pass}-${row}` } : {}),
    ...(code === undefined ? { storedPaymentMethodId: `pm-${pass}-${row}` } : {}),
  };
}

async function openBatch(t: TestContext, rowCount: number) {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const rows = Array.from({ length: rowCount }, (_, index) => createSendableRow(index + 1));
  const { record, staging } = await stageRows(storage, rows);
  return {
    storage,
    plan: (pass: number, planned: readonly number[]) =>
      createPassPlan(storage, batchId, {
        pass,
        createdAt: '2026-01-05T00:00:00.000Z',
        createdBy: 'mia@desk',
        includesSoftDeclines: true,
        rows: planned.length,
        amounts: {},
        runs: runsOf(planned),
      }),
    write: (pass: number, shard: number, lines: readonly OutcomeLine[]) =>
      writeOutcomeLines(storage, { batchId, pass, shard }, lines),
    /** `meanwhile` runs once the files are written but before any is committed. */
    publish: (pass: number, meanwhile?: () => Promise<unknown>) =>
      publishBatch({
        storage: meanwhile === undefined ? storage : interruptedOnce(storage, meanwhile),
        record,
        staging,
        pass,
        isCancelled: false,
        versions: {},
        publishedAt: '2026-01-02T00:00:00.000Z',
      }),
    readCsv: async (name: 'results.csv' | 'charges.csv'): Promise<Record<string, string>[]> =>
      parse((await storage.files.read(resultKey(batchId, name))) ?? '', { columns: true }),
  };
}

/** A storage that runs a callback when the first draft is made durable. */
function interruptedOnce(storage: Storage, meanwhile: () => Promise<unknown>): Storage {
  let hasHappened = false;
  const draft: FileStore['draft'] = async (key) => {
    const file = await storage.files.draft(key);
    return {
      ...file,
      async finish() {
        await file.finish();
        if (hasHappened) return;
        hasHappened = true;
        await meanwhile();
      },
    };
  };
  return { ...storage, files: { ...storage.files, draft } };
}

/**
 * For each row: its code in the first pass, and for each later pass whether it was planned and
 * sent, and its code.
 */
const anyCode = fc.option(fc.constantFrom(...codes), { nil: undefined, freq: 2 });
const anyLater = fc.option(fc.record({ isSent: fc.boolean(), code: anyCode }), { nil: undefined });
const anyRow = fc.record({ first: anyCode, later: fc.tuple(anyLater, anyLater) });

test('for any passes, each input row appears once and in order, sends add up, and every charge of every pass is listed', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 12 }), async (rows) => {
      const batch = await openBatch(t, rows.length);
      const all = rows.map(({ first }, index) => lineOf(1, index + 1, first));
      await batch.write(1, 1, all);
      let lastPass = 1;
      for (const pass of [2, 3]) {
        const planned = rows.flatMap(({ later }, index) =>
          later[pass - 2] === undefined ? [] : [index + 1],
        );
        if (planned.length === 0) break;
        const lines = planned.flatMap((row) => {
          const end = rows[row - 1]?.later[pass - 2];
          return end?.isSent === true ? [lineOf(pass, row, end.code)] : [];
        });
        await batch.plan(pass, planned);
        await batch.write(pass, 1, lines);
        all.push(...lines);
        lastPass = pass;
      }
      const counts = await batch.publish(lastPass);
      assert.equal(
        Object.values(counts).reduce((sum, count) => sum + count, 0),
        rows.length,
      );
      const results = await batch.readCsv('results.csv');
      assert.deepEqual(
        results.map(({ row, sends }) => [Number(row), Number(sends)]),
        rows.map((_, index) => [index + 1, all.filter((line) => line.row === index + 1).length]),
      );
      const charged = all.filter(({ isCharged }) => isCharged === true);
      const charges = await batch.readCsv('charges.csv');
      assert.deepEqual(
        charges.map(({ transaction_id }) => transaction_id).sort(),
        charged.map(({ transactionId }) => transactionId).sort(),
      );
      const manifest = await readManifest(batch.storage, batchId);
      assert.deepEqual(manifest?.charged, charged.length === 0 ? {} : { JPY: String(charged.length * 100) });
      const tokens = results.filter(({ stored_payment_method_id }) => stored_payment_method_id !== '');
      const wanted = new Set(
        all.filter(({ storedPaymentMethodId }) => storedPaymentMethodId).map(({ row }) => row),
      );
      assert.equal(tokens.length, wanted.size, 'each row that ever had a token has one');
    }),
    { numRuns: 40 },
  );
});

const breaks: Readonly<Record<string, readonly number[]>> = {
  'has a row that its plan has not': [2, 3],
  'has a row twice': [2, 2],
  'has a row of another shard': [2, shardSizeRows + 1],
};
for (const [what, rows] of Object.entries(breaks)) {
  test(`a second pass that ${what} publishes nothing, and the previous results stay`, async (t) => {
    const batch = await openBatch(t, shardSizeRows + 2);
    const first = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => lineOf(1, from + index, 'request_refused'));
    await batch.write(1, 1, first(1, shardSizeRows));
    await batch.write(1, 2, first(shardSizeRows + 1, 2));
    await batch.publish(1);
    await batch.plan(2, [2, shardSizeRows + 1]);
    await batch.write(2, 2, [lineOf(2, shardSizeRows + 1, undefined)]);
    await batch.write(
      2,
      1,
      rows.map((row) => lineOf(2, row, undefined)),
    );
    await assert.rejects(batch.publish(2), { name: ConservationError.name, message: /nothing is published/ });
    assert.equal((await readManifest(batch.storage, batchId))?.pass, 1);
  });
}

test('a second pass with an unclosed shard publishes nothing', async (t) => {
  const batch = await openBatch(t, 2);
  await batch.write(1, 1, [lineOf(1, 1, 'request_refused'), lineOf(1, 2, undefined)]);
  await batch.plan(2, [1]);
  await assert.rejects(batch.publish(2), { message: /no outcomes yet in pass 2; nothing is published/ });
});

/** Row 1 was refused in the first pass and is tokenized in the second; nothing is published yet. */
async function openRedrivenBatch(t: TestContext) {
  const batch = await openBatch(t, 1);
  await batch.write(1, 1, [lineOf(1, 1, 'request_refused')]);
  return {
    ...batch,
    async redrive() {
      await batch.plan(2, [1]);
      await batch.write(2, 1, [lineOf(2, 1, undefined)]);
      await batch.publish(2);
    },
    async results() {
      const manifest = await readManifest(batch.storage, batchId);
      const [row] = await batch.readCsv('results.csv');
      const former = await batch.storage.files.list(`${batchFolder(batchId)}/former`);
      return [manifest?.pass, manifest?.version, row?.stored_payment_method_id, former];
    },
  };
}

test('publishing a pass again after a later one keeps the later one’s results, and returns their counts', async (t) => {
  const batch = await openRedrivenBatch(t);
  await batch.publish(1);
  await batch.redrive();
  assert.deepEqual(await batch.results(), [2, 2, 'pm-2-1', ['v1']]);
  assert.equal((await batch.publish(1)).tokenized, 1);
  assert.deepEqual(await batch.results(), [2, 2, 'pm-2-1', ['v1']]);
});

test('if a later pass is published while an earlier one is being published, the later one wins', async (t) => {
  const batch = await openRedrivenBatch(t);
  assert.equal((await batch.publish(1, batch.redrive)).tokenized, 1);
  assert.deepEqual(await batch.results(), [2, 1, 'pm-2-1', []]);
});
