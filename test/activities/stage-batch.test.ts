import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities/create-activities.ts';
import type { StageBatchResult } from '../../src/contract/activities.ts';
import type { HoldReason } from '../../src/contract/hold.ts';
import { cancelUnsent } from '../../src/operations/controls/cancel-unsent.ts';
import { createRateLimiter } from '../../src/rate-limit/rate-limiter.ts';
import { readAudit } from '../../src/storage/audit-log.ts';
import { createBatchRecord } from '../../src/storage/batch-record.ts';
import { sendDecisionKey, stagingFolder } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { hasStagingSummary, removeStagingSummaries } from '../../src/storage/staged-shards.ts';
import type { FileStore, Storage } from '../../src/storage/storage.ts';
import { batchId, createOperatorKey, createRecord, targetFingerprint } from '../support/batches.ts';
import { createPlainLine, plainHeader } from '../support/merchant-file.ts';
import { createFakeGateway } from '../support/sends.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

/** A claimed batch that is not staged, and workers for it. */
async function claimBatch(t: TestContext) {
  const folder = await createTemporaryFolder(t);
  const storage = await openLocalStorage(join(folder, 'storage'), testKey);
  const path = join(folder, 'cards.csv');
  const text = plainHeader + createPlainLine('a') + createPlainLine('b', '5555555555554444');
  await writeFile(path, text);
  const operatorKey = createOperatorKey();
  const base = createRecord(operatorKey, 2);
  const file = { ...base.file, path, sha256: createHash('sha256').update(text).digest('hex') };
  const record = { ...base, file };
  await createBatchRecord(storage, record);
  const gateway = createFakeGateway();
  /** Stages on a separate worker, which sees the storage through `see`. */
  const stage = (see: (real: Storage) => Storage = (real) => real): Promise<StageBatchResult> => {
    const worker = createActivities({
      storage: see(storage),
      operatorKey,
      gateway,
      rateLimiter: createRateLimiter({ ...storage, targetFingerprint }),
      targetFingerprint,
      owner: 'host 1',
      versions: {},
      nowMs: Date.now,
      monotonicMs: () => performance.now(),
    });
    return new MockActivityEnvironment().run(worker.stageBatch, { batchId });
  };
  return { storage, record, stage };
}

/** The operator's context with this storage. */
const operatorOf = (storage: Storage) => ({ operator: 'mia@desk', storage: () => Promise.resolve(storage) });

/** Runs `act` right after the summary of staging was created. */
const afterSummary =
  (act: () => Promise<unknown>) =>
  (real: Storage): Storage => {
    const createExclusive: FileStore['createExclusive'] = async (key, content) => {
      const isCreated = await real.files.createExclusive(key, content);
      if (key.startsWith(`${stagingFolder(batchId)}/`)) await act();
      return isCreated;
    };
    return { ...real, files: { ...real.files, createExclusive } };
  };

const isCancelHold = (error: unknown): boolean =>
  error instanceof ApplicationFailure &&
  (error.details?.[0] as HoldReason | undefined)?.code === 'staging_failed' &&
  error.message.startsWith('The batch was cancelled before anything was sent');

test('a batch that was cancelled from the storage is not staged', async (t) => {
  const { storage, record, stage } = await claimBatch(t);
  assert.ok(await cancelUnsent(operatorOf(storage), record, { reason: 'wrong file' }));
  await assert.rejects(stage(), isCancelHold);
  assert.ok(!(await hasStagingSummary(storage, batchId)));
});

test('a cancel wins if staging has written everything but its decision, and the rows are never handed out', async (t) => {
  const { storage, record, stage } = await claimBatch(t);
  let hasCancelled: boolean | undefined;
  // It looked before the summary existed, and decides now.
  const decideNow = async () => {
    await removeStagingSummaries(storage, batchId);
    hasCancelled = await cancelUnsent(operatorOf(storage), record, {});
  };
  await assert.rejects(stage(afterSummary(decideNow)), isCancelHold);
  assert.equal(hasCancelled, true);
  await assert.rejects(stage(), isCancelHold, 'nor by another worker, or by a resume');
});

test('a staged batch cannot be cancelled from the storage', async (t) => {
  const { storage, record, stage } = await claimBatch(t);
  assert.equal((await stage()).sendableRows, 2);
  assert.equal(await cancelUnsent(operatorOf(storage), record, {}), false);
  assert.deepEqual((await readAudit(storage, batchId)).lines, []);
  assert.equal((await stage()).sendableRows, 2, 'it continues');
});

test('a worker that dies between the summary and its decision leaves a batch that continues and cannot be cancelled from the storage', async (t) => {
  const { storage, record, stage } = await claimBatch(t);
  const die = () => Promise.reject(new Error('killed'));
  await assert.rejects(stage(afterSummary(die)), /killed/);
  assert.equal(await storage.files.read(sendDecisionKey(batchId)), undefined);
  assert.equal(await cancelUnsent(operatorOf(storage), record, {}), false);
  assert.equal((await stage()).sendableRows, 2);
});

test('if a cancel and a staging run at once, exactly one wins', async (t) => {
  for (let round = 0; round < 10; round += 1) {
    const { storage, record, stage } = await claimBatch(t);
    const staging = stage().then(
      () => true,
      (error) => {
        assert.ok(isCancelHold(error), String(error));
        return false;
      },
    );
    await new Promise((resolve) => setTimeout(resolve, round * 2));
    const isCancelled = await cancelUnsent(operatorOf(storage), record, {});
    assert.equal(await staging, !isCancelled, `round ${round}`);
  }
});

test('a cancel interrupted after its decision is completed by the next one, with the first one’s reason', async (t) => {
  const { storage, record } = await claimBatch(t);
  const cut = {
    ...storage,
    files: {
      ...storage.files,
      createExclusive: async (key: string, content: Uint8Array | string) => {
        if (key.includes('/audit/')) throw new Error('killed');
        return await storage.files.createExclusive(key, content);
      },
    },
  };
  await assert.rejects(cancelUnsent(operatorOf(cut), record, { reason: 'wrong file' }), /killed/);
  for (const reason of ['again', 'and again'])
    assert.ok(await cancelUnsent(operatorOf(storage), record, { reason }));
  const { lines } = await readAudit(storage, batchId);
  assert.deepEqual(
    lines.map(({ act, reason, details }) => [act, reason, details]),
    [['cancel', 'wrong file', { unsent: true }]],
  );
});
