import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperationRefused } from '../../../src/operations/errors.ts';
import { findBatch } from '../../../src/operations/lookups/find-batch.ts';
import { createBatchRecord } from '../../../src/storage/batch-record.ts';
import { openLocalStorage } from '../../../src/storage/local/local-storage.ts';
import { createOperatorKey, createRecord } from '../../support/batches.ts';
import { testKey } from '../../support/storage-key.ts';
import { createTemporaryFolder } from '../../support/temporary-folder.ts';

const operatorKey = createOperatorKey();

test('a batch is found by its id, its name and any unambiguous beginning; otherwise the nearest are named', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  for (const name of ['1234/cards-0a1b2c3d', '1234/cards-9f8e7d6c', '777/members']) {
    await createBatchRecord(storage, createRecord(operatorKey, 1, { batchId: `cardlift/${name}` }));
  }
  for (const [text, found] of [
    ['cardlift/1234/cards-0a1b2c3d', '1234/cards-0a1b2c3d'],
    ['cards-0a1b2c3d', '1234/cards-0a1b2c3d'],
    ['1234/cards-9', '1234/cards-9f8e7d6c'],
    ['cards-0', '1234/cards-0a1b2c3d'],
    ['mem', '777/members'],
    ['777', '777/members'],
  ] as const) {
    assert.equal((await findBatch(storage, text)).batchId, `cardlift/${found}`, text);
  }
  for (const [text, words] of [
    ['cards', /Several batches match\. Give more of the name:\n.*0a1b2c3d\n.*9f8e7d6c$/],
    ['membres', /Did you mean:\n {2}cardlift\/777\/members$/],
    ['crads-0a1b', /Did you mean:\n {2}cardlift\/1234\/cards-0a1b2c3d$/],
    ['1243/cards-9f8e7d6c', /Did you mean:\n {2}cardlift\/1234\/cards-9f8e7d6c/],
    ['something-else', /It has:\n(?: {2}.*\n){2} {2}cardlift\/777\/members$/],
  ] as const) {
    await assert.rejects(findBatch(storage, text), (error) => {
      assert.ok(error instanceof OperationRefused);
      assert.match(error.message, words);
      assert.equal(error.code, 'not_found');
      return true;
    });
  }
});

test('among many batches ten are named, with the command that lists them all', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  for (let index = 0; index < 12; index += 1) {
    await createBatchRecord(storage, createRecord(operatorKey, 1, { batchId: `cardlift/1/batch-${index}` }));
  }
  await assert.rejects(findBatch(storage, 'batch'), /and 2 more: see `cardlift list`$/);
  await assert.rejects(findBatch(storage, 'zzz'), /and 2 more: see `cardlift list`$/);
});

test('a storage without batches says how to start one', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  await assert.rejects(findBatch(storage, 'x'), /no batches yet\. Start one with `cardlift run FILE`/);
});
