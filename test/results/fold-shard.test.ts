import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { RowAnswer } from '../../src/contract/row-answer.ts';
import type { StagedRow } from '../../src/domain/staged-row.ts';
import { foldShard, UnsentRowsError } from '../../src/results/fold-shard.ts';
import { readOutcomeLines } from '../../src/results/outcome-line.ts';
import { outcomesKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import type { NoteEnd } from '../../src/storage/storage.ts';
import { createSendableRow } from '../support/batches.ts';
import { createNoteHead, shardRef as ref } from '../support/notes.ts';
import { withNotes } from '../support/sends.ts';
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
const endOf = (changes: Partial<RowAnswer> = {}): NoteEnd => ({ kind: 'ended', answer: answerOf(changes) });
const notProcessed: NoteEnd = { kind: 'not_processed', cause: 'HTTP 429' };

async function openShard(t: TestContext, rows: readonly StagedRow[] = [createSendableRow(1)]) {
  const storage = await openLocalStorage(await createTemporaryFolder(t));
  const note = async (row: number, number: number, end?: NoteEnd) => {
    const own = await storage.notes.create(ref, createNoteHead(row, number));
    assert.ok(own !== undefined);
    if (end !== undefined) await own.end(end);
    return own;
  };
  const fold = (options: Partial<Parameters<typeof foldShard>[0]> = {}) =>
    foldShard({ storage, ref, rows, isCancelled: false, ...options });
  const leftNotes = async () => (await storage.notes.list(ref)).map(({ head }) => [head.row, head.note]);
  return { storage, note, fold, leftNotes };
}

test('a row that ended has its answer, its card masked, and its note removed', async (t) => {
  const { fold, note, leftNotes, storage } = await openShard(t);
  await note(1, 1, endOf({ scheme: 'VISA Debit' }));
  const lines = await fold();
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
  assert.deepEqual(await leftNotes(), []);
  const file = String(await storage.files.read(outcomesKey(ref)));
  assert.ok(!file.includes(createSendableRow(1).cardNumber));
});

test('a rejected row is rejected with its gravest code, whatever notes say', async (t) => {
  const { fold, note } = await openShard(t, [rejectedRow]);
  await note(1, 1, endOf());
  const [line] = await fold();
  assert.deepEqual(
    [line?.outcome, line?.errorCode, line?.message, line?.card, line?.sends],
    ['rejected', 'card_expired', 'also: amount_missing', '411111******1111', 0],
  );
});

test('the end of the last note decides, and every note counts as a send', async (t) => {
  const { fold, note, leftNotes } = await openShard(t);
  await note(1, 1, notProcessed);
  await note(1, 2, notProcessed);
  await note(1, 3, endOf());
  const [line] = await fold();
  assert.deepEqual([line?.outcome, line?.sends], ['tokenized', 3]);
  assert.deepEqual(await leftNotes(), []);
});

test('an open note makes its row unknown, names the reference to look up, and stays', async (t) => {
  const { fold, note, leftNotes } = await openShard(t);
  await note(1, 1);
  const [line] = await fold();
  assert.deepEqual(
    [line?.outcome, line?.errorCode, line?.merchantTxnRef, line?.sends],
    ['unknown', 'unknown_process_stopped', 'abcdefghijkl-p1-r1-n1', 1],
  );
  assert.deepEqual(await leftNotes(), [[1, 1]]);
});

test('the notes before an open one stay with it, so that the row’s last note is still found', async (t) => {
  const { fold, note, leftNotes, storage } = await openShard(t, [createSendableRow(1), createSendableRow(2)]);
  await note(1, 1, notProcessed);
  await note(1, 2);
  await note(2, 1, endOf());
  await fold();
  assert.deepEqual(await leftNotes(), [
    [1, 1],
    [1, 2],
  ]);
  assert.deepEqual(await storage.notes.last(ref, 1), { head: createNoteHead(1, 2) });
});

test('an end handed over outranks its open note, and stays when folded again without it', async (t) => {
  const { fold, note } = await openShard(t);
  await note(1, 1);
  const unwritten = [{ row: 1, note: 1, answer: answerOf({ storedPaymentMethodId: 'pm-handed' }) }];
  for (const lines of [await fold({ unwritten }), await fold(), await fold({ unwritten })]) {
    assert.deepEqual([lines[0]?.outcome, lines[0]?.storedPaymentMethodId], ['tokenized', 'pm-handed']);
  }
});

test('an end handed over after a first fold takes the place of the unknown', async (t) => {
  const { fold, note } = await openShard(t);
  await note(1, 1);
  assert.equal((await fold())[0]?.outcome, 'unknown');
  const unwritten = [{ row: 1, note: 1, answer: answerOf() }];
  assert.equal((await fold({ unwritten }))[0]?.outcome, 'tokenized');
});

test('an end in its note outranks one that was handed over', async (t) => {
  const { fold, note } = await openShard(t);
  await note(1, 1, endOf({ storedPaymentMethodId: 'pm-note' }));
  const unwritten = [{ row: 1, note: 1, answer: answerOf({ storedPaymentMethodId: 'pm-handed' }) }];
  assert.equal((await fold({ unwritten }))[0]?.storedPaymentMethodId, 'pm-note');
});

test('a late end outranks the unknown that stood for it, and its note stays for later passes to see', async (t) => {
  const { fold, note, leftNotes } = await openShard(t);
  const late = await note(1, 1);
  assert.equal((await fold())[0]?.outcome, 'unknown');
  await late.end(endOf());
  assert.equal((await fold())[0]?.outcome, 'tokenized');
  assert.deepEqual(await leftNotes(), [[1, 1]]);
  assert.equal((await fold())[0]?.outcome, 'tokenized');
  assert.deepEqual(await leftNotes(), [[1, 1]]);
});

test('a late end that says that nothing was processed makes the row one that was never sent', async (t) => {
  const { fold, note, leftNotes } = await openShard(t);
  const late = await note(1, 1);
  assert.equal((await fold())[0]?.outcome, 'unknown');
  await late.end(notProcessed);
  for (const [line] of [await fold(), await fold()]) {
    assert.deepEqual([line?.outcome, line?.errorCode], ['not_sent', 'not_sent_process_stopped']);
  }
  assert.deepEqual(await leftNotes(), [[1, 1]]);
});

test('in a later pass a row that was not sent and may be left out gets no line; another one is an error', async (t) => {
  const rows = [createSendableRow(1), createSendableRow(2)];
  const { fold, note } = await openShard(t, rows);
  await note(1, 1, endOf());
  await assert.rejects(fold({ leaveOut: (row) => row === 1 }), { name: UnsentRowsError.name });
  const lines = await fold({ leaveOut: () => true });
  assert.deepEqual(
    lines.map(({ row, outcome }) => [row, outcome]),
    [[1, 'tokenized']],
  );
});

test('rows that were never sent are an error, written nowhere, as long as the batch was not cancelled', async (t) => {
  const rows = [createSendableRow(1), createSendableRow(2), createSendableRow(3)];
  const { fold, note, storage, leftNotes } = await openShard(t, rows);
  await note(1, 1, endOf());
  await note(2, 1, notProcessed);
  await assert.rejects(fold(), { name: UnsentRowsError.name, message: '1 rows of shard 1 have no outcome' });
  assert.equal(await readOutcomeLines(storage, ref), undefined);
  assert.equal((await leftNotes()).length, 2);
});

test('a row whose makers all said that they sent nothing, too late to send it, is not_sent and may be sent again', async (t) => {
  const { fold, note } = await openShard(t, [createSendableRow(1), createSendableRow(2)]);
  await note(1, 1, endOf());
  await note(2, 1, notProcessed);
  const lines = await fold();
  assert.deepEqual(
    lines.map(({ outcome, errorCode }) => [outcome, errorCode]),
    [
      ['tokenized', undefined],
      ['not_sent', 'not_sent_process_stopped'],
    ],
  );
});

test('a cancelled batch’s rows that were never sent are not_sent; those that may have been are not', async (t) => {
  const rows = [1, 2, 3, 4].map((row) => createSendableRow(row));
  const { fold, note } = await openShard(t, rows);
  await note(1, 1, endOf());
  await note(2, 1);
  await note(3, 1, notProcessed);
  const lines = await fold({ isCancelled: true });
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
    (await fold({ isCancelled: false })).map(({ outcome }) => outcome),
    ['tokenized', 'unknown', 'not_sent', 'not_sent'],
  );
});

test('a fold that dies before it removes the notes is done again with the same result', async (t) => {
  const { fold, note, storage } = await openShard(t, [createSendableRow(1), createSendableRow(2)]);
  await note(1, 1, notProcessed);
  await note(1, 2, endOf());
  await note(2, 1);
  const broken = withNotes(storage, { remove: () => Promise.reject(new Error('killed')) });
  await assert.rejects(fold({ storage: broken }), /killed/);
  const first = await readOutcomeLines(storage, ref);
  assert.deepEqual(await fold(), first);
});

test('folded any number of times any notes give the same lines, one a row, in order', async (t) => {
  const someNotes = fc.array(fc.constantFrom('not_processed', 'ended', 'open'), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(someNotes, { minLength: 1, maxLength: 5 }), async (notesOfRows) => {
      const rows = notesOfRows.map((_, index) => createSendableRow(index + 1));
      const { fold, note } = await openShard(t, rows);
      const expected: string[] = [];
      for (const [index, kinds] of notesOfRows.entries()) {
        // By the protocol only an end `not_processed` is followed by another note.
        const last = kinds.at(-1);
        for (const [place] of kinds.entries()) {
          const kind = place === kinds.length - 1 ? last : 'not_processed';
          await note(
            index + 1,
            place + 1,
            kind === 'open' ? undefined : kind === 'ended' ? endOf() : notProcessed,
          );
        }
        expected.push(last === 'ended' ? 'tokenized' : last === 'open' ? 'unknown' : 'not_sent');
      }
      const lines = await fold({ isCancelled: true });
      assert.deepEqual(
        lines.map(({ row, outcome }) => [row, outcome]),
        expected.map((outcome, index) => [index + 1, outcome]),
      );
      assert.deepEqual(
        lines.map(({ sends }) => sends),
        notesOfRows.map((kinds) => kinds.length),
      );
      assert.deepEqual(await fold(), lines);
      assert.deepEqual(await fold(), lines);
    }),
    { numRuns: 25 },
  );
});
