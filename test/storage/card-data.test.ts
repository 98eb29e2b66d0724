import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type BatchRecord, readBatchRecord, unwrapDataKey } from '../../src/storage/batch-record.ts';
import { destroyCardData, findCardData } from '../../src/storage/card-data.ts';
import { decryptNotifyUrl, encryptNotifyUrl } from '../../src/storage/encrypted-notify-url.ts';
import type { OperatorKey } from '../../src/storage/key-file.ts';
import {
  batchRecordKey,
  fingerprintsKey,
  passFolder,
  rawAnswerKey,
  stagedShardKey,
  stagingFolder,
} from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import {
  createPassStaging,
  openPassRows,
  readPlannedRows,
  writePassShard,
} from '../../src/storage/pass-staging.ts';
import { countRawAnswers, readRawAnswer, saveRawAnswer } from '../../src/storage/raw-answers.ts';
import { openStaging, readStagedShard, readStagingSummary } from '../../src/storage/staged-shards.ts';
import type { FileStore, Storage } from '../../src/storage/storage.ts';
import { createSendableRow, stageRows } from '../support/batches.ts';
import { createPassPlan, decidePurge, readPassPlan } from '../support/decisions.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const by = { at: '2026-02-01T00:00:00.000Z', by: 'operator@host' };

/** Decides a purge and carries it out. */
async function purge(storage: Storage, operatorKey: OperatorKey, record: BatchRecord): Promise<void> {
  const number = await decidePurge(storage, record.batchId);
  await destroyCardData(storage, operatorKey, record, { number });
}

/** A batch of two shards, with a second pass that corrected a row. */
async function stage(t: TestContext) {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const rows = Array.from({ length: 501 }, (_, index) => createSendableRow(index + 1));
  const { record, operatorKey, dataKey, staging } = await stageRows(storage, rows);
  const { batchId } = record;
  const folder = 'staging-0a1b2c3d';
  const passStaging = await createPassStaging(storage, operatorKey, { batchId, pass: 2, folder });
  await writePassShard(storage, passStaging, 1, [createSendableRow(1)]);
  await createPassPlan(storage, batchId, {
    pass: 2,
    createdAt: '2026-01-02T00:00:00.000Z',
    createdBy: 'operator@host',
    includesSoftDeclines: false,
    staging: { folder },
    rows: 1,
    amounts: { JPY: '100' },
    runs: [[1, 1]],
  });
  await storage.files.replace(fingerprintsKey(batchId, staging.attempt), 'kept\n');
  return { storage, record, operatorKey, dataKey, passKey: passStaging.dataKey, attempt: staging.attempt };
}

/** The record as a purge has left it. */
async function recordNow(storage: Storage, { batchId }: BatchRecord): Promise<BatchRecord> {
  const record = await readBatchRecord(storage, batchId);
  assert.ok(record !== undefined);
  return record;
}

/** A storage whose changing calls fail from the n-th on, as if the process were killed. */
function dyingAt(storage: Storage, changes: number): Storage {
  let left = changes;
  const dying =
    <Arguments extends unknown[], Result>(act: (...args: Arguments) => Promise<Result>) =>
    async (...args: Arguments): Promise<Result> => {
      if (left === 0) throw new Error('killed');
      left -= 1;
      return await act(...args);
    };
  const files: FileStore = {
    ...storage.files,
    replace: dying(storage.files.replace),
    remove: dying(storage.files.remove),
    createExclusive: dying(storage.files.createExclusive),
  };
  return { ...storage, files };
}

test('staged files, including later passes, are counted with the date of the oldest', async (t) => {
  const { storage, record } = await stage(t);
  assert.deepEqual(await findCardData(storage, record), { files: 3, since: record.createdAt });
});

test('destroying card data removes all of it and nothing else', async (t) => {
  const { storage, record, operatorKey, attempt } = await stage(t);
  await purge(storage, operatorKey, record);
  assert.deepEqual(await findCardData(storage, record), {
    files: 0,
    mark: { state: 'done', decision: 2, ...by },
  });
  assert.equal(await readStagingSummary(storage, await recordNow(storage, record)), undefined);
  assert.deepEqual(await storage.files.list(passFolder(record.batchId, 2)), []);
  assert.equal(String(await storage.files.read(fingerprintsKey(record.batchId, attempt))), 'kept\n');
  const { dataKey: _, ...kept } = record;
  const { dataKey: __, ...after } = (await readBatchRecord(storage, record.batchId)) ?? {};
  assert.deepEqual(after, kept);
});

test('a copy of the staged files cannot be decrypted with what the storage and the key file still hold', async (t) => {
  const { storage, record, operatorKey, attempt } = await stage(t);
  const { batchId } = record;
  const staging = await openStaging(storage, record);
  assert.ok(staging !== undefined);
  const copy = await storage.files.read(stagedShardKey(batchId, attempt, 1));
  const plan = await readPassPlan(storage, batchId, 2);
  const passShard = `${passFolder(batchId, 2)}/staging-0a1b2c3d/shard-1.enc`;
  const passCopy = await storage.files.read(passShard);
  await purge(storage, operatorKey, record);
  await storage.files.replace(stagedShardKey(batchId, attempt, 1), copy ?? '');
  await storage.files.replace(passShard, passCopy ?? '');
  const after = await readBatchRecord(storage, batchId);
  const planAfter = await readPassPlan(storage, batchId, 2);
  assert.ok(after !== undefined);
  await assert.rejects(readStagedShard(storage, unwrapDataKey(operatorKey, after), staging, 1), {
    name: 'StagedShardError',
    message: /^Staging of shard 1 cannot be decrypted with the key of the batch/,
  });
  assert.deepEqual(planAfter, plan);
  const rows = openPassRows(storage, operatorKey, after, [planAfter]);
  await assert.rejects(readPlannedRows(rows, planAfter, 1), { name: 'StagedShardError' });
});

test('a batch can post notices after a purge: killed at any step, the record’s key still decrypts the URL', async (t) => {
  const url = 'https://chat.example/hooks/secret';
  for (let steps = 0; steps <= 10; steps += 1) {
    const { storage, operatorKey, dataKey, ...staged } = await stage(t);
    const { batchId } = staged.record;
    const record = { ...staged.record, notifyUrl: encryptNotifyUrl(batchId, dataKey, url) };
    await storage.files.replace(batchRecordKey(batchId), JSON.stringify(record));
    await purge(dyingAt(storage, steps), operatorKey, record).catch(() => undefined);
    const after = await readBatchRecord(storage, batchId);
    assert.ok(after !== undefined);
    assert.equal(decryptNotifyUrl(after, unwrapDataKey(operatorKey, after)), url, `${steps} steps`);
    if (steps === 10) assert.notDeepEqual(after.dataKey, record.dataKey);
  }
});

test('a URL for notices that cannot be decrypted is removed by a purge, and does not stop it', async (t) => {
  const { storage, operatorKey, passKey, ...staged } = await stage(t);
  const { batchId } = staged.record;
  const record = { ...staged.record, notifyUrl: encryptNotifyUrl(batchId, passKey, 'https://chat.example/') };
  await purge(storage, operatorKey, record);
  assert.equal((await findCardData(storage, record)).files, 0);
  assert.equal((await readBatchRecord(storage, batchId))?.notifyUrl, undefined);
});

test('a purge killed after any step is reported as unfinished, and repeating it removes everything', async (t) => {
  for (let steps = 0; ; steps += 1) {
    const { storage, record, operatorKey } = await stage(t);
    const killed = await purge(dyingAt(storage, steps), operatorKey, record).then(
      () => false,
      () => true,
    );
    const found = await findCardData(storage, record);
    if (!killed) {
      assert.ok(steps >= 7, `${steps} steps`);
      assert.equal(found.mark?.state, 'done');
      return;
    }
    assert.equal(found.mark?.state, steps === 0 ? undefined : 'begun', `${steps} steps`);
    // The record must stay readable at every moment, or the batch could not continue.
    const present = await readBatchRecord(storage, record.batchId);
    assert.ok(present !== undefined);
    await purge(storage, operatorKey, present);
    assert.deepEqual((await findCardData(storage, record)).files, 0);
    assert.equal(await readStagingSummary(storage, await recordNow(storage, record)), undefined);
  }
});

test('a purge killed at any step has removed the summary before it replaced a key, so a batch that continues is staged again', async (t) => {
  let replaced = 0;
  for (let steps = 0; steps < 8; steps += 1) {
    const { storage, record, operatorKey, dataKey } = await stage(t);
    await purge(dyingAt(storage, steps), operatorKey, record).catch(() => undefined);
    const after = await readBatchRecord(storage, record.batchId);
    assert.ok(after !== undefined);
    if (unwrapDataKey(operatorKey, after).equals(dataKey)) continue;
    replaced += 1;
    assert.equal(
      await readStagingSummary(storage, await recordNow(storage, record)),
      undefined,
      `${steps} steps`,
    );
  }
  assert.ok(replaced > 3);
});

test('a partial file left by a killed staging counts as card data, and is removed', async (t) => {
  const { storage, record, operatorKey } = await stage(t);
  await purge(storage, operatorKey, record);
  const half = join(storage.files.locate(stagingFolder(record.batchId)), '.shard-1.enc.0a1b2c3d4e5f.tmp');
  await mkdir(dirname(half), { recursive: true });
  await writeFile(half, 'half of it');
  assert.deepEqual(await findCardData(storage, record), {
    files: 0,
    since: record.createdAt,
    mark: { state: 'done', decision: 2, ...by },
  });
  await purge(storage, operatorKey, record);
  assert.equal((await findCardData(storage, record)).since, undefined);
  await assert.rejects(readFile(half), { code: 'ENOENT' });
});

test('without the operator’s key that wrapped the data key, the files are still removed', async (t) => {
  const { storage, record, operatorKey } = await stage(t);
  await purge(storage, { ...operatorKey, id: 'another' }, record);
  assert.equal((await findCardData(storage, record)).files, 0);
  assert.deepEqual(await readBatchRecord(storage, record.batchId), record);
});

test('rows of a redrive interrupted before its plan was created are counted and removed', async (t) => {
  const { storage, record, operatorKey, passKey } = await stage(t);
  const orphan = { batchId: record.batchId, pass: 3, folder: 'staging-ffffffff', dataKey: passKey };
  await writePassShard(storage, orphan, 1, [createSendableRow(2)]);
  assert.equal((await findCardData(storage, record)).files, 4);
  await purge(storage, operatorKey, record);
  assert.equal((await findCardData(storage, record)).files, 0);
});

test('raw gateway answers are card data like the staging: counted, and destroyed with their key', async (t) => {
  const { storage, record, operatorKey, dataKey } = await stage(t);
  const { batchId } = record;
  const before = (await findCardData(storage, record)).files;
  await saveRawAnswer(storage, dataKey, batchId, 'abcdefghijkl-p1-r1-n1', Buffer.from('4000000000001091'));
  assert.equal((await findCardData(storage, record)).files, before + 1);
  const copy = await storage.files.read(rawAnswerKey(batchId, 'abcdefghijkl-p1-r1-n1'));
  assert.ok(copy !== undefined && !copy.includes('4000000000001091'));
  await purge(storage, operatorKey, record);
  assert.equal(await countRawAnswers(storage, batchId), 0);
  // Restore a copy made before the purge.
  await storage.files.createExclusive(rawAnswerKey(batchId, 'abcdefghijkl-p1-r1-n1'), copy);
  const renewed = await readBatchRecord(storage, batchId);
  assert.ok(renewed !== undefined);
  const newKey = unwrapDataKey(operatorKey, renewed);
  assert.equal(await readRawAnswer(storage, newKey, batchId, 'abcdefghijkl-p1-r1-n1'), 'unreadable');
});
