/* A storage that lost something, was replaced by an older copy, or was edited: nothing is resent. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readOutcomeLines } from '../../src/results/outcome-file.ts';
import { generationKey } from '../../src/storage/generations.ts';
import { outcomesKey, shardFolder, shardWitnessKey } from '../../src/storage/layout.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { createSendableRow } from '../support/batches.ts';
import { createIntent, createIntentHead, shardRef } from '../support/intents.ts';
import { withIntents } from '../support/sends.ts';
import { holdOf, openSending } from './row-sending.ts';

const rows = [createSendableRow(1), createSendableRow(2)];
const folderOf = ({ files }: Storage): string => files.locate(shardFolder(shardRef));
const intentPath = (storage: Storage, name: string): string => join(folderOf(storage), 'intents', name);

test('a row that was answered and of which the storage has no trace is not sent again: the batch holds', async (t) => {
  const { send, close, gateway, storage } = await openSending(t, { rows });
  for (const row of [1, 2]) assert.equal((await send(row)).outcome, 'tokenized');
  await rm(intentPath(storage, '1.1'));
  const hold = await holdOf(close(undefined, { answered: [[1, 2]] }), rows);
  assert.equal(hold.code, 'storage_forgot');
  assert.match(hold.text, /no trace of 1 answered row \(the first is row 1\)/);
  assert.equal(gateway.requests.length, 2);
  assert.equal(await storage.intents.isSealed(shardRef), false, 'put back, the row counts again');
  // If the row is lost for good, the operator cancels: what may be charged is never `not_sent`.
  assert.deepEqual((await close(true, { answered: [[1, 2]] })).counts, { tokenized: 1, unknown: 1 });
  const [lost] = (await readOutcomeLines(storage, shardRef)) ?? [];
  assert.equal(lost?.errorCode, 'unknown_storage_forgot');
  assert.match(lost?.merchantTxnRef ?? '', /^[a-z]{12}-p1-r1-n1$/);
});

test('an answered row whose last intent is gone holds the batch, and a cancel leaves it unknown', async (t) => {
  const { send, close, gateway, storage } = await openSending(t, { rows });
  for (const number of [1, 2]) {
    const own = await createIntent(storage.intents, shardRef, createIntentHead(1, number));
    await own?.writeResult({ kind: 'not_processed', cause: 'HTTP 429' });
  }
  for (const row of [1, 2]) assert.equal((await send(row)).outcome, 'tokenized');
  await rm(intentPath(storage, '1.3'));
  const hold = await holdOf(close(undefined, { answered: [[1, 2]] }), rows);
  assert.match(hold.text, /no trace of 1 answered row \(the first is row 1\)/);
  assert.equal(gateway.requests.length, 2);
  assert.deepEqual((await close(true, { answered: [[1, 2]] })).counts, { tokenized: 1, unknown: 1 });
  const [lost] = (await readOutcomeLines(storage, shardRef)) ?? [];
  // The two sends that are known were not processed, so they are not what to look up.
  assert.match(lost?.merchantTxnRef ?? '', /^[a-z]{12}-p1-r1-n3$/);
  assert.match(lost?.message ?? '', /look up every request .* begins with [a-z]{12}-p1-r1-n$/);
});

test('an answered row whose trace vanishes while its shard is closed is neither sent nor closed', async (t) => {
  for (const isCancelled of [undefined, true] as const) {
    let lists = 0;
    const { send, close, gateway } = await openSending(t, {
      rows,
      storage: (real) =>
        withIntents(real, {
          async list(at) {
            lists += 1;
            return lists === 1 ? await real.intents.list(at) : [];
          },
        }),
    });
    for (const row of [1, 2]) await send(row);
    const hold = await holdOf(close(isCancelled, { answered: [[1, 2]] }), rows);
    assert.equal(hold.code, 'storage_forgot');
    assert.match(hold.text, /lost the trace of row 1, which was answered/);
    assert.equal(gateway.requests.length, 2);
  }
});

test('rows of a shard whose folder is gone are unknown if the batch is cancelled, not "not sent"', async (t) => {
  const { open, send, close, storage } = await openSending(t, { rows });
  await open();
  await send(1);
  await rm(folderOf(storage), { recursive: true });
  // The workflow need not know the answer: its worker may have died before it could report it.
  assert.deepEqual((await close(true)).counts, { unknown: 2 });
});

test('answered rows that the storage knows, as intents or as outcomes, do not hold up the closing', async (t) => {
  const { send, close } = await openSending(t, { rows });
  for (const row of [1, 2]) await send(row);
  const counts = { counts: { tokenized: 2 } };
  assert.deepEqual(await close(undefined, { answered: [[1, 2]] }), counts);
  assert.deepEqual(await close(undefined, { answered: [[1, 2]] }), counts);
});

test('a shard whose folder is gone sends nothing, whether its rows were sent before or not', async (t) => {
  const { open, send, gateway, storage } = await openSending(t, { rows });
  await open();
  await send(1);
  await rm(folderOf(storage), { recursive: true });
  for (const act of [() => open(), () => send(1), () => send(2)]) {
    assert.equal((await holdOf(act(), rows)).code, 'storage_forgot');
  }
  assert.equal(gateway.requests.length, 1);
});

test('a storage that does not know an opening which the workflow knows opens no shard', async (t) => {
  const { open, storage } = await openSending(t, { rows });
  assert.equal((await holdOf(open({ wasOpened: true }), rows)).code, 'storage_forgot');
  assert.match((await holdOf(open({ lastOpening: 7 }), rows)).text, /does not know that shard 7 was opened/);
  assert.equal((await open()).opening, 1);
  assert.deepEqual((await open({ wasOpened: true, lastOpening: 1 })).toSend, [[1, 2]]);
  await storage.files.remove(shardWitnessKey(shardRef, 'opened'));
  assert.equal((await holdOf(open({ wasOpened: true }), rows)).code, 'storage_forgot');
});

test('a closed shard without its outcome file, or with an older one, holds and is not closed again', async (t) => {
  const { open, send, close, gateway, storage } = await openSending(t, { rows });
  await send(1);
  // Row 2 is in flight: its process stopped, and reports only after the shard was closed.
  const late = await createIntent(storage.intents, shardRef, { ...createIntentHead(2), deadlineMs: 0 });
  assert.deepEqual((await close()).counts, { tokenized: 1, unknown: 1 });
  await late?.writeResult({ kind: 'not_processed', cause: 'not sent' });
  const path = storage.files.locate(generationKey(outcomesKey(shardRef), 1));
  const first = await readFile(path);

  await rm(path);
  for (const act of [() => open(), () => close(), () => close(true)]) {
    const hold = await holdOf(act(), rows);
    assert.equal(hold.code, 'storage_forgot');
    assert.match(hold.text, /outcome file of shard 1 in pass 1 is missing or older/);
  }
  await writeFile(path, first);
  assert.deepEqual((await open()).toSend, []);
  assert.equal(gateway.requests.length, 1);
});

for (const [what, change] of [
  ['edited', (content: string) => content.replace('"tokenized"', '"failed"   ')],
  ['taken from another shard', (content: string) => content.replace(/^[0-9a-f]{32}/, '0'.repeat(32))],
] as const) {
  test(`an outcome file that was ${what} is refused, not believed`, async (t) => {
    const { open, send, close, storage } = await openSending(t, { rows: rows.slice(0, 1) });
    await send(1);
    await close();
    await storage.files.remove(shardWitnessKey(shardRef, 'closed'));
    const path = storage.files.locate(generationKey(outcomesKey(shardRef), 1));
    await writeFile(path, change(await readFile(path, 'utf8')));
    const hold = await holdOf(open(), rows);
    assert.match(hold.text, /outcomes\.1\.jsonl: it was altered, or written with another key/);
  });
}

test('an intent whose result was forged or copied from another row is never followed by a send', async (t) => {
  const { send, close, gateway, storage } = await openSending(t, { rows });
  await send(1);
  await createIntent(storage.intents, shardRef, createIntentHead(2));
  const [first, second] = await Promise.all(
    ['1.1', '2.1'].map((name) => readFile(intentPath(storage, name))),
  );
  // Row 2 gets the result of row 1: a token that is not its own.
  const copied = Buffer.concat([
    second?.subarray(0, 512) ?? Buffer.of(),
    first?.subarray(512) ?? Buffer.of(),
  ]);
  await writeFile(intentPath(storage, '2.1'), copied);
  const hold = await holdOf(send(2), rows);
  assert.match(hold.text, /The send intent of row 2 was altered/);
  assert.match(
    (await holdOf(close(), rows)).text,
    /^Altered or removed: 1 send intent of shard 1 \(the first is of row 2\)/,
  );
  assert.equal(gateway.requests.length, 1);
  // Cancelled, the batch ends: what is not certain is unknown.
  assert.deepEqual((await close(true)).counts, { tokenized: 1, unknown: 1 });
});

test('an intent that is altered while its shard is closed holds the batch', async (t) => {
  let lists = 0;
  const { send, close, storage } = await openSending(t, {
    rows,
    storage: (real) =>
      withIntents(real, {
        async list(at) {
          const intents = await real.intents.list(at);
          lists += 1;
          // The consolidation lists them after every other check.
          if (lists === 3) return intents.map(({ head }) => ({ head, isAltered: true }));
          return intents;
        },
      }),
  });
  for (const row of [1, 2]) await send(row);
  assert.match((await holdOf(close(), rows)).text, /^Altered or removed: 2 send intents of shard 1/);
  assert.equal(await readOutcomeLines(storage, shardRef), undefined);
  assert.deepEqual((await close()).counts, { tokenized: 2 }, 'put back, they count again');
});

test('an intent removed below a later one of its row makes the batch hold', async (t) => {
  const { close, storage } = await openSending(t, { rows });
  for (const number of [1, 2]) {
    const own = await createIntent(storage.intents, shardRef, createIntentHead(1, number));
    await own?.writeResult({ kind: 'not_processed', cause: 'HTTP 429' });
  }
  await rm(intentPath(storage, '1.1'));
  assert.match(
    (await holdOf(close(), rows)).text,
    /removed: 1 send intent of shard 1 \(the first is of row 1\)/,
  );
});

test('a cancelled batch whose storage is older than a closed shard leaves the rows of that shard unknown', async (t) => {
  const { closeUnsent, storage, gateway } = await openSending(t, { rows });
  assert.deepEqual((await closeUnsent({ closed: [[1, 1]] })).counts, { unknown: 2 });
  assert.deepEqual(
    (await readOutcomeLines(storage, shardRef))?.map(({ errorCode }) => errorCode),
    ['unknown_storage_forgot', 'unknown_storage_forgot'],
  );
  assert.equal(gateway.requests.length, 0);
});

test('a cancelled batch leaves the rows of a shard that was never closed as not sent', async (t) => {
  const { closeUnsent } = await openSending(t, { rows });
  assert.deepEqual((await closeUnsent({ closed: [[2, 2]] })).counts, { not_sent: 2 });
});

test('a sealed shard whose intents are gone holds instead of ending with unknown rows', async (t) => {
  const { open, send, close, gateway, storage } = await openSending(t, { rows });
  await open();
  for (const row of [1, 2]) await send(row);
  await storage.intents.seal(shardRef, 'complete');
  await rm(join(folderOf(storage), 'intents'), { recursive: true });
  assert.equal((await holdOf(close(), rows)).code, 'storage_forgot');
  assert.deepEqual((await close(true)).counts, { unknown: 2 });
  assert.equal(gateway.requests.length, 2);
});
