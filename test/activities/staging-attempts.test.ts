/* Several attempts to stage one batch, and purges in between: what workers then read. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities/create-activities.ts';
import { createRateLimiter } from '../../src/rate-limit/rate-limiter.ts';
import { createBatchRecord, readBatchRecord } from '../../src/storage/batch-record.ts';
import { destroyCardData, findCardData } from '../../src/storage/card-data.ts';
import { stagingAttemptFolder, stagingFolder } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { readFingerprints } from '../../src/storage/row-fingerprints.ts';
import { openStaging, readStagingSummary, type Staging } from '../../src/storage/staged-shards.ts';
import type { FileStore, Storage } from '../../src/storage/storage.ts';
import { batchId, createOperatorKey, createRecord, targetFingerprint } from '../support/batches.ts';
import { decidePurge } from '../support/decisions.ts';
import { createPlainLine, plainHeader } from '../support/merchant-file.ts';
import { createFakeGateway } from '../support/sends.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

/** A claimed batch of 501 rows, so two shards, and workers for it. */
async function claimBatch(t: TestContext) {
  const folder = await createTemporaryFolder(t);
  const storage = await openLocalStorage(join(folder, 'storage'), testKey);
  const path = join(folder, 'cards.csv');
  const text =
    plainHeader +
    Array.from({ length: 501 }, (_, at) => createPlainLine(`r${at}`, '4111111111111111')).join('');
  await writeFile(path, text);
  const operatorKey = createOperatorKey();
  const base = createRecord(operatorKey, 501);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const record = { ...base, file: { ...base.file, path, sha256 } };
  await createBatchRecord(storage, record);
  /** A separate worker, which sees the storage through `see`. */
  const openWorker = (see: (real: Storage) => Storage = (real) => real) => {
    const activities = createActivities({
      storage: see(storage),
      operatorKey,
      gateway: createFakeGateway(),
      rateLimiter: createRateLimiter({ ...storage, targetFingerprint }),
      targetFingerprint,
      owner: 'host 1',
      versions: {},
      nowMs: Date.now,
      monotonicMs: () => performance.now(),
    });
    const run = <Input, Result>(act: (input: Input) => Promise<Result>, input: Input): Promise<Result> =>
      new MockActivityEnvironment().run(act, input);
    return {
      stage: () => run(activities.stageBatch, { batchId }),
      open: (shard: number) => run(activities.openShard, { batchId, pass: 1, shard }),
      send: (row: number) => run(activities.tokenizeRow, { batchId, pass: 1, row }),
    };
  };
  const recordNow = async () => (await readBatchRecord(storage, batchId)) ?? assert.fail('no record');
  const purge = async () => {
    const number = await decidePurge(storage, batchId);
    await destroyCardData(storage, operatorKey, await recordNow(), { number });
  };
  const stagingNow = async (): Promise<Staging> =>
    (await openStaging(storage, await recordNow())) ?? assert.fail('not staged');
  return { storage, path, text, openWorker, recordNow, purge, stagingNow };
}

/** Stops the worker at the given shard file until `wake` is called. */
function createSleeper(shardFile: string) {
  let wake: () => void = () => undefined;
  let reached: () => void = () => undefined;
  const awake = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const asleep = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const see = (real: Storage): Storage => {
    const replace: FileStore['replace'] = async (key, content) => {
      if (key.endsWith(shardFile)) {
        reached();
        await awake;
      }
      await real.files.replace(key, content);
    };
    return { ...real, files: { ...real.files, replace } };
  };
  return { see, asleep, wake: () => wake() };
}

/** All files of the batch's staging and its fingerprints, with their content. */
async function snapshot(storage: Storage): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const walk = async (folder: string): Promise<void> => {
    for (const name of await storage.files.list(folder)) {
      const key = `${folder}/${name}`;
      const content = await storage.files.read(key).catch(() => undefined);
      if (content === undefined) await walk(key);
      else files.set(key, content.toString('base64'));
    }
  };
  for (const folder of ['staging', 'fingerprints']) await walk(`batches/merchant/batch/${folder}`);
  return files;
}

const isHold = (error: unknown): boolean => error instanceof ApplicationFailure && error.type === 'BatchHold';

test('an attempt that wakes up after another one has finished changes no file that is read, and leaves none', async (t) => {
  const { storage, openWorker } = await claimBatch(t);
  const sleeper = createSleeper('shard-2.enc');
  const zombie = openWorker(sleeper.see).stage();
  await sleeper.asleep;
  const first = await openWorker().stage();
  const before = await snapshot(storage);
  sleeper.wake();
  assert.deepEqual(await zombie, first);
  assert.deepEqual(await snapshot(storage), before);
});

test('the first attempt that finishes removes what killed attempts left', async (t) => {
  const { storage, openWorker, stagingNow } = await claimBatch(t);
  const die = (real: Storage): Storage => ({
    ...real,
    files: {
      ...real.files,
      // A killed process removes nothing.
      remove: () => Promise.resolve(),
      replace: (key, content) =>
        key.endsWith('digests') ? Promise.reject(new Error('killed')) : real.files.replace(key, content),
    },
  });
  await assert.rejects(openWorker(die).stage(), /killed/);
  assert.equal((await storage.files.list(stagingFolder(batchId))).length, 1);
  await openWorker().stage();
  const { attempt } = (await stagingNow()).summary;
  assert.deepEqual(
    (await storage.files.list(stagingFolder(batchId))).filter((name) => !name.endsWith('.json')),
    [attempt],
  );
});

test('an attempt that fails removes what it wrote', async (t) => {
  const { storage, path, text, openWorker } = await claimBatch(t);
  await writeFile(path, `${text}${createPlainLine('one-more', '5555555555554444')}`);
  await assert.rejects(openWorker().stage(), isHold);
  assert.deepEqual(await snapshot(storage), new Map());
});

test('an attempt from before a purge cannot become the staging after it, and the batch continues', async (t) => {
  const { storage, openWorker, purge, recordNow, stagingNow } = await claimBatch(t);
  const sleeper = createSleeper('shard-2.enc');
  const zombie = openWorker(sleeper.see).stage();
  await sleeper.asleep;
  await purge();
  sleeper.wake();
  await zombie.catch(() => undefined);
  assert.equal(await readStagingSummary(storage, await recordNow()), undefined, 'its key is destroyed');
  await openWorker().stage();
  await stagingNow();
  assert.deepEqual((await openWorker().open(1)).toSend, [[1, 500]]);
});

test('purged between staging and reading, the batch is staged again by the worker that reads, whatever it remembers', async (t) => {
  const { openWorker, purge, stagingNow } = await claimBatch(t);
  const worker = openWorker();
  await worker.stage();
  assert.deepEqual((await worker.open(1)).toSend, [[1, 500]]);
  const before = await stagingNow();
  await purge();
  const opened = await Promise.all([worker.open(2), worker.open(2), worker.send(501)]);
  assert.deepEqual(opened[0].toSend, [[501, 501]]);
  assert.equal(opened[2].outcome, 'tokenized');
  assert.notEqual((await stagingNow()).summary.attempt, before.summary.attempt);
  assert.equal((await worker.send(1)).outcome, 'tokenized');
});

test('a worker that opened the batch before a purge reads what another worker staged after it', async (t) => {
  const { openWorker, purge, stagingNow } = await claimBatch(t);
  const [old, other] = [openWorker(), openWorker()];
  await old.stage();
  await old.open(1);
  await purge();
  await other.stage();
  const { attempt } = (await stagingNow()).summary;
  assert.deepEqual((await old.open(2)).toSend, [[501, 501]]);
  assert.equal((await stagingNow()).summary.attempt, attempt, 'it did not stage once more');
});

test('if the file is gone when a purged batch is staged again, the batch holds, and continues once it is back', async (t) => {
  const { path, text, openWorker, purge } = await claimBatch(t);
  const worker = openWorker();
  await worker.stage();
  await purge();
  await writeFile(path, 'another file\n');
  await assert.rejects(worker.open(1), isHold);
  await writeFile(path, text);
  assert.deepEqual((await worker.open(1)).toSend, [[1, 500]]);
});

test('a staged shard that was replaced or removed holds the batch and is never sent', async (t) => {
  const { storage, openWorker, stagingNow } = await claimBatch(t);
  const worker = openWorker();
  await worker.stage();
  const folder = stagingAttemptFolder(batchId, (await stagingNow()).summary.attempt);
  const good = (await storage.files.read(`${folder}/shard-1.enc`)) ?? '';
  await storage.files.replace(
    `${folder}/shard-1.enc`,
    (await storage.files.read(`${folder}/shard-2.enc`)) ?? '',
  );
  await assert.rejects(worker.send(1), isHold);
  await storage.files.remove(`${folder}/shard-1.enc`);
  await assert.rejects(worker.send(1), isHold);
  await assert.rejects(openWorker().open(1), isHold);
  await storage.files.replace(`${folder}/shard-1.enc`, good);
  assert.equal((await worker.send(1)).outcome, 'tokenized');
});

test('a purge removes every attempt, and keeps the fingerprints', async (t) => {
  const { storage, openWorker, purge, recordNow } = await claimBatch(t);
  await openWorker().stage();
  await storage.files.replace(`${stagingAttemptFolder(batchId, 'a-left')}/shard-1.enc`, 'left by a zombie');
  assert.equal((await findCardData(storage, await recordNow())).files, 3);
  await purge();
  assert.equal((await findCardData(storage, await recordNow())).files, 0);
  assert.deepEqual(await storage.files.list(stagingFolder(batchId)), []);
  const operatorKeyId = (await recordNow()).dataKey.keyId;
  assert.equal((await readFingerprints(storage, batchId, operatorKeyId)).kind, 'rows');
});

test('a worker that dies before it commits the fingerprints leaves that to the next one', async (t) => {
  const { storage, openWorker, recordNow } = await claimBatch(t);
  const die = (real: Storage): Storage => ({
    ...real,
    files: {
      ...real.files,
      createExclusive: (key, content) =>
        key.endsWith('fingerprints.json')
          ? Promise.reject(new Error('killed'))
          : real.files.createExclusive(key, content),
    },
  });
  await assert.rejects(openWorker(die).stage(), /killed/);
  const { keyId } = (await recordNow()).dataKey;
  assert.equal((await readFingerprints(storage, batchId, keyId)).kind, 'none');
  await openWorker().stage();
  assert.equal((await readFingerprints(storage, batchId, keyId)).kind, 'rows');
});

test('a shard that cannot be written, while the next one is read, fails the attempt, which leaves no file', async (t) => {
  const { storage, openWorker } = await claimBatch(t);
  const fail = (real: Storage): Storage => ({
    ...real,
    files: {
      ...real.files,
      async replace(key, content) {
        await real.files.replace(key, content);
        if (key.endsWith('shard-1.enc')) throw new Error('disk full');
      },
    },
  });
  await assert.rejects(openWorker(fail).stage(), /disk full/);
  assert.deepEqual([...(await snapshot(storage)).keys()], []);
  assert.equal((await openWorker().stage()).shards, 2);
});
