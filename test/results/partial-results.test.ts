import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { StagedRow } from '../../src/domain/staged-row.ts';
import { consolidateShard } from '../../src/results/consolidate-shard.ts';
import { unansweredLine } from '../../src/results/outcome-line.ts';
import { type partialColumns, writePartialResults } from '../../src/results/partial-results.ts';
import { partialResultsKey } from '../../src/storage/layout.ts';
import { createSendableRow } from '../support/batches.ts';
import { createIntent, createIntentHead } from '../support/intents.ts';
import {
  answeredEnd,
  createRejectedRow,
  type KeptBatch,
  keepBatch,
  notProcessedEnd,
} from '../support/kept-batch.ts';
import { writeOutcomeLines } from '../support/outcome-lines.ts';

const ref = { batchId: 'cardlift/merchant/batch', pass: 1, shard: 1 };

async function write({ storage, record, rows }: KeptBatch) {
  const counts = await writePartialResults({
    storage,
    batchId: record.batchId,
    rows: rows.length,
    readStaged: async (shard) => rows.slice((shard - 1) * 500, shard * 500),
  });
  const text = String(await storage.files.read(partialResultsKey(record.batchId)));
  const lines = parse(text, { columns: true }) as Record<(typeof partialColumns)[number], string>[];
  return { counts, text, lines };
}

type Kind = 'none' | 'open' | 'not_processed' | 'tokenized' | 'declined' | 'rejected';
const expected: Readonly<Record<Kind, readonly [state: string, outcome: string]>> = {
  none: ['waiting', ''],
  open: ['in_flight', ''],
  not_processed: ['waiting', ''],
  tokenized: ['ended', 'tokenized'],
  declined: ['ended', 'declined'],
  rejected: ['ended', 'rejected'],
};

test('for any records, each row appears once, in order, with an outcome only if it has one', async (t) => {
  const kind = fc.constantFrom(...(Object.keys(expected) as Kind[]));
  await fc.assert(
    fc.asyncProperty(fc.array(kind, { minLength: 1, maxLength: 12 }), async (kinds) => {
      const rows = kinds.map(
        (one, index): StagedRow =>
          one === 'rejected' ? createRejectedRow(index + 1) : createSendableRow(index + 1),
      );
      const batch = await keepBatch(t, rows);
      for (const [index, one] of kinds.entries()) {
        const row = index + 1;
        if (one === 'open') await batch.intent(row, 1);
        if (one === 'not_processed') await batch.intent(row, 1, notProcessedEnd);
        if (one === 'tokenized') await batch.intent(row, 1, answeredEnd(row, 1));
        if (one === 'declined') {
          await batch.intent(
            row,
            1,
            answeredEnd(row, 1, { outcome: 'declined', errorCode: 'declined_soft' }),
          );
        }
      }
      const { counts, text, lines } = await write(batch);
      assert.deepEqual(
        lines.map(({ row, state, outcome }) => [row, state, outcome]),
        kinds.map((one, index) => [String(index + 1), ...expected[one]]),
      );
      assert.equal(counts.ended + counts.inFlight + counts.waiting, rows.length);
      assert.equal(counts.inFlight, kinds.filter((one) => one === 'open').length);
      for (const row of rows) if (row.kind === 'sendable') assert.ok(!text.includes(row.cardNumber));
    }),
    { numRuns: 25 },
  );
});

test('closed and open shards appear together, and only the open ones need staging', async (t) => {
  const rows = Array.from({ length: 501 }, (_, index) => createSendableRow(index + 1));
  const batch = await keepBatch(t, rows);
  for (const { row } of rows.slice(0, 500)) await batch.intent(row, 1, answeredEnd(row, 1));
  await consolidateShard({ storage: batch.storage, ref, rows: rows.slice(0, 500), isCancelled: false });
  const asked: number[] = [];
  const counts = await writePartialResults({
    storage: batch.storage,
    batchId: batch.record.batchId,
    rows: 501,
    readStaged: async (shard) => {
      asked.push(shard);
      return rows.slice((shard - 1) * 500, shard * 500);
    },
  });
  assert.deepEqual(asked, [2]);
  assert.deepEqual(counts, { ended: 500, inFlight: 0, waiting: 1, outcomes: { tokenized: 500 } });
});

test('in a later pass a row has its earlier outcome until it is sent, none while in flight, then the new one', async (t) => {
  const batch = await keepBatch(t, 2);
  const failed = { outcome: 'failed', errorCode: 'request_refused' } as const;
  await writeOutcomeLines(
    batch.storage,
    ref,
    batch.rows.map((row) => unansweredLine(row, { sends: 1 }, failed)),
  );
  const second = { ...ref, pass: 2 };
  const own = await createIntent(batch.storage.intents, second, {
    row: 1,
    intent: 1,
    merchantTxnRef: 'abcdefghijkl-p2-r1-n1',
    owner: 'host 1',
    nonce: 'a nonce',
    createdAtMs: 1_700_000_000_000,
    deadlineMs: 1_700_000_072_000,
  });
  const states = async () =>
    (await write(batch)).lines.map(({ state, outcome, sends }) => [state, outcome, sends]);
  assert.deepEqual(await states(), [
    ['in_flight', '', '2'],
    ['ended', 'failed', '1'],
  ]);
  await own?.writeResult(answeredEnd(1, 1));
  assert.deepEqual(await states(), [
    ['ended', 'tokenized', '2'],
    ['ended', 'failed', '1'],
  ]);
});

test('a row with a late token stays tokenized while a later pass sends it, whatever that pass is answered', async (t) => {
  const batch = await keepBatch(t, 1);
  await batch.intent(1, 1, answeredEnd(1, 1));
  await writeOutcomeLines(
    batch.storage,
    ref,
    batch.rows.map((row) =>
      unansweredLine(row, { sends: 1 }, { outcome: 'unknown', errorCode: 'unknown_process_stopped' }),
    ),
  );
  const own = await createIntent(batch.storage.intents, { ...ref, pass: 2 }, createIntentHead(1));
  const rowNow = async () => {
    const { lines } = await write(batch);
    return lines.map((line) => [line.state, line.outcome, line.stored_payment_method_id]);
  };
  assert.deepEqual(await rowNow(), [['ended', 'tokenized', 'pm-1']], 'its second request is in flight');
  await own?.writeResult(answeredEnd(1, 1, { outcome: 'declined', errorCode: 'declined_hard' }));
  assert.deepEqual(await rowNow(), [['ended', 'tokenized', 'pm-1']], 'its second request was declined');
});
