/* Answers that come late, or in an unlucky order, are neither lost nor sent again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consolidateShard } from '../../src/results/consolidate-shard.ts';
import { readShardLines } from '../../src/results/merged-shard.ts';
import { readOutcomeFile, readOutcomeLines } from '../../src/results/outcome-file.ts';
import { shardFolder } from '../../src/storage/layout.ts';
import type { OwnIntent, Storage } from '../../src/storage/storage.ts';
import { createSendableRow } from '../support/batches.ts';
import { eventually } from '../support/condition.ts';
import { createIntent, createIntentHead, longestAnswer, shardRef as ref } from '../support/intents.ts';
import { createDiskError, withIntents } from '../support/sends.ts';
import { openSending } from './row-sending.ts';

function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const rows = [createSendableRow(1), createSendableRow(2)];
const token = { kind: 'final', answer: longestAnswer } as const;

test('of two closers, one that stood still before its write loses no result that came meanwhile', async (t) => {
  const { storage } = await openSending(t, { rows });
  const own = await createIntent(storage.intents, ref, createIntentHead(1));
  await storage.intents.seal(ref, 'cancelled');
  const gate = createGate();
  const waiting = createGate();
  const slow: Storage = {
    ...storage,
    files: {
      ...storage.files,
      async createExclusive(key, content) {
        if (key.includes('outcomes')) {
          waiting.open();
          await gate.opened;
        }
        return await storage.files.createExclusive(key, content);
      },
    },
  };
  const input = { ref, rows, isCancelled: true };
  const first = consolidateShard({ storage: slow, ...input });
  await waiting.opened;
  await own?.writeResult(token);
  const second = await consolidateShard({ storage, ...input });
  assert.equal(second[0]?.storedPaymentMethodId, longestAnswer.storedPaymentMethodId);
  gate.open();
  assert.deepEqual(await first, second, 'the slow one merges what the other wrote');
  assert.deepEqual(await consolidateShard({ storage, ...input }), second);
  assert.equal(await storage.intents.count(ref), 0);
  assert.equal((await readOutcomeFile(storage, ref))?.generation, 1);
});

test("a closer that did not see a row's newest intent may remove those before it, and nothing holds", async (t) => {
  const { storage, close } = await openSending(t, { rows: rows.slice(0, 1) });
  const head = (number: number) => ({ ...createIntentHead(1, number), deadlineMs: 0 });
  const first = await createIntent(storage.intents, ref, head(1));
  await first?.writeResult({ kind: 'not_processed', cause: 'not sent' });
  await storage.intents.seal(ref, 'complete');
  const late = await createIntent(storage.intents, ref, head(2));
  assert.deepEqual((await close()).counts, { unknown: 1 });
  await storage.intents.remove(ref, [{ row: 1, intent: 1 }]);
  await late?.writeResult({ kind: 'not_processed', cause: 'shard sealed' });
  assert.deepEqual((await close()).counts, { not_sent: 1 });
});

test('an intent is removed only after the outcome file that contains its result was read back', async (t) => {
  const { storage, send } = await openSending(t, { rows: rows.slice(0, 1) });
  await send(1);
  await storage.intents.seal(ref, 'complete');
  const lying: Storage = {
    ...storage,
    files: {
      ...storage.files,
      // The disk says that it wrote the file, and did not.
      createExclusive: async (key, content) =>
        key.includes('outcomes') || (await storage.files.createExclusive(key, content)),
    },
  };
  const input = { ref, rows: rows.slice(0, 1), isCancelled: false };
  await assert.rejects(consolidateShard({ storage: lying, ...input }), { name: 'StorageForgotError' });
  assert.equal(await storage.intents.count(ref), 1);
  assert.equal((await consolidateShard({ storage, ...input }))[0]?.outcome, 'tokenized');
});

test('a row sent by a process that did not see the seal counts in its pass and in every later one', async (t) => {
  let isStale = true;
  const { storage, send, close } = await openSending(t, {
    rows,
    storage: (real) =>
      withIntents(real, { isSealed: async (at) => !isStale && (await real.intents.isSealed(at)) }),
  });
  await send(1);
  await storage.intents.seal(ref, 'cancelled');
  await consolidateShard({ storage, ref, rows, isCancelled: true });
  assert.deepEqual(
    (await readOutcomeLines(storage, ref))?.map(({ outcome }) => outcome),
    ['tokenized', 'not_sent'],
  );
  assert.equal((await send(2)).outcome, 'tokenized', 'its host still caches that there is no seal');
  isStale = false;
  const passes = { storage, batchId: ref.batchId, rows: 2, plans: [] };
  const lines = await readShardLines(passes, 1);
  assert.equal(lines.get(2)?.[0].line.outcome, 'tokenized', 'so no redrive sends it again');
  assert.deepEqual((await close(true)).counts, { tokenized: 2 });
});

test('an intent that a stopped process creates after its row was closed takes no answer back', async (t) => {
  const { storage, send, close } = await openSending(t, { rows });
  for (const row of [1, 2]) await send(row);
  await close();
  assert.equal(await storage.intents.count(ref), 0);
  const passes = { storage, batchId: ref.batchId, rows: 2, plans: [] };
  // It found no intent of the row, creates one, and learns only then that the shard is sealed.
  for (const number of [1, 2]) {
    // Each closing removes the intents that have a result, so the second one has a gap below it.
    const own = await createIntent(storage.intents, ref, createIntentHead(1, number));
    for (const result of [undefined, { kind: 'not_processed', cause: 'shard sealed' } as const]) {
      if (result !== undefined) await own?.writeResult(result);
      assert.equal((await readShardLines(passes, 1)).get(1)?.[0].line.outcome, 'tokenized');
      assert.deepEqual((await close()).counts, { tokenized: 2 });
    }
  }
});

test('an open intent found after its row was closed as not sent makes the row unknown', async (t) => {
  const { storage, close } = await openSending(t, { rows });
  await close(true);
  await createIntent(storage.intents, ref, createIntentHead(2));
  const lines = await readShardLines({ storage, batchId: ref.batchId, rows: 2, plans: [] }, 1);
  assert.deepEqual(
    [...lines.values()].map(([{ line }]) => line.outcome),
    ['not_sent', 'unknown'],
  );
});

test('of two closers, one that waits for an owner while the other closes finds nothing left to send', async (t) => {
  let lists = 0;
  const { storage, send, close } = await openSending(t, {
    rows,
    storage: (real) =>
      withIntents(real, {
        async list(at) {
          lists += 1;
          // The second list is the one that decides which rows are left.
          if (lists === 2) {
            await real.intents.seal(at, 'complete');
            await consolidateShard({ storage: real, ref: at, rows, isCancelled: false });
          }
          return await real.intents.list(at);
        },
      }),
  });
  for (const row of [1, 2]) await send(row);
  assert.deepEqual(await close(undefined, { answered: [[1, 2]] }), { counts: { tokenized: 2 } });
  assert.equal(await storage.intents.count(ref), 0);
});

test('a shard that another process closes while its outcome file is read raises no alarm', async (t) => {
  const { storage, send, close } = await openSending(t, { rows });
  for (const row of [1, 2]) await send(row);
  const during: Storage = {
    ...storage,
    files: {
      ...storage.files,
      async list(folder) {
        const names = await storage.files.list(folder);
        if (folder === shardFolder(ref)) await close();
        return names;
      },
    },
  };
  assert.equal(await readOutcomeFile(during, ref), undefined, 'not yet closed, when the reading began');
  assert.equal((await readOutcomeFile(storage, ref))?.lines.length, 2);
});

test('a result that could not be written is written again while the process lives', async (t) => {
  let failures = 2;
  const failing = (own: OwnIntent): OwnIntent => ({
    async writeResult(result) {
      if (failures > 0) {
        failures -= 1;
        throw createDiskError('EIO');
      }
      await own.writeResult(result);
    },
  });
  const { send, close, resultsOf } = await openSending(t, {
    rows: rows.slice(0, 1),
    storage: (real) =>
      withIntents(real, {
        async create(at, head) {
          const own = await real.intents.create(at, head);
          return own === undefined ? undefined : failing(own);
        },
      }),
  });
  const sent = await send(1);
  assert.equal(sent.hold?.code, 'storage_failed');
  await eventually('the result', async () => (await resultsOf(1))[0]?.kind === 'final');
  // The workflow that knew of it is gone: nothing is handed over.
  assert.deepEqual((await close()).counts, { tokenized: 1 });
});

test('a shard that a dead closer sealed for a cancel that was forgotten is closed by itself', async (t) => {
  const { storage, send, open, close, gateway } = await openSending(t, { rows });
  await send(1);
  await storage.intents.seal(ref, 'cancelled');
  assert.deepEqual((await open()).toSend, []);
  assert.deepEqual((await close()).counts, { tokenized: 1, not_sent: 1 });
  assert.equal(gateway.requests.length, 1);
});
