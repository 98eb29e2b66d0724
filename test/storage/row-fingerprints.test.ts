import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import {
  fingerprintLineOf,
  type RowFingerprints,
  readFingerprints,
  writeFingerprints,
} from '../../src/storage/row-fingerprints.ts';
import { batchId } from '../support/batches.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });
const fingerprint = fc.record({ high: word, middle: word, low: word }, { noNullPrototype: true });
const row = fc.option(fc.record({ merchantRef: fingerprint, card: fingerprint }, { noNullPrototype: true }), {
  nil: undefined,
});

async function* linesOf(rows: readonly (RowFingerprints | undefined)[]): AsyncGenerator<string> {
  for (const one of rows) yield fingerprintLineOf(one);
}

test('fingerprints are read back with their row numbers, and rows without fingerprints are skipped', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 50 }), async (rows) => {
      await writeFingerprints(storage, batchId, 'key-1', linesOf(rows));
      const read = await readFingerprints(storage, batchId, 'key-1');
      assert.ok(read !== undefined);
      const expected = rows.flatMap((one, index) => (one === undefined ? [] : [{ row: index + 1, ...one }]));
      const gathered: unknown[] = [];
      for await (const one of read) gathered.push(one);
      assert.deepEqual(gathered, expected);
    }),
    { numRuns: 50 },
  );
});

test('a batch without fingerprints, with another key’s, or with a damaged file has none', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  assert.equal(await readFingerprints(storage, batchId, 'key-1'), undefined);
  await writeFingerprints(storage, batchId, 'key-2', linesOf([]));
  assert.equal(await readFingerprints(storage, batchId, 'key-1'), undefined);
  await storage.files.replace('batches/merchant/batch/fingerprints.txt', 'damaged\n');
  assert.equal(await readFingerprints(storage, batchId, 'key-1'), undefined);
});
