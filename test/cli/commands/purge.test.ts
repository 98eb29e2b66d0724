import assert from 'node:assert/strict';
import { test } from 'node:test';
import { purgeBatch } from '../../../src/cli/commands/purge.ts';
import { describeFailure } from '../../../src/cli/failure.ts';
import { describeRetention } from '../../../src/cli/output/retention-text.ts';
import type { StagedRow } from '../../../src/domain/staged-row.ts';
import { retentionOf } from '../../../src/operations/retention.ts';
import { consolidateShard } from '../../../src/results/consolidate-shard.ts';
import { publishBatch } from '../../../src/results/publish-batch.ts';
import { readAudit } from '../../../src/storage/audit-log.ts';
import type { BatchRecord } from '../../../src/storage/batch-record.ts';
import { findCardData } from '../../../src/storage/card-data.ts';
import { resultKey } from '../../../src/storage/layout.ts';
import { createSendableRow } from '../../support/batches.ts';
import { createPassPlan, decidePurge } from '../../support/decisions.ts';
import { assertAsDocumented } from '../../support/documented-json.ts';
import { answeredEnd, createRejectedRow, type KeptBatch, keepBatch } from '../../support/kept-batch.ts';

const justNow = (): Partial<BatchRecord> => ({ createdAt: new Date().toISOString() });

/** A published batch: row 1 is tokenized, and row 2 is the given one. */
async function endBatch(batch: KeptBatch): Promise<void> {
  const { storage, record, rows } = batch;
  const ref = { batchId: record.batchId, pass: 1, shard: 1 };
  await batch.intent(1, 1, answeredEnd(1, 1));
  await consolidateShard({ storage, ref, rows, isCancelled: true });
  await publishBatch({
    storage,
    record,
    staging: { rows: rows.length, shards: 1 },
    pass: 1,
    isCancelled: false,
    versions: {},
    publishedAt: new Date().toISOString(),
  });
}

const planSecondPass = ({ storage, record }: KeptBatch): Promise<boolean> =>
  createPassPlan(storage, record.batchId, {
    pass: 2,
    createdAt: new Date().toISOString(),
    createdBy: 'mia@desk',
    includesSoftDeclines: false,
    rows: 1,
    amounts: {},
    runs: [[2, 2]],
  });

const files = async ({ storage, record }: KeptBatch): Promise<number> =>
  (await findCardData(storage, record)).files;
const withRejected = (): StagedRow[] => [createSendableRow(1), createRejectedRow(2)];

test('a batch that has nothing left to send is purged, its results stay, and the audit log says who', async (t) => {
  const batch = await keepBatch(t, withRejected(), justNow());
  await endBatch(batch);
  await purgeBatch(batch.context, 'batch', { yes: true, reason: 'migration is over' });
  assert.equal(await files(batch), 0);
  assert.ok((await batch.storage.files.read(resultKey(batch.record.batchId, 'results.csv'))) !== undefined);
  const reported = batch.terminal.reported.join('\n');
  assert.match(reported, /Removed {3}1 encrypted files/);
  assert.match(reported, /\/nowhere\/cards\.csv/);
  for (const line of reported.split('\n')) assert.ok(line.length <= 80, line);
  const { lines } = await readAudit(batch.storage, batch.record.batchId);
  assert.deepEqual(
    lines.filter(({ act }) => act === 'purge').map(({ act, reason, details }) => [act, reason, details]),
    [['purge', 'migration is over', { files: 1, rows_left: 0 }]],
  );
});

test('a second purge reports that nothing is left, and changes nothing', async (t) => {
  const batch = await keepBatch(t, withRejected(), justNow());
  await endBatch(batch);
  await purgeBatch(batch.context, 'batch', { yes: true });
  batch.terminal.printed.length = 0;
  await purgeBatch(batch.context, 'batch', { json: true });
  assertAsDocumented('purge', JSON.parse(batch.terminal.printed.join('')));
  assert.deepEqual(JSON.parse(batch.terminal.printed.join('')), {
    batch_id: batch.record.batchId,
    removed_files: 0,
    state: 'purged',
  });
  assert.equal(
    (await readAudit(batch.storage, batch.record.batchId)).lines.filter(({ act }) => act === 'purge').length,
    1,
  );
});

test('without a confirmation nothing is purged', async (t) => {
  const batch = await keepBatch(t, withRejected(), justNow());
  await endBatch(batch);
  await assert.rejects(purgeBatch(batch.context, 'batch', {}), /Nothing was removed/);
  assert.equal(await files(batch), 1);
});

test('rows that may still be sent again keep their card data, unless an option overrides it or the retention is over', async (t) => {
  const rows = [createSendableRow(1), createSendableRow(2)];
  const fresh = await keepBatch(t, rows, justNow());
  await endBatch(fresh);
  await assert.rejects(purgeBatch(fresh.context, 'batch', { yes: true }), (error: Error) => {
    assert.match(error.message, /^1 row may still be sent again;/);
    assert.match(error.message, /--even-with-rows-left/);
    return true;
  });
  assert.equal(await files(fresh), 1);
  await purgeBatch(fresh.context, 'batch', { yes: true, evenWithRowsLeft: true });
  assert.equal(await files(fresh), 0);

  const old = await keepBatch(t, rows);
  await endBatch(old);
  await purgeBatch(old.context, 'batch', { yes: true });
  assert.equal(await files(old), 0);
});

test('a batch without complete results is not purged, however old, unless an option overrides it', async (t) => {
  const batch = await keepBatch(t, 1);
  await assert.rejects(purgeBatch(batch.context, 'batch', { yes: true }), (error) => {
    assert.equal(describeFailure(error).exitCode, 3);
    return true;
  });
  assert.equal(await files(batch), 1);
  await purgeBatch(batch.context, 'batch', { yes: true, evenWithRowsLeft: true });
  assert.equal(await files(batch), 0);
});

for (const isInterrupted of [false, true]) {
  test(`a batch whose second pass is planned and not published is not purged with any option${isInterrupted ? ', even if an earlier purge was interrupted' : ': the pass needs the card data'}`, async (t) => {
    const batch = await keepBatch(t, 2);
    const { storage, record } = batch;
    await endBatch(batch);
    const refused = async () => {
      await assert.rejects(
        purgeBatch(batch.context, 'batch', { yes: true, evenWithRowsLeft: true }),
        (error: Error) => {
          assert.equal(describeFailure(error).exitCode, 3);
          assert.match(error.message, /Pass 2 .* is open/);
          assert.match(error.message, /^ {2}cardlift redrive \S+$/m);
          assert.match(error.message, /^ {2}cardlift redrive \S+ --cancel$/m);
          return true;
        },
      );
      assert.equal(await files(batch), 1);
    };
    // A purge that was interrupted before the pass was planned must not remove the pass's rows
    // either.
    if (isInterrupted) await decidePurge(storage, record.batchId);
    await planSecondPass(batch);
    await refused();
    assert.equal(
      (await readAudit(storage, record.batchId)).lines.filter(({ act }) => act === 'purge').length,
      0,
    );
  });
}

test('a second pass that is planned while the operator thinks about the purge stops it', async (t) => {
  const batch = await keepBatch(t, 2);
  await endBatch(batch);
  const confirm = async (): Promise<boolean> => {
    await planSecondPass(batch);
    return true;
  };
  const context = { ...batch.context, terminal: { ...batch.terminal, confirm } };
  await assert.rejects(
    purgeBatch(context, 'batch', { evenWithRowsLeft: true }),
    /Nothing was removed.*mia@desk planned pass 2 with 1 row/s,
  );
  assert.equal(await files(batch), 1);
});

const since = '2026-01-01T00:00:00.000Z';
const day = (number: number): number => Date.parse(since) + number * 86_400_000;
for (const [circumstance, staged, days, state, text] of [
  ['before its retention is over', { files: 1, since }, 13.9, 'kept', undefined],
  ['when it is over', { files: 1, since }, 14, 'due', /since 2026-01-15\. Purge it: cardlift purge b/],
  [
    'after a purge',
    { files: 0, mark: { state: 'done', decision: 1, at: since, by: '' } },
    99,
    'purged',
    undefined,
  ],
  [
    'in a purge that was cut off',
    { files: 1, since, mark: { state: 'begun', decision: 1, at: since, by: '' } },
    1,
    'purging',
    /was interrupted/,
  ],
  ['where there is none', { files: 0 }, 99, 'none', undefined],
] as const) {
  test(`card data is ${state} ${circumstance}`, () => {
    const retention = retentionOf(staged, 14, day(days));
    assert.equal(retention.state, state);
    const described = describeRetention('b', retention);
    if (text === undefined) assert.equal(described, undefined);
    else assert.match(described ?? '', text);
  });
}
