import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { RowAnswer } from '../../src/contract/row-answer.ts';
import type { StagedRow } from '../../src/domain/staged-row.ts';
import { consolidateShard, UnsentRowsError } from '../../src/results/consolidate-shard.ts';
import { readOutcomeLines } from '../../src/results/outcome-file.ts';
import { outcomesKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import type { IntentResult } from '../../src/storage/storage.ts';
import { createSendableRow } from '../support/batches.ts';
import { createIntent, createIntentHead, shardRef as ref } from '../support/intents.ts';
import { withIntents } from '../support/sends.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const rejectedRow: StagedRow = {
  kind: 'rejected',
  row: 1,
  line: 2,
  merchantRef: 'ref-1',
  errorCodes: ['card_expired', 'amount_missing'],
  maskedCard: '411111******1111',
  amount: '',
  currency: 'JPY',
  scheme: 'visa',
};

const answerOf = (changes: Partial<RowAnswer> = {}): RowAnswer => ({
  outcome: 'tokenized',
  storedPaymentMethodId: 'pm-1',
  merchantTxnRef: 'abcdefghijkl-p1-r1-n1',
  isCharged: true,
  completedAt: '2026-01-01T00:00:00.000Z',
  ...changes,
});
const endOf = (changes: Partial<RowAnswer> = {}): IntentResult => ({
  kind: 'final',
  answer: answerOf(changes),
});
const notProcessed: IntentResult = { kind: 'not_processed', cause: 'HTTP 429' };

async function openShard(t: TestContext, rows: readonly StagedRow[] = [createSendableRow(1)]) {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const intent = async (row: number, number: number, end?: IntentResult) => {
    const own = await createIntent(storage.intents, ref, createIntentHead(row, number));
    assert.ok(own !== undefined);
    if (end !== undefined) await own.writeResult(end);
    return own;
  };
  const consolidate = (options: Partial<Parameters<typeof consolidateShard>[0]> = {}) =>
    consolidateShard({ storage, ref, rows, isCancelled: false, ...options });
  const leftIntents = async () =>
    (await storage.intents.list(ref)).map(({ head }) => [head.row, head.intent]);
  return { storage, intent, consolidate, leftIntents };
}

test('a finished row has its answer, its card masked, and its intent removed', async (t) => {
  const { consolidate, intent, leftIntents, storage } = await openShard(t);
  await intent(1, 1, endOf({ scheme: 'VISA Debit' }));
  const lines = await consolidate();
  assert.deepEqual(lines, [
    {
      row: 1,
      merchantRef: 'ref-1',
      amount: '100',
      currency: 'JPY',
      scheme: 'VISA Debit',
      card: '400000******0010',
      sends: 1,
      sentAt: '2023-11-14T22:13:20.000Z',
      outcome: 'tokenized',
      storedPaymentMethodId: 'pm-1',
      merchantTxnRef: 'abcdefghijkl-p1-r1-n1',
      isCharged: true,
      completedAt: '2026-01-01T00:00:00.000Z',
    },
  ]);
  assert.deepEqual(await readOutcomeLines(storage, ref), lines);
  assert.deepEqual(await leftIntents(), []);
  const file = String(await storage.files.read(outcomesKey(ref)));
  assert.ok(!file.includes(createSendableRow(1).cardNumber));
});

test('a rejected row is rejected with its most serious code, whatever its intents say', async (t) => {
  const { consolidate, intent } = await openShard(t, [rejectedRow]);
  await intent(1, 1, endOf());
  const [line] = await consolidate();
  assert.deepEqual(
    [line?.outcome, line?.errorCode, line?.message, line?.card, line?.sends],
    ['rejected', 'card_expired', 'also: amount_missing', '411111******1111', 0],
  );
});

test('the result of the last intent decides, and every intent counts as a send', async (t) => {
  const { consolidate, intent, leftIntents } = await openShard(t);
  await intent(1, 1, notProcessed);
  await intent(1, 2, notProcessed);
  await intent(1, 3, endOf());
  const [line] = await consolidate();
  assert.deepEqual([line?.outcome, line?.sends], ['tokenized', 3]);
  assert.deepEqual(await leftIntents(), []);
});

test('an open intent makes its row unknown, names the reference to look up, and is kept', async (t) => {
  const { consolidate, intent, leftIntents } = await openShard(t);
  await intent(1, 1);
  const [line] = await consolidate();
  assert.deepEqual(
    [line?.outcome, line?.errorCode, line?.merchantTxnRef, line?.sends],
    ['unknown', 'unknown_process_stopped', 'abcdefghijkl-p1-r1-n1', 1],
  );
  assert.deepEqual(await leftIntents(), [[1, 1]]);
});

test('intents before an open one are kept with it, so that the row’s last intent is still found', async (t) => {
  const { consolidate, intent, leftIntents, storage } = await openShard(t, [
    createSendableRow(1),
    createSendableRow(2),
  ]);
  await intent(1, 1, notProcessed);
  await intent(1, 2);
  await intent(2, 1, endOf());
  await consolidate();
  assert.deepEqual(await leftIntents(), [
    [1, 1],
    [1, 2],
  ]);
  assert.deepEqual(await storage.intents.last(ref, 1), { head: createIntentHead(1, 2) });
});

test('a handed-over result outranks its open intent, and remains when consolidated again without it', async (t) => {
  const { consolidate, intent } = await openShard(t);
  await intent(1, 1);
  const unwritten = [{ row: 1, intent: 1, answer: answerOf({ storedPaymentMethodId: 'pm-handed' }) }];
  for (const lines of [
    await consolidate({ unwritten }),
    await consolidate(),
    await consolidate({ unwritten }),
  ]) {
    assert.deepEqual([lines[0]?.outcome, lines[0]?.storedPaymentMethodId], ['tokenized', 'pm-handed']);
  }
});

test('a result handed over after a first consolidation replaces the unknown', async (t) => {
  const { consolidate, intent } = await openShard(t);
  await intent(1, 1);
  assert.equal((await consolidate())[0]?.outcome, 'unknown');
  const unwritten = [{ row: 1, intent: 1, answer: answerOf() }];
  assert.equal((await consolidate({ unwritten }))[0]?.outcome, 'tokenized');
});

test('a result in its intent outranks a handed-over one', async (t) => {
  const { consolidate, intent } = await openShard(t);
  await intent(1, 1, endOf({ storedPaymentMethodId: 'pm-unwritten' }));
  const unwritten = [{ row: 1, intent: 1, answer: answerOf({ storedPaymentMethodId: 'pm-handed' }) }];
  assert.equal((await consolidate({ unwritten }))[0]?.storedPaymentMethodId, 'pm-unwritten');
});

test('a late result outranks the unknown recorded for it, and its intent is kept for later passes', async (t) => {
  const { consolidate, intent, leftIntents } = await openShard(t);
  const late = await intent(1, 1);
  assert.equal((await consolidate())[0]?.outcome, 'unknown');
  await late.writeResult(endOf());
  assert.equal((await consolidate())[0]?.outcome, 'tokenized');
  assert.deepEqual(await leftIntents(), [[1, 1]]);
  assert.equal((await consolidate())[0]?.outcome, 'tokenized');
  assert.deepEqual(await leftIntents(), [[1, 1]]);
});

test('a late result that nothing was processed makes the row one that was never sent', async (t) => {
  const { consolidate, intent, leftIntents } = await openShard(t);
  const late = await intent(1, 1);
  assert.equal((await consolidate())[0]?.outcome, 'unknown');
  await late.writeResult(notProcessed);
  for (const [line] of [await consolidate(), await consolidate()]) {
    assert.deepEqual([line?.outcome, line?.errorCode], ['not_sent', 'not_sent_process_stopped']);
  }
  assert.deepEqual(await leftIntents(), [[1, 1]]);
});

test('in a later pass an unsent row that may be left out gets no line; any other is an error', async (t) => {
  const rows = [createSendableRow(1), createSendableRow(2)];
  const { consolidate, intent } = await openShard(t, rows);
  await intent(1, 1, endOf());
  await assert.rejects(consolidate({ leaveOut: (row) => row === 1 }), { name: UnsentRowsError.name });
  const lines = await consolidate({ leaveOut: () => true });
  assert.deepEqual(
    lines.map(({ row, outcome }) => [row, outcome]),
    [[1, 'tokenized']],
  );
});

test('rows that were never sent are an error, and nothing is written, unless the batch was cancelled', async (t) => {
  const rows = [createSendableRow(1), createSendableRow(2), createSendableRow(3)];
  const { consolidate, intent, storage, leftIntents } = await openShard(t, rows);
  await intent(1, 1, endOf());
  await intent(2, 1, notProcessed);
  await assert.rejects(consolidate(), {
    name: UnsentRowsError.name,
    message: '1 rows of shard 1 have no outcome',
  });
  assert.equal(await readOutcomeLines(storage, ref), undefined);
  assert.equal((await leftIntents()).length, 2);
});

test('a row whose owners all reported sending nothing, too late to retry, is not_sent and may be sent again', async (t) => {
  const { consolidate, intent } = await openShard(t, [createSendableRow(1), createSendableRow(2)]);
  await intent(1, 1, endOf());
  await intent(2, 1, notProcessed);
  const lines = await consolidate();
  assert.deepEqual(
    lines.map(({ outcome, errorCode }) => [outcome, errorCode]),
    [
      ['tokenized', undefined],
      ['not_sent', 'not_sent_process_stopped'],
    ],
  );
});

test('in a cancelled batch rows that were never sent are not_sent; those that may have been sent are not', async (t) => {
  const rows = [1, 2, 3, 4].map((row) => createSendableRow(row));
  const { consolidate, intent } = await openShard(t, rows);
  await intent(1, 1, endOf());
  await intent(2, 1);
  await intent(3, 1, notProcessed);
  const lines = await consolidate({ isCancelled: true });
  assert.deepEqual(
    lines.map(({ outcome, errorCode }) => [outcome, errorCode]),
    [
      ['tokenized', undefined],
      ['unknown', 'unknown_process_stopped'],
      ['not_sent', 'batch_cancelled'],
      ['not_sent', 'batch_cancelled'],
    ],
  );
  assert.deepEqual(
    (await consolidate({ isCancelled: false })).map(({ outcome }) => outcome),
    ['tokenized', 'unknown', 'not_sent', 'not_sent'],
  );
});

test('a consolidation killed before it removes the intents is repeated with the same result', async (t) => {
  const { consolidate, intent, storage } = await openShard(t, [createSendableRow(1), createSendableRow(2)]);
  await intent(1, 1, notProcessed);
  await intent(1, 2, endOf());
  await intent(2, 1);
  const broken = withIntents(storage, { remove: () => Promise.reject(new Error('killed')) });
  await assert.rejects(consolidate({ storage: broken }), /killed/);
  const first = await readOutcomeLines(storage, ref);
  assert.deepEqual(await consolidate(), first);
});

test('any intents consolidated any number of times give the same lines, one per row, in order', async (t) => {
  const someIntents = fc.array(fc.constantFrom('not_processed', 'final', 'open'), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(someIntents, { minLength: 1, maxLength: 5 }), async (intentsOfRows) => {
      const rows = intentsOfRows.map((_, index) => createSendableRow(index + 1));
      const { consolidate, intent } = await openShard(t, rows);
      const expected: string[] = [];
      for (const [index, kinds] of intentsOfRows.entries()) {
        // By the protocol, only the result `not_processed` is followed by another intent.
        const last = kinds.at(-1);
        for (const [context] of kinds.entries()) {
          const kind = context === kinds.length - 1 ? last : 'not_processed';
          await intent(
            index + 1,
            context + 1,
            kind === 'open' ? undefined : kind === 'final' ? endOf() : notProcessed,
          );
        }
        expected.push(last === 'final' ? 'tokenized' : last === 'open' ? 'unknown' : 'not_sent');
      }
      const lines = await consolidate({ isCancelled: true });
      assert.deepEqual(
        lines.map(({ row, outcome }) => [row, outcome]),
        expected.map((outcome, index) => [index + 1, outcome]),
      );
      assert.deepEqual(
        lines.map(({ sends }) => sends),
        intentsOfRows.map((kinds) => kinds.length),
      );
      assert.deepEqual(await consolidate(), lines);
      assert.deepEqual(await consolidate(), lines);
    }),
    { numRuns: 25 },
  );
});
