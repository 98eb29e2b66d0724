import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchRecordError,
  createBatchRecord,
  readBatchRecord,
  unwrapDataKey,
} from '../../src/storage/batch-record.ts';
import { batchRecordKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { batchId, createOperatorKey, createRecord } from '../support/batches.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

test('a batch is recorded once, and its record never changes', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const record = createRecord(createOperatorKey(), 3, { amount: '100', currency: 'JPY', ratePerS: 12.5 });
  assert.equal(await readBatchRecord(storage, batchId), undefined);
  assert.equal(await createBatchRecord(storage, record), true);
  assert.equal(await createBatchRecord(storage, { ...record, merchantId: 'other' }), false);
  assert.deepEqual(await readBatchRecord(storage, batchId), record);
});

test('the operator’s key unwraps the data key, which does not appear in the record', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const operatorKey = createOperatorKey();
  await createBatchRecord(storage, createRecord(operatorKey, 1));
  const record = await readBatchRecord(storage, batchId);
  assert.ok(record !== undefined);
  const dataKey = unwrapDataKey(operatorKey, record);
  assert.equal(dataKey.byteLength, 32);
  const text = JSON.stringify(record);
  for (const form of ['hex', 'base64'] as const) {
    assert.ok(!text.includes(dataKey.toString(form)) && !text.includes(operatorKey.key.toString(form)));
  }
});

test('another operator’s key, or another batch’s wrapped key, is refused with the setting to fix', () => {
  const operatorKey = createOperatorKey();
  const record = createRecord(operatorKey, 1);
  const other = { ...createOperatorKey(), id: 'other-id' };
  assert.throws(() => unwrapDataKey(other, record), {
    name: BatchRecordError.name,
    message: new RegExp(`${operatorKey.id}.*other-id.*CARDLIFT_KEY_FILE`),
  });
  assert.throws(
    () => unwrapDataKey(operatorKey, { ...record, batchId: 'cardlift/merchant/two' }),
    BatchRecordError,
  );
});

for (const [damage, content] of [
  ['lacks a field', JSON.stringify({ ...createRecord(createOperatorKey(), 1), tag: undefined })],
  ['is cut off', '{"version":1,'],
  ['is empty', ''],
] as const) {
  test(`a record that ${damage} is refused with its path`, async (t) => {
    const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
    await storage.files.replace(batchRecordKey(batchId), content);
    await assert.rejects(readBatchRecord(storage, batchId), {
      name: BatchRecordError.name,
      message: /damaged: .*merchant.batch$/,
    });
  });
}

test('a record of another version is refused with both versions and the remedy', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const record = createRecord(createOperatorKey(), 1);
  await storage.files.replace(batchRecordKey(batchId), JSON.stringify({ ...record, version: 2 }));
  await assert.rejects(readBatchRecord(storage, batchId), {
    name: BatchRecordError.name,
    message: /has version 2, but this Cardlift reads version 1\. Use the Cardlift that created it/,
  });
});
