import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimContent, findBatchOfContent, listCancelledBatches } from '../../src/storage/batch-index.ts';
import { createBatchRecord } from '../../src/storage/batch-record.ts';
import { passFolder, sendDecisionKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { decideSending, isCancelledUnsent, mayHaveSent } from '../../src/storage/send-decision.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { createOperatorKey, createRecord, createSendableRow, stageRows } from '../support/batches.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const batchId = 'cardlift/merchant/first';
const sha256 = 'ab'.repeat(32);
const at = '2026-01-01T00:00:00.000Z';
const cancelled = { decision: 'cancel', at, who: 'mia@desk' } as const;

const keep = (storage: Storage, id: string, sha = sha256) => {
  const record = createRecord(createOperatorKey(), 1, { batchId: id });
  return createBatchRecord(storage, { ...record, file: { ...record.file, sha256: sha } });
};

test('of a cancel and a staging at the same moment one decides, and both read the same decision', async (t) => {
  const root = await createTemporaryFolder(t);
  for (let round = 1; round <= 20; round += 1) {
    const id = `cardlift/merchant/round-${round}`;
    const storages = await Promise.all(Array.from({ length: 4 }, () => openLocalStorage(root, testKey)));
    const heard = await Promise.all(
      storages.map((storage, index) =>
        decideSending(storage, id, {
          decision: index % 2 === round % 2 ? 'send' : 'cancel',
          at,
          who: `process ${index}`,
        }),
      ),
    );
    assert.equal(new Set(heard.map(({ who }) => who)).size, 1);
  }
});

test('a decision is final', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  await decideSending(storage, batchId, { decision: 'send', at, who: 'cardlift' });
  assert.equal((await decideSending(storage, batchId, cancelled)).decision, 'send');
  assert.ok(!(await isCancelledUnsent(storage, batchId)));
});

test('without a decision, a batch with any trace of sending in the storage may have sent', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  assert.ok(!(await mayHaveSent(storage, batchId)));
  await stageRows(storage, [createSendableRow(1)], { batchId });
  assert.ok(await mayHaveSent(storage, batchId));
  const lost = 'cardlift/merchant/lost';
  await storage.files.createExclusive(`${passFolder(lost, 1)}/shard-1/intents/1`, '');
  assert.ok(await mayHaveSent(storage, lost));
});

test('a damaged decision is an error, never read as no decision', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  await storage.files.createExclusive(sendDecisionKey(batchId), '{"decision":');
  await assert.rejects(isCancelledUnsent(storage, batchId), { name: 'StoredFileError' });
  await assert.rejects(mayHaveSent(storage, batchId), { name: 'StoredFileError' });
});

test('after the cancel of an unsent batch, its content belongs to one new batch, however many starts race', async (t) => {
  const root = await createTemporaryFolder(t);
  const storage = await openLocalStorage(root, testKey);
  assert.equal(await claimContent(storage, 'merchant', sha256, batchId), batchId);
  await keep(storage, batchId);
  await decideSending(storage, batchId, cancelled);
  assert.equal(await findBatchOfContent(storage, 'merchant', sha256), undefined);
  const storages = await Promise.all(Array.from({ length: 20 }, () => openLocalStorage(root, testKey)));
  const claimed = await Promise.all(
    storages.map((one, start) => claimContent(one, 'merchant', sha256, `cardlift/merchant/start-${start}`)),
  );
  assert.equal(new Set(claimed).size, 1);
  const [second = ''] = claimed;
  assert.match(second, /start-\d+$/);
  assert.equal(await findBatchOfContent(storage, 'merchant', sha256), second);

  await keep(storage, second);
  await decideSending(storage, second, cancelled);
  assert.equal(
    await claimContent(storage, 'merchant', sha256, 'cardlift/merchant/third'),
    'cardlift/merchant/third',
  );
  assert.deepEqual(await listCancelledBatches(storage, 'merchant', sha256), [batchId, second]);
});

test('an index entry whose batch name was taken by another content at the same moment does not block the content', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  await claimContent(storage, 'merchant', sha256, batchId);
  await keep(storage, batchId, 'cd'.repeat(32));
  assert.equal(await findBatchOfContent(storage, 'merchant', sha256), undefined);
  assert.equal(
    await claimContent(storage, 'merchant', sha256, 'cardlift/merchant/other'),
    'cardlift/merchant/other',
  );
});
