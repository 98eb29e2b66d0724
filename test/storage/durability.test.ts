/*
 * Everything the storage reported as durable survives a power cut, and so does what existed before.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createIntent, createIntentHead, longestAnswer, shardRef } from '../support/intents.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';
import { openAfterPowerCut, openPaths, openWatchedStorage } from './power-cut.ts';

const ended = { kind: 'final', answer: longestAnswer } as const;

async function open(t: TestContext) {
  const folder = await createTemporaryFolder(t);
  const root = join(folder, 'storage');
  const storage = await openWatchedStorage(root);
  let cuts = 0;
  return {
    ...storage,
    root,
    afterPowerCut: () => {
      cuts += 1;
      return openAfterPowerCut(root, join(folder, `after-cut-${cuts}`));
    },
  };
}

test('a new storage is the same storage after a power cut', async (t) => {
  const { id, afterPowerCut } = await open(t);
  assert.equal((await afterPowerCut()).id, id);
});

test('an intent survives a power cut once its creation has returned', async (t) => {
  const { intents, afterPowerCut } = await open(t);
  for (const row of [1, 2])
    assert.ok((await createIntent(intents, shardRef, createIntentHead(row))) !== undefined);
  const after = (await afterPowerCut()).intents;
  assert.deepEqual(await after.list(shardRef), [
    { head: createIntentHead(1) },
    { head: createIntentHead(2) },
  ]);
  assert.equal(
    await after.create(shardRef, createIntentHead(1, 1, 'host 2')),
    undefined,
    'the row is not sent again',
  );
});

test('a result survives a power cut once its write has returned, and does not exist before', async (t) => {
  const { intents, afterPowerCut } = await open(t);
  const own = await createIntent(intents, shardRef, createIntentHead(1));
  const long = await createIntent(intents, shardRef, createIntentHead(2));
  const tooLong = { ...ended, answer: { ...longestAnswer, message: 'm'.repeat(9_000) } };
  assert.equal((await (await afterPowerCut()).intents.last(shardRef, 1))?.result, undefined);
  await own?.writeResult(ended);
  await long?.writeResult(tooLong);
  const after = (await afterPowerCut()).intents;
  assert.deepEqual(await after.last(shardRef, 1), { head: createIntentHead(1), result: ended });
  assert.deepEqual(await after.last(shardRef, 2), { head: createIntentHead(2), result: tooLong });
});

test('a seal survives a power cut once it has returned', async (t) => {
  for (const hasIntents of [true, false]) {
    const { intents, afterPowerCut } = await open(t);
    if (hasIntents) await createIntent(intents, shardRef, createIntentHead(1));
    await intents.seal(shardRef, 'complete');
    const after = (await afterPowerCut()).intents;
    assert.equal(await after.isSealed(shardRef), true);
    assert.equal((await after.list(shardRef)).length, hasIntents ? 1 : 0);
  }
});

test('a created, replaced or committed file has its whole content after a power cut', async (t) => {
  const { files, afterPowerCut } = await open(t);
  const readAfter = async (key: string) => String(await (await afterPowerCut()).files.read(key));
  const large = 'x'.repeat(200_000);
  assert.equal(await files.createExclusive('deep/in/made', large), true);
  assert.equal(await readAfter('deep/in/made'), large);
  await files.replace('deep/in/made', 'second');
  assert.equal(await readAfter('deep/in/made'), 'second');
  await files.replace('streamed', parts('third ', large));
  assert.equal(await readAfter('streamed'), `third ${large}`);

  const draft = await files.draft('streamed');
  await draft.write('fourth ');
  await draft.write(large);
  await draft.finish();
  assert.equal(await readAfter('streamed'), `third ${large}`, 'it is not committed');
  await draft.commit();
  assert.equal(await readAfter('streamed'), `fourth ${large}`);
});

async function* parts(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

test('no file stays open: a finished row, a row with another owner, a seal, a file, a draft', async (t) => {
  const { root, intents, files } = await open(t);
  for (let row = 1; row <= 20; row += 1) {
    const own = await createIntent(intents, shardRef, createIntentHead(row));
    assert.equal(openPaths(root).length, 1, 'the intent of the row that is being sent');
    await own?.writeResult(ended);
    assert.equal(await createIntent(intents, shardRef, createIntentHead(row, 1, 'host 2')), undefined);
    assert.deepEqual(openPaths(root), [], `row ${row}`);
  }
  await intents.seal(shardRef, 'complete');
  await files.createExclusive('a', 'a');
  await files.replace('a', 'b');
  const draft = await files.draft('a');
  await draft.finish();
  await draft.commit();
  await (await files.draft('a')).discard();
  assert.deepEqual(openPaths(root), []);
});
