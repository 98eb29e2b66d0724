/*
 * What every storage must do. The test file of an implementation calls describeStorageContract with
 * a function that opens one. Tests specific to an implementation (file modes, a damaged disk) stay
 * in that file.
 */
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { IntentResult, Storage } from '../../src/storage/storage.ts';
import { createIntent, createIntentHead, longestAnswer, shardRef } from '../support/intents.ts';

/**
 * Opens the storage of one test. Opened again by the same test, it is the same storage, as for a
 * second process.
 */
export type OpenStorage = (test: TestContext) => Promise<() => Promise<Storage>>;

const tokenized: IntentResult = { kind: 'final', answer: longestAnswer };
const notProcessed: IntentResult = { kind: 'not_processed', cause: 'HTTP 429' };

async function gather(lines: AsyncIterable<string>): Promise<string[]> {
  const gathered: string[] = [];
  for await (const line of lines) gathered.push(line);
  return gathered;
}

/** Runs the contract. `name` prefixes each test's name. */
export function describeStorageContract(name: string, open: OpenStorage): void {
  suite(`${name}: files`, () => describeFiles(open));
  suite(`${name}: intents`, () => describeIntents(open));
  suite(`${name}: slots`, () => describeSlots(open));
}

function describeFiles(open: OpenStorage): void {
  test('a storage keeps its id when reopened, and another storage has another id', async (t) => {
    const reopen = await open(t);
    const [first, second, other] = [await reopen(), await reopen(), await (await open(t))()];
    assert.equal(first.id, second.id);
    assert.notEqual(first.id, other.id);
  });

  test('a storage first opened by several processes at once has one id', async (t) => {
    const reopen = await open(t);
    const ids = await Promise.all(Array.from({ length: 12 }, async () => (await reopen()).id));
    assert.equal(new Set(ids).size, 1);
  });

  test('of several creations of one file, exactly one succeeds and its content stays', async (t) => {
    const reopen = await open(t);
    const storages = await Promise.all(Array.from({ length: 40 }, reopen));
    const wins = await Promise.all(
      storages.map(({ files }, owner) => files.createExclusive('a/deep/file', `owner ${owner}`)),
    );
    const winners = [...wins.keys()].filter((owner) => wins[owner] === true);
    assert.equal(winners.length, 1);
    const { files } = await reopen();
    assert.equal(String(await files.read('a/deep/file')), `owner ${winners[0]}`);
    assert.deepEqual(await files.list('a/deep'), ['file']);
  });

  test('a replaced file has the new content, for every kind of content', async (t) => {
    const { files } = await (await open(t))();
    async function* parts() {
      for (let index = 0; index < 30_000; index += 1) yield `line ${index}, あ\n`;
    }
    const whole = Array.from({ length: 30_000 }, (_, index) => `line ${index}, あ\n`).join('');
    for (const [content, expected] of [
      ['text あ', 'text あ'],
      [Buffer.from('bytes'), 'bytes'],
      ['', ''],
      [parts(), whole],
    ] as const) {
      await files.replace('results/file', content);
      assert.ok(String(await files.read('results/file')) === expected);
    }
    assert.deepEqual(await files.list('results'), ['file']);
  });

  test('concurrent readers of a file being replaced never see a partial file', async (t) => {
    const { files } = await (await open(t))();
    const content = (letter: string): string => letter.repeat(200_000);
    await files.replace('file', content('a'));
    let isWriting = true;
    const write = async (): Promise<void> => {
      for (const letter of 'bcdefghijk') await files.replace('file', content(letter));
      isWriting = false;
    };
    const seen = new Set<string>();
    const read = async (): Promise<void> => {
      while (isWriting) {
        const text = String(await files.read('file'));
        assert.equal(text.length, 200_000);
        assert.ok(text === content(text.slice(0, 1)));
        seen.add(text.slice(0, 1));
      }
    };
    await Promise.all([write(), read(), read()]);
    assert.ok(seen.size > 1, 'the readers saw several contents');
    assert.ok(String(await files.read('file')) === content('k'));
  });

  test('a replacement whose source fails leaves the file unchanged and leaves no other file', async (t) => {
    const { files } = await (await open(t))();
    await files.replace('folder/file', 'before');
    async function* broken() {
      yield 'x'.repeat(100_000);
      throw new Error('source failed');
    }
    await assert.rejects(files.replace('folder/file', broken()), /source failed/);
    assert.equal(String(await files.read('folder/file')), 'before');
    assert.deepEqual(await files.list('folder'), ['file']);
  });

  test('a draft is invisible before its commit, and then replaces the whole file', async (t) => {
    const { files } = await (await open(t))();
    await files.replace('folder/file', 'before');
    const draft = await files.draft('folder/file');
    await draft.write('x'.repeat(100_000));
    await draft.write('end');
    await draft.finish();
    assert.equal(String(await files.read('folder/file')), 'before');
    assert.deepEqual(await files.list('folder'), ['file']);
    await draft.commit();
    assert.ok(String(await files.read('folder/file')) === `${'x'.repeat(100_000)}end`);
    assert.deepEqual(await files.list('folder'), ['file']);
  });

  test('a draft discarded before or after finish leaves the file unchanged and leaves no other file', async (t) => {
    const { files } = await (await open(t))();
    await files.replace('folder/file', 'before');
    for (const isFinished of [false, true]) {
      const draft = await files.draft('folder/file');
      await draft.write('x');
      if (isFinished) await draft.finish();
      await draft.discard();
      await draft.discard();
    }
    assert.equal(String(await files.read('folder/file')), 'before');
    assert.deepEqual(await files.list('folder'), ['file']);
  });

  test('a missing file reads as undefined, has no lines, lists as empty, and can be removed', async (t) => {
    const { files } = await (await open(t))();
    assert.equal(await files.read('no/file'), undefined);
    assert.deepEqual(await gather(files.readLines('no/file')), []);
    assert.deepEqual(await files.list('no'), []);
    await files.remove('no/file');
  });

  test('lines are read without their line ends', async (t) => {
    const { files } = await (await open(t))();
    await files.replace('file', 'one\ntwo\r\nthree');
    assert.deepEqual(await gather(files.readLines('file')), ['one', 'two', 'three']);
  });

  test('removing a folder removes everything in it', async (t) => {
    const { files } = await (await open(t))();
    await files.createExclusive('a/b/one', '1');
    await files.createExclusive('a/b/c/two', '2');
    await files.createExclusive('a/kept', '3');
    await files.remove('a/b');
    assert.deepEqual(await files.list('a'), ['kept']);
    assert.equal(await files.createExclusive('a/b/one', 'again'), true);
  });
}

function describeIntents(open: OpenStorage): void {
  test('a created intent is found open, with its head unchanged', async (t) => {
    const reopen = await open(t);
    const { intents } = await reopen();
    await intents.prepare(shardRef);
    await intents.prepare(shardRef);
    assert.equal(await intents.last(shardRef, 1), undefined);
    assert.ok((await createIntent(intents, shardRef, createIntentHead(1))) !== undefined);
    const found = await (await reopen()).intents.last(shardRef, 1);
    assert.deepEqual(found, { head: createIntentHead(1) });
  });

  test('no intent can be created in a shard that is not prepared: it was lost, or is of another storage', async (t) => {
    const { intents } = await (await open(t))();
    assert.equal(await intents.isPrepared(shardRef), false);
    await assert.rejects(intents.create(shardRef, createIntentHead(3)), { name: 'StorageForgotError' });
    await intents.prepare(shardRef);
    assert.equal(await intents.isPrepared(shardRef), true);
    assert.ok((await intents.create(shardRef, createIntentHead(3))) !== undefined);
    assert.equal(await intents.count(shardRef), 1);
  });

  test('the same creation tried again finds its own intent, and can write its result', async (t) => {
    const reopen = await open(t);
    const { intents } = await reopen();
    assert.ok((await createIntent(intents, shardRef, createIntentHead(1))) !== undefined);
    // The answer was lost: the owner tries the same creation again, through a new connection.
    const again = await (await reopen()).intents.create(shardRef, createIntentHead(1));
    assert.ok(again !== undefined);
    await again.writeResult(notProcessed);
    assert.deepEqual(await intents.last(shardRef, 1), { head: createIntentHead(1), result: notProcessed });
    assert.equal(await intents.create(shardRef, createIntentHead(1, 1, 'host 2')), undefined);
  });

  test('a seal keeps its first reason', async (t) => {
    const { intents } = await (await open(t))();
    assert.equal(await intents.sealOf(shardRef), undefined);
    await intents.seal(shardRef, 'cancelled');
    await intents.seal(shardRef, 'complete');
    assert.equal(await intents.sealOf(shardRef), 'cancelled');
    await intents.seal({ ...shardRef, shard: 2 }, 'complete');
    assert.equal(await intents.sealOf({ ...shardRef, shard: 2 }), 'complete');
  });

  test('an intent missing below another one of its row is listed as altered, with its reference', async (t) => {
    const { intents } = await (await open(t))();
    for (const number of [1, 2, 3]) {
      await (await createIntent(intents, shardRef, createIntentHead(4, number)))?.writeResult(notProcessed);
    }
    await intents.remove(shardRef, [{ row: 4, intent: 2 }]);
    const listed = await intents.list(shardRef);
    assert.deepEqual(
      listed.map(({ head, isAltered }) => [head.intent, isAltered === true]),
      [
        [1, false],
        [2, true],
        [3, false],
      ],
    );
    assert.match(listed[1]?.head.merchantTxnRef ?? '', /-p1-r4-n2$/);
  });

  test('of fifty creations of one intent, exactly one succeeds, and the intent is the winner’s', async (t) => {
    const reopen = await open(t);
    const storages = await Promise.all(Array.from({ length: 5 }, reopen));
    await storages[0]?.intents.prepare(shardRef);
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, owner) =>
        storages[owner % 5]?.intents.create(shardRef, createIntentHead(7, 1, `owner ${owner}`)),
      ),
    );
    const winners = [...made.keys()].filter((owner) => made[owner] !== undefined);
    assert.equal(winners.length, 1);
    const { intents } = await reopen();
    assert.equal((await intents.last(shardRef, 7))?.head.owner, `owner ${winners[0]}`);
    assert.equal(await createIntent(intents, shardRef, createIntentHead(7)), undefined);
  });

  test('a result of any length that the client keeps is read back unchanged', async (t) => {
    const reopen = await open(t);
    const { intents } = await reopen();
    for (const [row, end] of [
      [1, tokenized],
      [2, notProcessed],
    ] as const) {
      await (await createIntent(intents, shardRef, createIntentHead(row)))?.writeResult(end);
      assert.deepEqual((await (await reopen()).intents.last(shardRef, row))?.result, end);
    }
  });

  test('any answer is read back unchanged', async (t) => {
    const { intents } = await (await open(t))();
    let row = 0;
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        text,
        text,
        fc.boolean(),
        fc.integer(),
        async (message, remark, isLive, responseCode) => {
          row += 1;
          const end: IntentResult = {
            kind: 'final',
            answer: { ...longestAnswer, message, remark, isLive, responseCode },
          };
          await (await createIntent(intents, shardRef, createIntentHead(row)))?.writeResult(end);
          assert.deepEqual((await intents.last(shardRef, row))?.result, end);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('the last intent of a row is the one with the highest number', async (t) => {
    const { intents } = await (await open(t))();
    for (let intent = 1; intent <= 12; intent += 1) {
      await (await createIntent(intents, shardRef, createIntentHead(4, intent)))?.writeResult(notProcessed);
    }
    await createIntent(intents, shardRef, createIntentHead(4, 13));
    const last = await intents.last(shardRef, 4);
    assert.deepEqual([last?.head.intent, last?.result], [13, undefined]);
  });

  test('intents are listed by row and number with their results, and counted without reading', async (t) => {
    const { intents } = await (await open(t))();
    for (const [row, intent] of [
      [10, 1],
      [2, 1],
      [2, 2],
      [1, 1],
    ] as const) {
      await createIntent(intents, shardRef, createIntentHead(row, intent));
    }
    await (await createIntent(intents, shardRef, createIntentHead(3)))?.writeResult(tokenized);
    const listed = await intents.list(shardRef);
    assert.deepEqual(
      listed.map(({ head, result }) => [head.row, head.intent, result?.kind]),
      [
        [1, 1, undefined],
        [2, 1, undefined],
        [2, 2, undefined],
        [3, 1, 'final'],
        [10, 1, undefined],
      ],
    );
    assert.equal(await intents.count(shardRef), 5);
  });

  test('removed intents are gone, others stay, and removing them again is no error', async (t) => {
    const { intents } = await (await open(t))();
    for (const row of [1, 2, 3]) await createIntent(intents, shardRef, createIntentHead(row));
    const gone = [
      { row: 1, intent: 1 },
      { row: 3, intent: 1 },
      { row: 9, intent: 9 },
    ];
    await intents.remove(shardRef, gone);
    await intents.remove(shardRef, gone);
    assert.deepEqual(
      (await intents.list(shardRef)).map(({ head }) => head.row),
      [2],
    );
  });

  test('another pass and another shard of the batch have their own intents', async (t) => {
    const { intents } = await (await open(t))();
    await createIntent(intents, shardRef, createIntentHead(1));
    for (const other of [
      { ...shardRef, pass: 2 },
      { ...shardRef, shard: 2 },
      { ...shardRef, batchId: 'cardlift/merchant/other' },
    ]) {
      assert.equal(await intents.last(other, 1), undefined);
      assert.equal(await intents.count(other), 0);
      assert.deepEqual(await intents.list(other), []);
      assert.equal(await intents.isSealed(other), false);
    }
  });

  test('a seal is visible to all processes, can be repeated, and leaves other shards unsealed', async (t) => {
    const reopen = await open(t);
    const { intents } = await reopen();
    assert.equal(await intents.isSealed(shardRef), false);
    await intents.seal(shardRef, 'complete');
    await intents.seal(shardRef, 'complete');
    assert.equal(await (await reopen()).intents.isSealed(shardRef), true);
    assert.equal(await intents.isSealed({ ...shardRef, shard: 2 }), false);
  });

  test('a result written after the seal, and after other intents were removed, is still found', async (t) => {
    const { intents } = await (await open(t))();
    const late = await createIntent(intents, shardRef, createIntentHead(1));
    await (await createIntent(intents, shardRef, createIntentHead(2)))?.writeResult(tokenized);
    await intents.seal(shardRef, 'complete');
    await intents.remove(shardRef, [{ row: 2, intent: 1 }]);
    await late?.writeResult(tokenized);
    assert.deepEqual(await intents.list(shardRef), [{ head: createIntentHead(1), result: tokenized }]);
  });

  test('an invalid batch id is refused, so that no key leaves the storage', async (t) => {
    const { intents } = await (await open(t))();
    for (const batchId of ['cardlift/../../etc', 'other/a/b', 'cardlift/a', 'cardlift/a/b/c', '']) {
      await assert.rejects(
        async () => createIntent(intents, { ...shardRef, batchId }, createIntentHead(1)),
        /its id is invalid/,
      );
    }
  });
}

function describeSlots(open: OpenStorage): void {
  const sharedLimit = 'accounts/a/slots';

  test('of several workers creating one slot batch, exactly one succeeds, and all read its content', async (t) => {
    const reopen = await open(t);
    const storages = await Promise.all(Array.from({ length: 20 }, reopen));
    for (const slotBatch of [1, 2, 3]) {
      const wins = await Promise.all(
        storages.map(({ slots }, owner) => slots.create(sharedLimit, slotBatch, `owner ${owner}`)),
      );
      const winners = [...wins.keys()].filter((owner) => wins[owner] === true);
      assert.equal(winners.length, 1);
      for (const { slots } of storages)
        assert.equal(await slots.read(sharedLimit, slotBatch), `owner ${winners[0]}`);
    }
  });

  test('slot batches are listed by number, and a new shared limit has none', async (t) => {
    const { slots } = await (await open(t))();
    assert.deepEqual(await slots.list(sharedLimit), []);
    assert.equal(await slots.read(sharedLimit, 1), undefined);
    for (const slotBatch of [9, 10, 100, 11]) await slots.create(sharedLimit, slotBatch, 'a slot batch');
    assert.deepEqual(await slots.list(sharedLimit), [9, 10, 11, 100]);
    assert.deepEqual(await slots.list('accounts/b/slots'), []);
  });

  test('a reader of a slot batch being replaced sees the old content or the new one, whole', async (t) => {
    const reopen = await open(t);
    const { slots } = await reopen();
    const contents = ['a'.repeat(5_000), 'b'.repeat(7_000)];
    await slots.create(sharedLimit, 1, contents[0] ?? '');
    const other = (await reopen()).slots;
    const write = async (): Promise<void> => {
      for (let time = 1; time <= 50; time += 1) await slots.replace(sharedLimit, 1, contents[time % 2] ?? '');
    };
    const read = async (): Promise<void> => {
      for (let time = 1; time <= 200; time += 1) {
        assert.ok(contents.includes((await other.read(sharedLimit, 1)) ?? ''));
      }
    };
    await Promise.all([write(), read()]);
  });

  test('removed slot batches are gone, others stay, and removing them again is no error', async (t) => {
    const { slots } = await (await open(t))();
    for (const slotBatch of [1, 2, 3]) await slots.create(sharedLimit, slotBatch, 'a slot batch');
    await slots.remove(sharedLimit, [1, 3]);
    await slots.remove(sharedLimit, [1, 3, 77]);
    assert.deepEqual(await slots.list(sharedLimit), [2]);
  });
}
