import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { fingerprintsFolder, fingerprintsKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import {
  commitFingerprints,
  fingerprintLineOf,
  type RowFingerprints,
  readFingerprints,
  writeFingerprints,
} from '../../src/storage/row-fingerprints.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { batchId, keepFingerprints } from '../support/batches.ts';
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

const gather = async (storage: Storage, keyId = 'key-1'): Promise<unknown> => {
  const found = await readFingerprints(storage, batchId, keyId);
  if (found.kind !== 'rows') return found.kind;
  const gathered: unknown[] = [];
  for await (const one of found.rows) gathered.push(one);
  return gathered;
};
const numbered = (rows: readonly (RowFingerprints | undefined)[]): unknown[] =>
  rows.flatMap((one, index) => (one === undefined ? [] : [{ row: index + 1, ...one }]));

test('fingerprints are read back with their row numbers, and rows without fingerprints are skipped', async (t) => {
  const folder = await createTemporaryFolder(t);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 50 }), async (rows) => {
      run += 1;
      const storage = await openLocalStorage(join(folder, String(run)), testKey);
      await keepFingerprints(storage, batchId, 'key-1', linesOf(rows));
      assert.deepEqual(await gather(storage), numbered(rows));
    }),
    { numRuns: 50 },
  );
});

test('a batch without fingerprints has none, nor with a damaged file, and those of another key are told apart', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  assert.equal(await gather(storage), 'none');
  await writeFingerprints(storage, batchId, 'a-a', 'key-2', linesOf([]));
  assert.equal(await gather(storage), 'none', 'the attempt has not committed');
  await commitFingerprints(storage, batchId, 'a-a');
  assert.equal(await gather(storage), 'other_key');
  assert.deepEqual(await gather(storage, 'key-2'), []);
  await storage.files.replace(fingerprintsKey(batchId, 'a-a'), 'damaged\n');
  assert.equal(await gather(storage), 'none');
  await storage.files.remove(fingerprintsKey(batchId, 'a-a'));
  assert.equal(await gather(storage), 'none');
});

test('the fingerprints that were committed first count, whatever a later attempt writes, and its file is removed', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const word = { high: 1, middle: 2, low: 3 };
  const rows = [{ merchantRef: word, card: word }];
  await writeFingerprints(storage, batchId, 'a-a', 'key-1', linesOf(rows));
  await commitFingerprints(storage, batchId, 'a-a');
  await writeFingerprints(storage, batchId, 'b-b', 'key-1', linesOf([]));
  assert.deepEqual(await gather(storage), numbered(rows));
  await commitFingerprints(storage, batchId, 'b-b');
  assert.deepEqual(await gather(storage), numbered(rows));
  assert.deepEqual(await storage.files.list(fingerprintsFolder(batchId)), ['a-a.txt']);
});
