import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generationKey, readLatest, swap } from '../../src/storage/generations.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const key = 'a/b/outcomes.jsonl';

test('each swap writes the generation after the one it was based on, and the highest counts', async (t) => {
  const { files } = await openLocalStorage(await createTemporaryFolder(t), testKey);
  assert.equal(await readLatest(files, key), undefined);
  for (let basedOn = 0; basedOn < 11; basedOn += 1) {
    assert.equal(await swap(files, key, basedOn, `content ${basedOn + 1}`), true);
  }
  assert.deepEqual(await readLatest(files, key), { generation: 11, content: Buffer.from('content 11') });
  assert.equal(String(await files.read(generationKey(key, 1))), 'content 1', 'earlier ones stay');
});

test('a swap based on an older generation changes nothing, unless it wrote exactly this content before', async (t) => {
  const { files } = await openLocalStorage(await createTemporaryFolder(t), testKey);
  assert.equal(await swap(files, key, 0, 'first'), true);
  assert.equal(await swap(files, key, 0, 'other'), false);
  assert.equal(await swap(files, key, 0, 'first'), true, 'the answer was lost, and it is tried again');
  assert.equal(await swap(files, key, 1, 'second'), true);
  assert.equal(String((await readLatest(files, key))?.content), 'second');
});

test('of many swaps based on the same generation one succeeds', async (t) => {
  const { files } = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const wins = await Promise.all(Array.from({ length: 30 }, (_, owner) => swap(files, key, 0, `${owner}`)));
  assert.equal(wins.filter(Boolean).length, 1);
});

test('files beside the generations are none', async (t) => {
  const { files } = await openLocalStorage(await createTemporaryFolder(t), testKey);
  for (const name of ['outcomes.0.jsonl', 'outcomes.x.jsonl', 'outcomes.7.txt', 'other.9.jsonl']) {
    await files.createExclusive(`a/b/${name}`, 'no generation');
  }
  assert.equal(await readLatest(files, key), undefined);
});
