import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { createNoteHead, longestAnswer, shardRef } from '../support/notes.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';
import { describeStorageContract } from './contract.ts';

describeStorageContract('local storage', async (t) => {
  const root = join(await createTemporaryFolder(t), 'made', 'at', 'first', 'use');
  return () => openLocalStorage(root);
});

const shardPath = (root: string): string => join(root, 'batches', 'merchant', 'batch', 'pass-1', 'shard-1');
const notePath = (root: string, row: number, note = 1): string =>
  join(shardPath(root), 'notes', `${row}.${note}`);
const ended = { kind: 'ended', answer: longestAnswer } as const;
const isRoot = process.getuid?.() === 0;

async function openWithNote(t: TestContext) {
  const root = await createTemporaryFolder(t);
  const storage = await openLocalStorage(root);
  const own = await storage.notes.create(shardRef, createNoteHead(1));
  assert.ok(own !== undefined);
  return { root, storage, own, path: notePath(root, 1) };
}

async function changeByte(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at);
  await file.close();
}

test('a note has the room for its end from the start: writing it changes no size and takes no block', async (t) => {
  const { own, path } = await openWithNote(t);
  const before = await stat(path);
  await own.end(ended);
  const after = await stat(path);
  assert.deepEqual([after.size, after.blocks], [before.size, before.blocks]);
  assert.equal(before.size, 4_096);
});

test('an end longer than its room is kept whole all the same', async (t) => {
  const { own, storage } = await openWithNote(t);
  const end = { kind: 'ended', answer: { ...longestAnswer, message: 'm'.repeat(9_000) } } as const;
  await own.end(end);
  assert.deepEqual((await storage.notes.last(shardRef, 1))?.end, end);
});

test('one byte changed anywhere in an end makes the note an open one, never another answer', async (t) => {
  const { own, storage, path } = await openWithNote(t);
  await own.end(ended);
  const length = (await readFile(path, 'utf8')).trimEnd().length;
  for (let at = 512; at < length; at += 37) {
    await changeByte(path, at);
    assert.deepEqual(await storage.notes.last(shardRef, 1), { head: createNoteHead(1) }, `byte ${at}`);
    await changeByte(path, at);
  }
  assert.deepEqual((await storage.notes.last(shardRef, 1))?.end, ended);
});

test('half an end, as a power cut leaves it, reads as none', async (t) => {
  const { own, storage, path } = await openWithNote(t);
  await own.end(ended);
  for (const bytes of [513, 528, 600, 1_500]) {
    await truncate(path, bytes);
    assert.deepEqual(await storage.notes.last(shardRef, 1), { head: createNoteHead(1) });
  }
});

test('a note cut off within its head is open, with a deadline ten minutes after it was made', async (t) => {
  const { storage, path } = await openWithNote(t);
  for (const bytes of [60, 1, 0]) {
    await truncate(path, bytes);
    const { mtimeMs } = await stat(path);
    const note = await storage.notes.last(shardRef, 1);
    assert.deepEqual([note?.head.row, note?.head.note, note?.end], [1, 1, undefined]);
    assert.equal(note?.head.deadlineMs, mtimeMs + 600_000);
    assert.equal(await storage.notes.create(shardRef, createNoteHead(1)), undefined);
  }
});

test('files beside the notes that are none are left alone', async (t) => {
  const { root, storage } = await openWithNote(t);
  await writeFile(join(shardPath(root), 'notes', '.nfs0001'), '');
  await writeFile(join(shardPath(root), 'notes', '1.1.bak'), '');
  assert.equal(await storage.notes.count(shardRef), 1);
  assert.equal((await storage.notes.list(shardRef)).length, 1);
});

test('everything is readable by its owner only, whatever the umask', async (t) => {
  const root = join(await createTemporaryFolder(t), 'storage');
  const before = process.umask(0);
  try {
    const { files, notes } = await openLocalStorage(root);
    await files.createExclusive('a/exclusive', '1');
    await files.replace('b/c/replaced', '2');
    await (await notes.create(shardRef, createNoteHead(1)))?.end(ended);
    await notes.seal(shardRef);
  } finally {
    process.umask(before);
  }
  const names = await readdir(root, { recursive: true, withFileTypes: true });
  assert.ok(names.length >= 10);
  for (const entry of [...names.map((name) => join(name.parentPath, name.name)), root]) {
    const found = await stat(entry);
    assert.equal(found.mode & 0o777, found.isDirectory() ? 0o700 : 0o600, entry.slice(root.length));
  }
});

test('a storage whose id is damaged is refused with the file to look at', async (t) => {
  const root = await createTemporaryFolder(t);
  for (const content of ['', '{}', '{"id":"no uuid"}']) {
    await writeFile(join(root, 'storage.json'), content);
    await assert.rejects(openLocalStorage(root), /storage\.json does not hold its id/);
  }
});

test('a storage of another version is left alone, with what to do', async (t) => {
  const root = await createTemporaryFolder(t);
  const { id } = await openLocalStorage(root);
  await writeFile(join(root, 'storage.json'), JSON.stringify({ version: 2, id }));
  await assert.rejects(
    openLocalStorage(root),
    /storage\.json says version 2, and this Cardlift reads version 1\. Use the Cardlift that made it/,
  );
});

test('a failing disk is an error, never "there is no note" or "there is no seal"', async (t) => {
  const { root, storage } = await openWithNote(t);
  // A folder where a file belongs fails for every user, root included.
  await mkdir(notePath(root, 2), { recursive: true });
  await assert.rejects(storage.notes.last(shardRef, 2), { code: 'EISDIR' });
  await writeFile(join(root, 'file'), '');
  await assert.rejects(storage.files.read('file/below'), { code: 'ENOTDIR' });
  await assert.rejects(storage.files.list('file'), { code: 'ENOTDIR' });
  await assert.rejects(storage.files.createExclusive('file/below', ''), { code: /ENOTDIR|EEXIST/ });
  const elsewhere = { ...shardRef, shard: 2 };
  await writeFile(join(shardPath(root), '..', 'shard-2'), '');
  await assert.rejects(storage.notes.isSealed(elsewhere), { code: 'ENOTDIR' });
  await assert.rejects(storage.notes.create(elsewhere, createNoteHead(1)));
  await assert.rejects(storage.notes.seal(elsewhere));
});

test('a full disk refuses new notes, and still takes the ends of those that were made', async (t) => {
  const root = await createTemporaryFolder(t);
  const mounted =
    isRoot && process.platform === 'linux'
      ? spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', root]).status === 0
      : false;
  if (!mounted) {
    t.skip('needs the right to mount a small file system');
    return;
  }
  try {
    const { notes } = await openLocalStorage(root);
    const made: NonNullable<Awaited<ReturnType<typeof notes.create>>>[] = [];
    let failure: unknown;
    for (let row = 1; row <= 200 && failure === undefined; row += 1) {
      const own = await notes.create(shardRef, createNoteHead(row)).catch((error: unknown) => {
        failure = error;
        return undefined;
      });
      if (own !== undefined) made.push(own);
    }
    assert.equal((failure as NodeJS.ErrnoException).code, 'ENOSPC');
    assert.ok(made.length > 10);
    assert.equal(await notes.last(shardRef, made.length + 1), undefined, 'nor does a refused one stay');
    for (const own of made) await own.end(ended);
    const found = (await notes.list(shardRef)).filter(({ end }) => end?.kind === 'ended');
    assert.equal(found.length, made.length);
  } finally {
    spawnSync('umount', ['-l', root]);
  }
});

const makerFile = fileURLToPath(new URL('../support/note-maker.ts', import.meta.url));

/** A process that makes notes for rows it is told on its stdin. */
function startMaker(t: TestContext, root: string, name: string) {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', makerFile, root, name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  assert.ok(child.stdin !== null && child.stdout !== null);
  const { stdin } = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    tell: (line: string) => stdin.write(`${line}\n`),
    hear: async () => (await lines.next()).value as string | undefined,
  };
}

test('of four processes that race for the same notes each note has one maker', async (t) => {
  const root = await createTemporaryFolder(t);
  const { notes } = await openLocalStorage(root);
  const makers = ['one', 'two', 'three', 'four'].map((name) => startMaker(t, root, name));
  assert.deepEqual(await Promise.all(makers.map(({ hear }) => hear())), ['ready', 'ready', 'ready', 'ready']);
  for (const { tell } of makers) tell('race 60');
  const won = await Promise.all(
    makers.map(async ({ hear }) => JSON.parse((await hear()) ?? '[]') as number[]),
  );
  const rows = won.flat().sort((a, b) => a - b);
  assert.deepEqual(
    rows,
    Array.from({ length: 60 }, (_, index) => index + 1),
  );
  for (const { head, end } of await notes.list(shardRef)) {
    assert.equal(end?.kind, 'ended');
    const index = ['one', 'two', 'three', 'four'].indexOf(head.maker);
    assert.ok(won[index]?.includes(head.row), `row ${head.row} is its maker's`);
  }
});

test('a process killed between a note and its end leaves an open note that nobody else gets', async (t) => {
  const root = await createTemporaryFolder(t);
  const maker = startMaker(t, root, 'killed');
  assert.equal(await maker.hear(), 'ready');
  maker.tell('make 1');
  assert.equal(await maker.hear(), 'made');
  const exited = once(maker.child, 'exit');
  maker.child.kill('SIGKILL');
  await exited;
  const { notes } = await openLocalStorage(root);
  assert.deepEqual(await notes.last(shardRef, 1), { head: createNoteHead(1, 1, 'killed') });
  assert.equal(await notes.create(shardRef, createNoteHead(1)), undefined);
});
