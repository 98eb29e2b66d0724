import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { createIntent, createIntentHead, longestAnswer, shardRef } from '../support/intents.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';
import { describeStorageContract } from './contract.ts';

describeStorageContract('local storage', async (t) => {
  const root = join(await createTemporaryFolder(t), 'made', 'at', 'first', 'use');
  return () => openLocalStorage(root, testKey);
});

const shardPath = (root: string): string => join(root, 'batches', 'merchant', 'batch', 'pass-1', 'shard-1');
const intentPath = (root: string, row: number, intent = 1): string =>
  join(shardPath(root), 'intents', `${row}.${intent}`);
const ended = { kind: 'final', answer: longestAnswer } as const;
const isRoot = process.getuid?.() === 0;

async function openWithIntent(t: TestContext) {
  const root = await createTemporaryFolder(t);
  const storage = await openLocalStorage(root, testKey);
  const own = await createIntent(storage.intents, shardRef, createIntentHead(1));
  assert.ok(own !== undefined);
  return { root, storage, own, path: intentPath(root, 1) };
}

async function changeByte(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at);
  await file.close();
}

test('an intent reserves the space for its result: writing the result changes no size and allocates no block', async (t) => {
  const { own, path } = await openWithIntent(t);
  const before = await stat(path);
  await own.writeResult(ended);
  const after = await stat(path);
  assert.deepEqual([after.size, after.blocks], [before.size, before.blocks]);
  assert.equal(before.size, 4_096);
});

test('a result longer than the reserved space is stored whole', async (t) => {
  const { own, storage } = await openWithIntent(t);
  const end = { kind: 'final', answer: { ...longestAnswer, message: 'm'.repeat(9_000) } } as const;
  await own.writeResult(end);
  assert.deepEqual((await storage.intents.last(shardRef, 1))?.result, end);
});

test('one changed byte anywhere in an intent leaves it without a result, never with another answer', async (t) => {
  const { own, storage, path } = await openWithIntent(t);
  await own.writeResult(ended);
  const length = (await readFile(path, 'utf8')).trimEnd().length;
  let altered = 0;
  for (let at = 0; at < length; at += 37) {
    await changeByte(path, at);
    const found = await storage.intents.last(shardRef, 1);
    // A head that is no longer complete leaves the result, which has a MAC of its own.
    if (found?.result === undefined) altered += found?.isAltered === true ? 1 : 0;
    else assert.deepEqual(found.result, ended, `byte ${at}`);
    await changeByte(path, at);
  }
  assert.ok(altered > 50, `${altered} of the changes were recognized as such`);
  assert.deepEqual((await storage.intents.last(shardRef, 1))?.result, ended);
});

test('a partial result, as after a power cut, reads as no result', async (t) => {
  const { own, storage, path } = await openWithIntent(t);
  await own.writeResult(ended);
  for (const bytes of [513, 528, 600, 1_500]) {
    await truncate(path, bytes);
    assert.deepEqual(await storage.intents.last(shardRef, 1), { head: createIntentHead(1) });
  }
});

test('an intent cut off within its head is open, with a deadline ten minutes after its creation', async (t) => {
  const { storage, path } = await openWithIntent(t);
  for (const bytes of [60, 1, 0]) {
    await truncate(path, bytes);
    const { mtimeMs } = await stat(path);
    const intent = await storage.intents.last(shardRef, 1);
    assert.deepEqual([intent?.head.row, intent?.head.intent, intent?.result], [1, 1, undefined]);
    assert.equal(intent?.head.deadlineMs, Math.floor(mtimeMs) + 600_000);
    assert.match(intent?.head.merchantTxnRef ?? '', /^[a-z]{12}-p1-r1-n1$/, 'a person can look the send up');
    assert.equal(await createIntent(storage.intents, shardRef, createIntentHead(1)), undefined);
  }
});

test('files beside the intents are left alone', async (t) => {
  const { root, storage } = await openWithIntent(t);
  await writeFile(join(shardPath(root), 'intents', '.nfs0001'), '');
  await writeFile(join(shardPath(root), 'intents', '1.1.bak'), '');
  assert.equal(await storage.intents.count(shardRef), 1);
  assert.equal((await storage.intents.list(shardRef)).length, 1);
});

test('everything is readable by its owner only, whatever the umask', async (t) => {
  const root = join(await createTemporaryFolder(t), 'storage');
  const before = process.umask(0);
  try {
    const { files, intents } = await openLocalStorage(root, testKey);
    await files.createExclusive('a/exclusive', '1');
    await files.replace('b/c/replaced', '2');
    await (await createIntent(intents, shardRef, createIntentHead(1)))?.writeResult(ended);
    await intents.seal(shardRef, 'complete');
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

test('a storage with a damaged id is refused with the file to check', async (t) => {
  const root = await createTemporaryFolder(t);
  for (const content of ['', '{}', '{"id":"no uuid"}']) {
    await writeFile(join(root, 'storage.json'), content);
    await assert.rejects(openLocalStorage(root, testKey), /storage\.json contains no storage id/);
  }
});

test('a storage of another version is refused with the remedy', async (t) => {
  const root = await createTemporaryFolder(t);
  const { id } = await openLocalStorage(root, testKey);
  await writeFile(join(root, 'storage.json'), JSON.stringify({ version: 1, id }));
  await assert.rejects(
    openLocalStorage(root, testKey),
    /storage\.json has version 1, but this Cardlift reads version 2\. Use the Cardlift that created it/,
  );
});

test('a failing disk is an error, never "there is no intent" or "there is no seal"', async (t) => {
  const { root, storage } = await openWithIntent(t);
  // A folder in place of a file makes reading fail for every user, including root.
  await mkdir(intentPath(root, 2), { recursive: true });
  await assert.rejects(storage.intents.last(shardRef, 2), { code: 'EISDIR' });
  await writeFile(join(root, 'file'), '');
  await assert.rejects(storage.files.read('file/below'), { code: 'ENOTDIR' });
  await assert.rejects(storage.files.list('file'), { code: 'ENOTDIR' });
  await assert.rejects(storage.files.createExclusive('file/below', ''), { code: /ENOTDIR|EEXIST/ });
  const elsewhere = { ...shardRef, shard: 2 };
  await writeFile(join(shardPath(root), '..', 'shard-2'), '');
  await assert.rejects(storage.intents.isSealed(elsewhere), { code: 'ENOTDIR' });
  await assert.rejects(createIntent(storage.intents, elsewhere, createIntentHead(1)));
  await assert.rejects(storage.intents.seal(elsewhere, 'complete'));
});

test('a full disk refuses new intents, but accepts the results of existing ones', async (t) => {
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
    const { intents } = await openLocalStorage(root, testKey);
    const made: NonNullable<Awaited<ReturnType<typeof intents.create>>>[] = [];
    let failure: unknown;
    for (let row = 1; row <= 200 && failure === undefined; row += 1) {
      const own = await createIntent(intents, shardRef, createIntentHead(row)).catch((error: unknown) => {
        failure = error;
        return undefined;
      });
      if (own !== undefined) made.push(own);
    }
    assert.equal((failure as NodeJS.ErrnoException).code, 'ENOSPC');
    assert.ok(made.length > 10);
    assert.equal(await intents.last(shardRef, made.length + 1), undefined, 'nor does a refused one stay');
    for (const own of made) await own.writeResult(ended);
    const found = (await intents.list(shardRef)).filter(({ result }) => result?.kind === 'final');
    assert.equal(found.length, made.length);
  } finally {
    spawnSync('umount', ['-l', root]);
  }
});

const ownerFile = fileURLToPath(new URL('./intent-owner.ts', import.meta.url));

/** A process that creates intents for the rows given on its stdin. */
function startOwner(t: TestContext, root: string, name: string) {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', ownerFile, root, name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  assert.ok(child.stdin !== null && child.stdout !== null);
  const { stdin } = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    report: (line: string) => stdin.write(`${line}\n`),
    hear: async () => (await lines.next()).value as string | undefined,
  };
}

test('four processes race for the same intents: each intent has one owner', async (t) => {
  const root = await createTemporaryFolder(t);
  const { intents } = await openLocalStorage(root, testKey);
  const owners = ['one', 'two', 'three', 'four'].map((name) => startOwner(t, root, name));
  assert.deepEqual(await Promise.all(owners.map(({ hear }) => hear())), ['ready', 'ready', 'ready', 'ready']);
  for (const { report } of owners) report('race 60');
  const won = await Promise.all(
    owners.map(async ({ hear }) => JSON.parse((await hear()) ?? '[]') as number[]),
  );
  const rows = won.flat().sort((a, b) => a - b);
  assert.deepEqual(
    rows,
    Array.from({ length: 60 }, (_, index) => index + 1),
  );
  for (const { head, result } of await intents.list(shardRef)) {
    assert.equal(result?.kind, 'final');
    const index = ['one', 'two', 'three', 'four'].indexOf(head.owner);
    assert.ok(won[index]?.includes(head.row), `row ${head.row} is its owner's`);
  }
});

test('a process killed between an intent and its result leaves an open intent that no other process can own', async (t) => {
  const root = await createTemporaryFolder(t);
  const owner = startOwner(t, root, 'killed');
  assert.equal(await owner.hear(), 'ready');
  owner.report('make 1');
  assert.equal(await owner.hear(), 'made');
  const exited = once(owner.child, 'exit');
  owner.child.kill('SIGKILL');
  await exited;
  const { intents } = await openLocalStorage(root, testKey);
  assert.deepEqual(await intents.last(shardRef, 1), { head: createIntentHead(1, 1, 'killed') });
  assert.equal(await createIntent(intents, shardRef, createIntentHead(1)), undefined);
});
