/*
 * A publisher stops anywhere, others publish newer results, and it wakes up: the newest publication
 * stays the last one, and is what people see.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { RowErrorCode } from '../../src/domain/error-codes.ts';
import { rowErrorCodes } from '../../src/domain/error-codes.ts';
import { lastPublicationOf, readManifest, readShownManifest } from '../../src/results/manifest.ts';
import { unansweredLine } from '../../src/results/outcome-line.ts';
import { isShown } from '../../src/results/publication-files.ts';
import { publishBatch } from '../../src/results/publish-batch.ts';
import { formerResultKey, resultKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import type { FileStore, Storage } from '../../src/storage/storage.ts';
import { batchId, createSendableRow, stageRows } from '../support/batches.ts';
import { createPassPlan, createResolutionRecord } from '../support/decisions.ts';
import { createIntent, createIntentHead, longestAnswer, shardRef } from '../support/intents.ts';
import { writeOutcomeLines } from '../support/outcome-lines.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const refOf = (pass: number, row: number): string => `abcdefghijkl-p${pass}-r${row}-n1`;

/** Row 1 may be sent again, row 2 is unknown, and the answer for row 3 comes late. */
async function openBatch(t: Pick<TestContext, 'after'>) {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const rows = [1, 2, 3].map((row) => createSendableRow(row));
  const { record, staging } = await stageRows(storage, rows);
  const codes: RowErrorCode[] = ['request_refused', 'unknown_timeout', 'unknown_process_stopped'];
  const lines = rows.map((row, index) => {
    const errorCode = codes[index] ?? 'unknown_timeout';
    const { outcome } = rowErrorCodes[errorCode];
    return unansweredLine(row, { sends: 1 }, { outcome, errorCode, merchantTxnRef: refOf(1, row.row) });
  });
  await writeOutcomeLines(storage, shardRef, lines);
  const late = await createIntent(storage.intents, shardRef, createIntentHead(3));
  let time = 0;
  const publish = (by: Storage, pass = 1) => {
    time += 1;
    return publishBatch({
      storage: by,
      record,
      staging,
      pass,
      isCancelled: false,
      versions: {},
      publishedAt: `2026-01-02T00:00:0${time}.000Z`,
    });
  };
  return { storage, late, publish };
}

type Opened = Awaited<ReturnType<typeof openBatch>>;

/** What others publish meanwhile, and what the last results then contain. */
const newer: Readonly<Record<string, readonly [act: (opened: Opened) => Promise<void>, content: RegExp]>> = {
  'a later pass': [
    async ({ storage, publish }) => {
      await createPassPlan(storage, batchId, {
        pass: 2,
        createdAt: '2026-01-05T00:00:00.000Z',
        createdBy: 'mia@desk',
        includesSoftDeclines: false,
        rows: 1,
        amounts: {},
        runs: [[1, 1]],
      });
      const [row] = [createSendableRow(1)];
      const line = unansweredLine(row, { sends: 1 }, { outcome: 'tokenized', merchantTxnRef: refOf(2, 1) });
      const token = { storedPaymentMethodId: 'pm-second', transactionId: 'txn-second', isCharged: true };
      await writeOutcomeLines(storage, { ...shardRef, pass: 2 }, [{ ...line, ...token }]);
      await publish(storage, 2);
    },
    /pm-second/,
  ],
  'a resolution': [
    async ({ storage, publish }) => {
      await createResolutionRecord(storage, batchId, {
        id: 'r',
        at: '2026-01-03T00:00:00.000Z',
        who: 'mia@desk',
        file: { name: 'unresolved.csv', sha256: '' },
        resolutions: [{ row: 2, merchantTxnRef: refOf(1, 2), resolution: 'not_charged' }],
      });
      await publish(storage);
    },
    /resolved_not_charged/,
  ],
  'a late answer': [
    async ({ storage, publish, late }) => {
      const answer = { ...longestAnswer, storedPaymentMethodId: 'pm-late', merchantTxnRef: refOf(1, 3) };
      await late?.writeResult({ kind: 'final', answer });
      await publish(storage);
    },
    /pm-late/,
  ],
};

/** A storage on which the caller stops before its n-th call, until `meanwhile` is over. */
function stoppedAt(storage: Storage, call: number, meanwhile: () => Promise<void>) {
  let calls = 0;
  let hasStopped = false;
  const stop = async (): Promise<void> => {
    calls += 1;
    if (calls !== call) return;
    hasStopped = true;
    await meanwhile();
  };
  const stopping =
    <Arguments extends unknown[], Result>(act: (...args: Arguments) => Promise<Result>) =>
    async (...args: Arguments): Promise<Result> => {
      await stop();
      return await act(...args);
    };
  const { files } = storage;
  const watched: FileStore = {
    ...files,
    createExclusive: stopping(files.createExclusive),
    replace: stopping(files.replace),
    read: stopping(files.read),
    list: stopping(files.list),
    remove: stopping(files.remove),
    async draft(key) {
      await stop();
      const draft = await files.draft(key);
      return { ...draft, finish: stopping(draft.finish), commit: stopping(draft.commit) };
    },
  };
  return { storage: { ...storage, files: watched }, hasStopped: () => hasStopped };
}

for (const [what, [act, content]] of Object.entries(newer)) {
  for (const isFirst of what === 'a later pass' ? [true, false] : [false]) {
    test(`a publisher that stops at any call while ${what} is published over ${isFirst ? 'nothing' : 'earlier results'} replaces nothing newer`, async (t) => {
      for (let call = 1; ; call += 1) {
        const opened = await openBatch(t);
        const { storage, publish } = opened;
        if (!isFirst) {
          await writeFormer(opened);
        }
        let newest = 0;
        const late = stoppedAt(storage, call, async () => {
          await act(opened);
          newest = await lastPublicationOf(storage, batchId);
        });
        await publish(late.storage);
        if (!late.hasStopped()) {
          assert.ok(call > 20, `${call} calls`);
          return;
        }
        const last = await readManifest(storage, batchId);
        assert.ok(last !== undefined && last.version >= newest, `call ${call}`);
        assert.ok(await isShown(storage, last), `call ${call}`);
        assert.match(
          String(await storage.files.read(resultKey(batchId, 'results.csv'))),
          content,
          `call ${call}`,
        );
        // Whatever was visible for a while is kept, and repeating changes nothing.
        await publish(storage, last.pass);
        assert.equal(await lastPublicationOf(storage, batchId), last.version, `call ${call}`);
      }
    });
  }
}

/** Results of an earlier state, which the stopped publisher is about to replace. */
async function writeFormer({ storage, publish }: Opened): Promise<void> {
  await publish(storage);
  await createResolutionRecord(storage, batchId, {
    id: 'former',
    at: '2026-01-03T00:00:00.000Z',
    who: 'ann@desk',
    file: { name: 'unresolved.csv', sha256: '' },
    resolutions: [
      { row: 2, merchantTxnRef: refOf(1, 2), resolution: 'charged_without_token', transactionId: 'txn-2' },
    ],
  });
}

test('a publisher that was killed after its commit is completed by the next one, with the same number', async (t) => {
  for (let call = 1; ; call += 1) {
    const { storage, publish } = await openBatch(t);
    let isKilled = false;
    const dying = stoppedAt(storage, call, () => {
      isKilled = true;
      return Promise.reject(new Error('killed'));
    });
    await publish(dying.storage).catch((error: Error) => assert.equal(error.message, 'killed'));
    if (!isKilled) break;
    const committed = await readManifest(storage, batchId);
    await publish(storage);
    const last = await readManifest(storage, batchId);
    assert.ok(last !== undefined && (await isShown(storage, last)), `call ${call}`);
    assert.equal(last.version, 1, `call ${call}`);
    if (committed !== undefined) assert.deepEqual(last, committed, `call ${call}`);
    assert.equal((await readShownManifest(storage, batchId))?.published_at, last.published_at);
    assert.equal(await storage.files.read(formerResultKey(batchId, 1, 'manifest.json')), undefined);
  }
});
