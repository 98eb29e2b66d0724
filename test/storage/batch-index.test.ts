import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimContent, findBatchOfContent, listBatches } from '../../src/storage/batch-index.ts';
import { createBatchRecord } from '../../src/storage/batch-record.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { createOperatorKey, createRecord } from '../support/batches.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const sha256 = 'ab'.repeat(32);

test('concurrent starts of one content all get the same batch', async (t) => {
  const root = await createTemporaryFolder(t);
  const storages = await Promise.all(Array.from({ length: 20 }, () => openLocalStorage(root, testKey)));
  const claimed = await Promise.all(
    storages.map((storage, start) =>
      claimContent(storage, 'merchant', sha256, `cardlift/merchant/start-${start}`),
    ),
  );
  assert.equal(new Set(claimed).size, 1);
  assert.match(claimed[0] ?? '', /^cardlift\/merchant\/start-\d+$/);
  assert.equal(
    await findBatchOfContent(await openLocalStorage(root, testKey), 'merchant', sha256),
    claimed[0],
  );
});

test('another merchant or another content gets its own batch', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  assert.equal(await findBatchOfContent(storage, 'merchant', sha256), undefined);
  assert.equal(
    await claimContent(storage, 'merchant', sha256, 'cardlift/merchant/one'),
    'cardlift/merchant/one',
  );
  assert.equal(await claimContent(storage, 'other', sha256, 'cardlift/other/two'), 'cardlift/other/two');
  assert.equal(
    await claimContent(storage, 'merchant', 'cd'.repeat(32), 'cardlift/merchant/three'),
    'cardlift/merchant/three',
  );
  assert.equal(
    await claimContent(storage, 'merchant', sha256, 'cardlift/merchant/four'),
    'cardlift/merchant/one',
  );
});

test('all batches of the storage are listed, by merchant and name', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  assert.deepEqual(await listBatches(storage), []);
  const ids = ['cardlift/b/one', 'cardlift/a/two', 'cardlift/a/one'];
  for (const batchId of ids) {
    await createBatchRecord(storage, createRecord(createOperatorKey(), 1, { batchId }));
  }
  assert.deepEqual(await listBatches(storage), [...ids].sort());
});
