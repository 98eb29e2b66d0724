/*
 * What every storage must do. An implementation's test file calls describeStorageContract with the way to open one; what is
 * special to it (modes of files, a damaged disk) stands in that file.
 */
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { NoteEnd, Storage } from '../../src/storage/storage.ts';
import { createNoteHead, longestAnswer, shardRef } from '../support/notes.ts';

/** Opens the storage of one test. Opened twice with the same test it gives the same storage again, as a second process would. */
export type OpenStorage = (test: TestContext) => Promise<() => Promise<Storage>>;

const tokenized: NoteEnd = { kind: 'ended', answer: longestAnswer };
const notProcessed: NoteEnd = { kind: 'not_processed', cause: 'HTTP 429' };

async function gather(lines: AsyncIterable<string>): Promise<string[]> {
  const gathered: string[] = [];
  for await (const line of lines) gathered.push(line);
  return gathered;
}

/** Runs the contract. `name` stands before each test's name. */
export function describeStorageContract(name: string, open: OpenStorage): void {
  suite(`${name}: files`, () => describeFiles(open));
  suite(`${name}: notes`, () => describeNotes(open));
  suite(`${name}: turns`, () => describeTurns(open));
}

function describeFiles(open: OpenStorage): void {
  test('a storage keeps its id when it is opened again, and another storage has another one', async (t) => {
    const reopen = await open(t);
    const [first, second, other] = [await reopen(), await reopen(), await (await open(t))()];
    assert.equal(first.id, second.id);
    assert.notEqual(first.id, other.id);
  });

  test('opened by many at once for the first time, a storage has one id', async (t) => {
    const reopen = await open(t);
    const ids = await Promise.all(Array.from({ length: 12 }, async () => (await reopen()).id));
    assert.equal(new Set(ids).size, 1);
  });

  test('of many who create one file at once exactly one wins, and its content stays', async (t) => {
    const reopen = await open(t);
    const storages = await Promise.all(Array.from({ length: 40 }, reopen));
    const wins = await Promise.all(
      storages.map(({ files }, maker) => files.createExclusive('a/deep/file', `maker ${maker}`)),
    );
    const winners = [...wins.keys()].filter((maker) => wins[maker] === true);
    assert.equal(winners.length, 1);
    const { files } = await reopen();
    assert.equal(String(await files.read('a/deep/file')), `maker ${winners[0]}`);
    assert.deepEqual(await files.list('a/deep'), ['file']);
  });

  test('a file that was replaced has the new content, whatever kind it is given in', async (t) => {
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

  test('readers beside a replacing writer never see half a file', async (t) => {
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

  test('a replacement whose source fails leaves the file as it was, and nothing beside it', async (t) => {
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

  test('a draft is seen by nobody before its commit, and then as a whole in place of the file', async (t) => {
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

  test('a draft that is discarded, before or after its finish, leaves the file as it was and nothing beside it', async (t) => {
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

  test('a file that is not there reads as undefined, has no lines, lists as nothing, and may be removed', async (t) => {
    const { files } = await (await open(t))();
    assert.equal(await files.read('no/file'), undefined);
    assert.deepEqual(await gather(files.readLines('no/file')), []);
    assert.deepEqual(await files.list('no'), []);
    await files.remove('no/file');
  });

  test('the lines of a file come without their ends', async (t) => {
    const { files } = await (await open(t))();
    await files.replace('file', 'one\ntwo\r\nthree');
    assert.deepEqual(await gather(files.readLines('file')), ['one', 'two', 'three']);
  });

  test('a removed folder is gone with all that was in it', async (t) => {
    const { files } = await (await open(t))();
    await files.createExclusive('a/b/one', '1');
    await files.createExclusive('a/b/c/two', '2');
    await files.createExclusive('a/kept', '3');
    await files.remove('a/b');
    assert.deepEqual(await files.list('a'), ['kept']);
    assert.equal(await files.createExclusive('a/b/one', 'again'), true);
  });
}

function describeNotes(open: OpenStorage): void {
  test('a note that was made is found open, with its head to the letter', async (t) => {
    const reopen = await open(t);
    const { notes } = await reopen();
    await notes.prepare(shardRef);
    await notes.prepare(shardRef);
    assert.equal(await notes.last(shardRef, 1), undefined);
    assert.ok((await notes.create(shardRef, createNoteHead(1))) !== undefined);
    const found = await (await reopen()).notes.last(shardRef, 1);
    assert.deepEqual(found, { head: createNoteHead(1) });
  });

  test('a note is made without preparing its shard', async (t) => {
    const { notes } = await (await open(t))();
    assert.ok((await notes.create(shardRef, createNoteHead(3))) !== undefined);
    assert.equal(await notes.count(shardRef), 1);
  });

  test('of fifty who make one note at once exactly one gets it, and the note is the winner’s', async (t) => {
    const reopen = await open(t);
    const storages = await Promise.all(Array.from({ length: 5 }, reopen));
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, maker) =>
        storages[maker % 5]?.notes.create(shardRef, createNoteHead(7, 1, `maker ${maker}`)),
      ),
    );
    const winners = [...made.keys()].filter((maker) => made[maker] !== undefined);
    assert.equal(winners.length, 1);
    const { notes } = await reopen();
    assert.equal((await notes.last(shardRef, 7))?.head.maker, `maker ${winners[0]}`);
    assert.equal(await notes.create(shardRef, createNoteHead(7)), undefined);
  });

  test('an end of any length that the client keeps is read back to the letter', async (t) => {
    const reopen = await open(t);
    const { notes } = await reopen();
    for (const [row, end] of [
      [1, tokenized],
      [2, notProcessed],
    ] as const) {
      await (await notes.create(shardRef, createNoteHead(row)))?.end(end);
      assert.deepEqual((await (await reopen()).notes.last(shardRef, row))?.end, end);
    }
  });

  test('any answer is read back to the letter', async (t) => {
    const { notes } = await (await open(t))();
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
          const end: NoteEnd = {
            kind: 'ended',
            answer: { ...longestAnswer, message, remark, isLive, responseCode },
          };
          await (await notes.create(shardRef, createNoteHead(row)))?.end(end);
          assert.deepEqual((await notes.last(shardRef, row))?.end, end);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('the last note of a row is the one with the highest number', async (t) => {
    const { notes } = await (await open(t))();
    for (let note = 1; note <= 12; note += 1) {
      await (await notes.create(shardRef, createNoteHead(4, note)))?.end(notProcessed);
    }
    await notes.create(shardRef, createNoteHead(4, 13));
    const last = await notes.last(shardRef, 4);
    assert.deepEqual([last?.head.note, last?.end], [13, undefined]);
  });

  test('notes are listed by row and number, each with what it has, and counted without reading', async (t) => {
    const { notes } = await (await open(t))();
    for (const [row, note] of [
      [10, 1],
      [2, 1],
      [2, 2],
      [1, 1],
    ] as const) {
      await notes.create(shardRef, createNoteHead(row, note));
    }
    await (await notes.create(shardRef, createNoteHead(3)))?.end(tokenized);
    const listed = await notes.list(shardRef);
    assert.deepEqual(
      listed.map(({ head, end }) => [head.row, head.note, end?.kind]),
      [
        [1, 1, undefined],
        [2, 1, undefined],
        [2, 2, undefined],
        [3, 1, 'ended'],
        [10, 1, undefined],
      ],
    );
    assert.equal(await notes.count(shardRef), 5);
  });

  test('removed notes are gone, the others stay, and removing again is no error', async (t) => {
    const { notes } = await (await open(t))();
    for (const row of [1, 2, 3]) await notes.create(shardRef, createNoteHead(row));
    const gone = [
      { row: 1, note: 1 },
      { row: 3, note: 1 },
      { row: 9, note: 9 },
    ];
    await notes.remove(shardRef, gone);
    await notes.remove(shardRef, gone);
    assert.deepEqual(
      (await notes.list(shardRef)).map(({ head }) => head.row),
      [2],
    );
  });

  test('another pass and another shard of the batch have notes of their own', async (t) => {
    const { notes } = await (await open(t))();
    await notes.create(shardRef, createNoteHead(1));
    for (const other of [
      { ...shardRef, pass: 2 },
      { ...shardRef, shard: 2 },
      { ...shardRef, batchId: 'cardlift/merchant/other' },
    ]) {
      assert.equal(await notes.last(other, 1), undefined);
      assert.equal(await notes.count(other), 0);
      assert.deepEqual(await notes.list(other), []);
      assert.equal(await notes.isSealed(other), false);
    }
  });

  test('a seal is seen by everybody, may be repeated, and keeps other shards open', async (t) => {
    const reopen = await open(t);
    const { notes } = await reopen();
    assert.equal(await notes.isSealed(shardRef), false);
    await notes.seal(shardRef);
    await notes.seal(shardRef);
    assert.equal(await (await reopen()).notes.isSealed(shardRef), true);
    assert.equal(await notes.isSealed({ ...shardRef, shard: 2 }), false);
  });

  test('an end that comes after the seal, and after other notes were removed, is still found', async (t) => {
    const { notes } = await (await open(t))();
    const late = await notes.create(shardRef, createNoteHead(1));
    await (await notes.create(shardRef, createNoteHead(2)))?.end(tokenized);
    await notes.seal(shardRef);
    await notes.remove(shardRef, [{ row: 2, note: 1 }]);
    await late?.end(tokenized);
    assert.deepEqual(await notes.list(shardRef), [{ head: createNoteHead(1), end: tokenized }]);
  });

  test('a batch id that is none gives no place, so that nothing leaves the storage', async (t) => {
    const { notes } = await (await open(t))();
    for (const batchId of ['cardlift/../../etc', 'other/a/b', 'cardlift/a', 'cardlift/a/b/c', '']) {
      await assert.rejects(
        async () => notes.create({ ...shardRef, batchId }, createNoteHead(1)),
        /unknown form/,
      );
    }
  });
}

function describeTurns(open: OpenStorage): void {
  const book = 'accounts/a/turns';

  test('of many workers that make the same block at once exactly one succeeds, and everybody reads its content', async (t) => {
    const reopen = await open(t);
    const storages = await Promise.all(Array.from({ length: 20 }, reopen));
    for (const block of [1, 2, 3]) {
      const wins = await Promise.all(
        storages.map(({ turns }, maker) => turns.create(book, block, `maker ${maker}`)),
      );
      const winners = [...wins.keys()].filter((maker) => wins[maker] === true);
      assert.equal(winners.length, 1);
      for (const { turns } of storages) assert.equal(await turns.read(book, block), `maker ${winners[0]}`);
    }
  });

  test('blocks are listed by number, and a book that nobody has begun has none', async (t) => {
    const { turns } = await (await open(t))();
    assert.deepEqual(await turns.list(book), []);
    assert.equal(await turns.read(book, 1), undefined);
    for (const block of [9, 10, 100, 11]) await turns.create(book, block, 'a block');
    assert.deepEqual(await turns.list(book), [9, 10, 11, 100]);
    assert.deepEqual(await turns.list('accounts/b/turns'), []);
  });

  test('who reads a block while it is replaced sees the whole of either content', async (t) => {
    const reopen = await open(t);
    const { turns } = await reopen();
    const contents = ['a'.repeat(5_000), 'b'.repeat(7_000)];
    await turns.create(book, 1, contents[0] ?? '');
    const other = (await reopen()).turns;
    const write = async (): Promise<void> => {
      for (let time = 1; time <= 50; time += 1) await turns.replace(book, 1, contents[time % 2] ?? '');
    };
    const read = async (): Promise<void> => {
      for (let time = 1; time <= 200; time += 1) {
        assert.ok(contents.includes((await other.read(book, 1)) ?? ''));
      }
    };
    await Promise.all([write(), read()]);
  });

  test('removed blocks are gone, the others stay, and removing again is no error', async (t) => {
    const { turns } = await (await open(t))();
    for (const block of [1, 2, 3]) await turns.create(book, block, 'a block');
    await turns.remove(book, [1, 3]);
    await turns.remove(book, [1, 3, 77]);
    assert.deepEqual(await turns.list(book), [2]);
  });
}
