import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBlockedRows } from '../../src/results/blocked-rows.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import type { RecordedResolution } from '../../src/storage/resolutions.ts';
import { createIntent, createIntentHead, shardRef } from '../support/intents.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

test('a row whose last intent is open is blocked until that send is resolved as not charged; one with a result is not', async (t) => {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  await createIntent(storage.intents, shardRef, createIntentHead(1, 1));
  const ended = await createIntent(storage.intents, shardRef, createIntentHead(2, 1));
  await ended?.writeResult({ kind: 'not_processed', cause: 'HTTP 429' });
  const { merchantTxnRef } = createIntentHead(1, 1);
  const blockedBy = async (resolution?: RecordedResolution['resolution']): Promise<number[]> => {
    const settled = { row: 1, merchantTxnRef, who: 'mia', at: '2026-01-01T00:00:00.000Z' };
    const resolutions = new Map(
      resolution === undefined ? [] : [[merchantTxnRef, { ...settled, resolution } as RecordedResolution]],
    );
    return [...(await findBlockedRows({ storage, batchId: shardRef.batchId, plans: [], resolutions }, 1))];
  };
  assert.deepEqual([await blockedBy(), await blockedBy('charged_without_token')], [[1], [1]]);
  assert.deepEqual(await blockedBy('not_charged'), []);
});
