import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { parse } from 'csv-parse/sync';
import { createActivities } from '../../src/activities/create-activities.ts';
import { definedOf } from '../../src/domain/defined.ts';
import type { RowErrorCode } from '../../src/domain/error-codes.ts';
import { rowErrorCodes } from '../../src/domain/error-codes.ts';
import { createRateLimiter } from '../../src/rate-limit/rate-limiter.ts';
import { readManifest } from '../../src/results/manifest.ts';
import { type OutcomeLine, unansweredLine } from '../../src/results/outcome-line.ts';
import { publishBatch } from '../../src/results/publish-batch.ts';
import { generationKey } from '../../src/storage/generations.ts';
import {
  outcomesKey,
  passStagingFolder,
  passStagingKeyKey,
  resultKey,
  stagingFolder,
} from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import type { PassPlan } from '../../src/storage/pass-plan.ts';
import { createPassStaging, writePassShard } from '../../src/storage/pass-staging.ts';
import type { ResolutionKind } from '../../src/storage/resolutions.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { batchId, createSendableRow, stageRows, targetFingerprint } from '../support/batches.ts';
import { createPassPlan, createResolutionRecord } from '../support/decisions.ts';
import { createIntent, createIntentHead, longestAnswer, shardRef } from '../support/intents.ts';
import { writeOutcomeLines } from '../support/outcome-lines.ts';
import { createFakeGateway } from '../support/sends.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const planOf = (rows: readonly number[], changes: Partial<PassPlan> = {}): PassPlan => ({
  pass: 2,
  createdAt: '2026-01-05T00:00:00.000Z',
  createdBy: 'mia@desk',
  includesSoftDeclines: false,
  rows: rows.length,
  amounts: { JPY: String(rows.length * 100) },
  runs: rows.map((row) => [row, row]),
  ...changes,
});

/**
 * A published batch whose first pass left its rows with these codes (none: tokenized), and a worker
 * for the second pass.
 */
async function openSecondPass(t: TestContext, codes: readonly (RowErrorCode | undefined)[], plan: PassPlan) {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const rows = codes.map((_, index) => createSendableRow(index + 1));
  const { operatorKey, record, staging } = await stageRows(storage, rows);
  const lines = rows.map((row, index): OutcomeLine => {
    const errorCode = codes[index];
    const ref = `abcdefghijkl-p1-r${row.row}-n1`;
    return errorCode === undefined
      ? {
          ...unansweredLine(row, { sends: 1 }, { outcome: 'tokenized', merchantTxnRef: ref }),
          storedPaymentMethodId: `pm-first-${row.row}`,
          isCharged: true,
        }
      : unansweredLine(
          row,
          { sends: 1 },
          { outcome: rowErrorCodes[errorCode].outcome, errorCode, merchantTxnRef: ref },
        );
  });
  await writeOutcomeLines(storage, shardRef, lines);
  await storage.intents.seal(shardRef, 'complete');
  const publishFirst = () =>
    publishBatch({
      storage,
      record,
      staging,
      pass: 1,
      isCancelled: false,
      versions: {},
      publishedAt: '2026-01-02T00:00:00.000Z',
    });
  await publishFirst();
  const settle = (row: number, resolution: ResolutionKind, merchantTxnRef = `abcdefghijkl-p1-r${row}-n1`) =>
    createResolutionRecord(storage, batchId, {
      id: 'r',
      at: '2026-01-03T00:00:00.000Z',
      who: 'mia@desk',
      file: { name: 'unresolved.csv', sha256: '' },
      resolutions: [{ row, merchantTxnRef, resolution }],
    });
  const begin = async (begun: PassPlan = plan) => {
    const { pass } = begun;
    await createPassPlan(storage, batchId, begun);
    await storage.intents.prepare({ batchId, pass, shard: 1 });
    const gateway = createFakeGateway();
    const activities = createActivities({
      storage,
      operatorKey,
      gateway,
      rateLimiter: createRateLimiter({ ...storage, targetFingerprint }),
      targetFingerprint,
      owner: 'host 2',
      versions: {},
      nowMs: Date.now,
      monotonicMs: () => performance.now(),
    });
    const run = <Input, Result>(act: (input: Input) => Promise<Result>, input: Input): Promise<Result> =>
      new MockActivityEnvironment({ attempt: 1 }).run(act, input);
    const ref = { batchId, pass, shard: 1 };
    return {
      gateway,
      stage: () => run(activities.stageBatch, { batchId, pass }),
      open: () => run(activities.openShard, ref),
      send: (row: number) => run(activities.tokenizeRow, { batchId, pass, row }),
      close: (isCancelled?: true) => run(activities.closeShard, { ...ref, ...definedOf({ isCancelled }) }),
      closeUnsent: () => run(activities.closeUnsentShards, { batchId, pass, fromShard: 1 }),
      publish: (isCancelled = false) => run(activities.publishResults, { batchId, pass, isCancelled }),
    };
  };
  return { storage, operatorKey, begin, settle, publishFirst };
}

test('a second pass opens and sends only the rows of its plan, and the results hold both passes', async (t) => {
  const codes = [undefined, 'request_refused', 'batch_cancelled', 'declined_hard'] as const;
  const { storage, begin } = await openSecondPass(t, codes, planOf([2, 3]));
  const pass = await begin();
  assert.deepEqual(await pass.stage(), { rows: 2, sendableRows: 2, shards: 1, shardRuns: [[1, 1]] });
  assert.deepEqual(await pass.open(), { toSend: [[2, 3]], counts: {}, opening: 1 });
  for (const row of [2, 3]) assert.equal((await pass.send(row)).outcome, 'tokenized');
  assert.deepEqual(await pass.close(), { counts: { tokenized: 2 } });
  assert.deepEqual((await pass.publish()).counts, { tokenized: 3, declined: 1 });
  assert.deepEqual(
    pass.gateway.requests.map(({ merchantTxnRef }) => merchantTxnRef),
    ['abcdefghijkl-p2-r2-n1', 'abcdefghijkl-p2-r3-n1'],
  );
  const manifest = await readManifest(storage, batchId);
  assert.deepEqual([manifest?.pass, manifest?.version, manifest?.charged], [2, 2, { JPY: '300' }]);
});

test('a row that is not in the plan is not sent, even when asked for', async (t) => {
  const { begin } = await openSecondPass(t, [undefined, 'request_refused'], planOf([2]));
  const pass = await begin();
  await assert.rejects(pass.send(1));
  assert.equal(pass.gateway.requests.length, 0);
});

const blocked: readonly (RowErrorCode | undefined)[] = [
  undefined,
  'charged_no_token',
  'unknown_timeout',
  'declined_hard',
  'declined_soft',
  'card_expired',
  'already_tokenized',
];
for (const code of blocked) {
  test(`a row that is ${code ?? 'tokenized'} by its first pass is not sent, even if a plan has it`, async (t) => {
    const { begin } = await openSecondPass(t, [code], planOf([1]));
    const pass = await begin();
    assert.deepEqual((await pass.open()).toSend, []);
    const { outcome } = await pass.send(1);
    const prior = code === undefined ? 'tokenized' : rowErrorCodes[code].outcome;
    // What is unknown may become known until the shard is closed.
    assert.equal(outcome, prior === 'unknown' ? 'in_flight' : prior);
    assert.equal(pass.gateway.requests.length, 0);
    assert.deepEqual(await pass.close(), { counts: {} });
    assert.deepEqual((await pass.publish()).counts, { [prior]: 1 });
  });
}

test('a row resolved as not charged is sent, although its intent is still open; resolved otherwise it is not', async (t) => {
  for (const [word, sends] of [
    ['not_charged', 1],
    ['charged_without_token', 0],
  ] as const) {
    const { storage, begin, settle } = await openSecondPass(t, ['unknown_process_stopped'], planOf([1]));
    await createIntent(storage.intents, shardRef, createIntentHead(1));
    await settle(1, word);
    const pass = await begin();
    await pass.send(1);
    assert.equal(pass.gateway.requests.length, sends, word);
  }
});

test('an open intent of the first pass bars the row, whatever the outcome file says', async (t) => {
  const { storage, begin } = await openSecondPass(t, ['request_refused'], planOf([1]));
  await createIntent(storage.intents, shardRef, createIntentHead(1));
  const pass = await begin();
  assert.equal((await pass.send(1)).outcome, 'in_flight');
  assert.equal(pass.gateway.requests.length, 0);
});

test('a late token, after the plan and after the shard was opened, is found when the row would be sent', async (t) => {
  const { storage, begin, settle } = await openSecondPass(t, ['unknown_process_stopped'], planOf([1]));
  const late = await createIntent(storage.intents, shardRef, createIntentHead(1));
  await settle(1, 'not_charged');
  const pass = await begin();
  assert.deepEqual((await pass.open()).toSend, [[1, 1]]);
  await late?.writeResult({ kind: 'final', answer: { ...longestAnswer, storedPaymentMethodId: 'pm-late' } });
  assert.equal((await pass.send(1)).outcome, 'tokenized');
  assert.equal(pass.gateway.requests.length, 0);
  await pass.close();
  assert.deepEqual((await pass.publish()).counts, { tokenized: 1 });
  assert.match(String(await storage.files.read(resultKey(batchId, 'results.csv'))), /pm-late/);
  const unresolved = String(await storage.files.read(resultKey(batchId, 'unresolved.csv')));
  assert.match(unresolved, /CONTRADICTION: settled as not_charged by mia@desk/);
});

test('a late token is kept after its row was sent again, and charges.csv has both charges', async (t) => {
  const { storage, begin, settle } = await openSecondPass(t, ['unknown_process_stopped'], planOf([1]));
  const late = await createIntent(storage.intents, shardRef, createIntentHead(1));
  await settle(1, 'not_charged');
  const pass = await begin();
  assert.equal((await pass.send(1)).outcome, 'tokenized');
  await late?.writeResult({ kind: 'final', answer: { ...longestAnswer, storedPaymentMethodId: 'pm-late' } });
  await pass.close();
  await pass.publish();
  const charges = String(await storage.files.read(resultKey(batchId, 'charges.csv')));
  assert.match(charges, /pm-late/);
  assert.match(charges, /pm-1/);
  const manifest = await readManifest(storage, batchId);
  assert.deepEqual([manifest?.contradictions, manifest?.charged], [1, { JPY: '200' }]);
});

/**
 * A row that failed in the first pass and, by its outcome file, in the second. A third pass sends
 * it.
 */
async function openThirdPass(t: TestContext, errorCode: RowErrorCode) {
  const { storage, begin, settle } = await openSecondPass(t, ['request_refused'], planOf([1]));
  await begin();
  const second = { ...shardRef, pass: 2 };
  const { outcome } = rowErrorCodes[errorCode];
  const merchantTxnRef = 'abcdefghijkl-p2-r1-n1';
  const line = unansweredLine(createSendableRow(1), { sends: 1 }, { outcome, errorCode, merchantTxnRef });
  await writeOutcomeLines(storage, second, [line]);
  await storage.intents.seal(second, 'complete');
  return {
    intentOfSecond: () => createIntent(storage.intents, second, { ...createIntentHead(1), merchantTxnRef }),
    settle: (resolution: ResolutionKind) => settle(1, resolution, merchantTxnRef),
    begin: () => begin(planOf([1], { pass: 3 })),
  };
}

test('a third pass sends a row that failed in the first and in the second', async (t) => {
  const third = await openThirdPass(t, 'request_refused');
  const pass = await third.begin();
  assert.deepEqual((await pass.open()).toSend, [[1, 1]]);
  assert.equal((await pass.send(1)).outcome, 'tokenized');
  assert.deepEqual(
    pass.gateway.requests.map(({ merchantTxnRef }) => merchantTxnRef),
    ['abcdefghijkl-p3-r1-n1'],
  );
});

test('a row barred by an open intent of the first pass is sent once that is closed as not sent', async (t) => {
  const { storage, begin } = await openSecondPass(t, ['request_refused'], planOf([1]));
  const late = await createIntent(storage.intents, shardRef, createIntentHead(1));
  const pass = await begin();
  await pass.open();
  // No answer: the closing must not miss it as one that the storage has forgotten.
  assert.equal((await pass.send(1)).outcome, 'in_flight');
  await late?.writeResult({ kind: 'not_processed', cause: 'shard sealed' });
  assert.deepEqual((await pass.close()).toSend, [[1, 1]]);
  assert.equal((await pass.send(1)).outcome, 'tokenized');
  assert.deepEqual(await pass.close(), { counts: { tokenized: 1 } });
});

test('an open intent of the second pass bars the row in the third, whatever the outcome file of the second says', async (t) => {
  const third = await openThirdPass(t, 'request_refused');
  await third.intentOfSecond();
  const pass = await third.begin();
  assert.equal((await pass.send(1)).outcome, 'in_flight');
  assert.equal(pass.gateway.requests.length, 0);
});

test('a late token of the second pass, after the third was opened, is found when the row would be sent', async (t) => {
  const third = await openThirdPass(t, 'unknown_process_stopped');
  const late = await third.intentOfSecond();
  await third.settle('not_charged');
  const pass = await third.begin();
  assert.deepEqual((await pass.open()).toSend, [[1, 1]]);
  await late?.writeResult({ kind: 'final', answer: { ...longestAnswer, storedPaymentMethodId: 'pm-late' } });
  assert.equal((await pass.send(1)).outcome, 'tokenized');
  assert.equal(pass.gateway.requests.length, 0);
});

test('a row that a cancelled pass left out, and a process then sent past the seal, is not sent again', async (t) => {
  for (const isOpen of [true, false]) {
    const { storage, begin } = await openSecondPass(t, ['request_refused'], planOf([1]));
    const second = await begin();
    await second.closeUnsent();
    assert.deepEqual((await second.publish(true)).counts, { failed: 1 });
    const ref = { ...shardRef, pass: 2 };
    const sendLate = async () => {
      const late = await createIntent(storage.intents, ref, createIntentHead(1));
      const answer = { ...longestAnswer, storedPaymentMethodId: 'pm-late' };
      if (!isOpen) await late?.writeResult({ kind: 'final', answer });
    };
    const third = await begin(planOf([1], { pass: 3 }));
    // The third pass has read the lines of the second one before that.
    assert.deepEqual((await third.open()).toSend, [[1, 1]]);
    await sendLate();
    assert.equal((await third.send(1)).outcome, isOpen ? 'in_flight' : 'tokenized');
    assert.equal(third.gateway.requests.length, 0);
    assert.deepEqual(await third.close(), { counts: {} });
    assert.deepEqual((await third.publish()).counts, { [isOpen ? 'unknown' : 'tokenized']: 1 });
    assert.equal(
      /pm-late/.test(String(await storage.files.read(resultKey(batchId, 'results.csv')))),
      !isOpen,
    );
  }
});

test('a cancelled second pass leaves the outcomes that rows had, and keeps what it did send', async (t) => {
  const codes = ['request_refused', 'batch_cancelled', 'request_refused'] as const;
  const { begin } = await openSecondPass(t, codes, planOf([1, 2, 3]));
  const pass = await begin();
  await pass.send(2);
  await pass.closeUnsent();
  assert.deepEqual((await pass.publish(true)).counts, { tokenized: 1, failed: 2 });
});

const damages: Readonly<Record<string, (storage: Storage) => Promise<void>>> = {
  'was purged': (storage) => storage.files.remove(passStagingFolder(batchId, 2, 'staging-gone')),
  'has lost its key': (storage) => storage.files.remove(passStagingKeyKey(batchId, 2, 'staging-gone')),
  'has a damaged key': (storage) =>
    storage.files.replace(passStagingKeyKey(batchId, 2, 'staging-gone'), '{"keyId":'),
  'has lost a shard': (storage) =>
    storage.files.remove(`${passStagingFolder(batchId, 2, 'staging-gone')}/shard-1.enc`),
  'was altered': (storage) =>
    storage.files.replace(`${passStagingFolder(batchId, 2, 'staging-gone')}/shard-1.enc`, 'x'.repeat(64)),
};
for (const [what, damage] of Object.entries(damages)) {
  for (const by of ['close', 'closeUnsent'] as const) {
    test(`a cancelled second pass whose staging ${what} ends by ${by}: its unsent rows keep their outcome, and its sends are published`, async (t) => {
      const codes = ['request_refused', 'card_number_missing', 'request_refused', undefined] as const;
      const plan = planOf([1, 2, 3], { staging: { folder: 'staging-gone' } });
      const { storage, begin, operatorKey } = await openSecondPass(t, codes, plan);
      const staging = { batchId, pass: 2, folder: 'staging-gone' };
      const opened = await createPassStaging(storage, operatorKey, staging);
      await writePassShard(
        storage,
        opened,
        1,
        [1, 2, 3].map((row) => createSendableRow(row)),
      );
      await damage(storage);
      // All shards lose the first staging, too, as in a purge.
      await storage.files.remove(stagingFolder(batchId));
      const second = { ...shardRef, pass: 2 };
      const head = (row: number) => ({
        ...createIntentHead(row),
        merchantTxnRef: `abcdefghijkl-p2-r${row}-n1`,
      });
      const answered = await createIntent(storage.intents, second, head(2));
      const { merchantTxnRef } = head(2);
      await answered?.writeResult({
        kind: 'final',
        answer: {
          ...longestAnswer,
          storedPaymentMethodId: 'pm-second',
          transactionId: 'txn-second',
          merchantTxnRef,
        },
      });
      await createIntent(storage.intents, second, head(3));
      const pass = await begin();
      await (by === 'close' ? pass.close(true) : pass.closeUnsent());
      assert.deepEqual((await pass.publish(true)).counts, { failed: 1, tokenized: 2, unknown: 1 });
      const results = parse((await storage.files.read(resultKey(batchId, 'results.csv'))) ?? '', {
        columns: true,
      }) as Record<string, string>[];
      assert.deepEqual(
        results.map(({ merchant_ref, error_code, card, amount }) => [merchant_ref, error_code, card, amount]),
        [
          ['ref-1', 'request_refused', results[0]?.card, '100'],
          ['ref-2', '', results[1]?.card, '100'],
          ['ref-3', 'unknown_process_stopped', results[2]?.card, '100'],
          ['ref-4', '', results[3]?.card, '100'],
        ],
      );
      for (const { card } of results) assert.match(card ?? '', /^\d{6}\*{6}\d{4}$/);
      assert.equal((await readManifest(storage, batchId))?.pass, 2);
      assert.equal(pass.gateway.requests.length, 0);
    });
  }
}

test('a second pass with a row still to send is not closed, and names the row', async (t) => {
  const { begin } = await openSecondPass(t, ['request_refused', 'request_refused'], planOf([1, 2]));
  const pass = await begin();
  await pass.send(1);
  assert.deepEqual(await pass.close(), { counts: { tokenized: 1 }, toSend: [[2, 2]] });
  await pass.send(2);
  assert.deepEqual(await pass.close(), { counts: { tokenized: 2 } });
});

test('a second pass is published completely even if the process died between consolidating and publishing', async (t) => {
  const { storage, begin, publishFirst } = await openSecondPass(t, ['request_refused'], planOf([1]));
  const killed = await begin();
  await killed.send(1);
  await killed.close();
  assert.equal((await readManifest(storage, batchId))?.pass, 1, 'the former results stand until then');
  const { counts } = await (await begin()).publish();
  assert.deepEqual(counts, { tokenized: 1 });
  assert.equal((await readManifest(storage, batchId))?.version, 2);
  await (await begin()).publish();
  assert.equal((await readManifest(storage, batchId))?.version, 2, 'done again it changes nothing');
  void publishFirst;
});

test('a first pass whose outcome file is gone makes the batch hold before anything is sent', async (t) => {
  const { storage, begin } = await openSecondPass(t, ['request_refused'], planOf([1]));
  await storage.files.remove(generationKey(outcomesKey(shardRef), 1));
  const pass = await begin();
  await assert.rejects(pass.send(1), { type: 'BatchHold' });
  assert.equal(pass.gateway.requests.length, 0);
});
