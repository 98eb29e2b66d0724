import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { resolutionKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import {
  createResolutionRecord,
  type ResolutionKind,
  type ResolutionRecord,
  readResolutionRecords,
  resolutionsByRef,
} from '../../src/storage/resolutions.ts';
import { batchId } from '../support/batches.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const merchantTxnRef = 'abcdefghijkl-p1-r1-n1';

const resolutionOf = (who: string, resolution: ResolutionKind): ResolutionRecord => ({
  version: 1,
  id: `by ${who}`,
  at: '2026-01-03T00:00:00.000Z',
  who,
  file: { name: 'unresolved.csv', sha256: '' },
  resolutions: [{ row: 1, merchantTxnRef, resolution }],
});

/** A batch with three resolutions of one send. */
async function openResolved(t: TestContext) {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const resolutions = [
    resolutionOf('first@desk', 'not_charged'),
    resolutionOf('second@desk', 'charged_without_token'),
    resolutionOf('third@desk', 'tokenized'),
  ];
  for (const [index, resolution] of resolutions.entries()) {
    assert.equal(await createResolutionRecord(storage, batchId, index + 1, resolution), true);
  }
  return { storage, resolutions };
}

test('resolutions are read in the order of their numbers, and the latest resolution of a send wins', async (t) => {
  const { storage, resolutions } = await openResolved(t);
  const read = await readResolutionRecords(storage, batchId);
  assert.deepEqual(read, resolutions);
  const resolution = resolutionsByRef(read).get(merchantTxnRef);
  assert.deepEqual([resolution?.resolution, resolution?.who], ['tokenized', 'third@desk']);
});

test('a record with an existing number changes nothing', async (t) => {
  const { storage, resolutions } = await openResolved(t);
  assert.equal(
    await createResolutionRecord(storage, batchId, 3, resolutionOf('late@desk', 'not_charged')),
    false,
  );
  assert.deepEqual(await readResolutionRecords(storage, batchId), resolutions);
});

for (const number of [1, 2, 3]) {
  for (const [what, content] of [
    ['empty', ''],
    ['cut off', '{"version":1,"resolutions":[{"row":1,'],
    ['of another version', JSON.stringify({ ...resolutionOf('x@y', 'tokenized'), version: 2 })],
    [
      'with an unknown resolution',
      JSON.stringify({
        ...resolutionOf('x@y', 'tokenized'),
        resolutions: [{ row: 1, merchantTxnRef, resolution: 'paid' }],
      }),
    ],
  ] as const) {
    test(`if record ${number} of three is ${what}, all are refused, with the path of the damaged one`, async (t) => {
      const { storage } = await openResolved(t);
      const key = resolutionKey(batchId, number);
      await storage.files.replace(key, content);
      await assert.rejects(readResolutionRecords(storage, batchId), {
        name: 'ResolutionError',
        message: `A resolution of the batch is damaged: ${storage.files.locate(key)}`,
      });
    });
  }
}

test('if a record before a later one is missing, all are refused', async (t) => {
  const { storage } = await openResolved(t);
  await storage.files.remove(resolutionKey(batchId, 1));
  await assert.rejects(readResolutionRecords(storage, batchId), { name: 'ResolutionError' });
});
