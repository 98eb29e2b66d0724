import assert from 'node:assert/strict';
import { test } from 'node:test';
import { show } from '../../../src/cli/commands/show.ts';
import { describeFailure } from '../../../src/cli/failure.ts';
import { consolidateShard } from '../../../src/results/consolidate-shard.ts';
import type { RowDetails } from '../../../src/results/row-details.ts';
import { stagingFolder } from '../../../src/storage/layout.ts';
import { createSendableRow } from '../../support/batches.ts';
import { assertAsDocumented, wordsOf } from '../../support/documented-json.ts';
import {
  answeredEnd,
  createRejectedRow,
  type KeptBatch,
  keepBatch,
  notProcessedEnd,
} from '../../support/kept-batch.ts';

async function storyOf({ context, terminal }: KeptBatch, row: number): Promise<RowDetails> {
  terminal.printed.length = 0;
  await show(context, 'batch', undefined, { row, json: true });
  const shown = JSON.parse(terminal.printed.join('')) as { batch_id: string; rows: RowDetails[] };
  assertAsDocumented('show', shown);
  for (const story of shown.rows) {
    for (const field of [...Object.keys(story), ...story.sends.flatMap(Object.keys)]) {
      assert.ok(wordsOf('show').has(field), `docs/json-output.md does not name ${field}`);
    }
  }
  assert.equal(shown.batch_id, 'cardlift/merchant/batch');
  assert.equal(shown.rows.length, 1);
  return shown.rows[0] as RowDetails;
}

async function textOf({ context, terminal }: KeptBatch, ref: string): Promise<string> {
  terminal.printed.length = 0;
  await show(context, 'batch', ref, {});
  return terminal.printed.join('\n');
}

const shardRef = { batchId: 'cardlift/merchant/batch', pass: 1, shard: 1 };

async function close({ storage, rows }: KeptBatch): Promise<void> {
  await consolidateShard({ storage, ref: shardRef, rows, isCancelled: true });
}

test('before its shard is closed, a row is waiting, in flight, refused for now or ended, as its intents show', async (t) => {
  const batch = await keepBatch(t, [
    ...[1, 2, 3, 4].map((row) => createSendableRow(row)),
    createRejectedRow(5),
  ]);
  await batch.intent(2, 1);
  await batch.intent(3, 1, notProcessedEnd);
  await batch.intent(4, 1, notProcessedEnd);
  await batch.intent(4, 2, answeredEnd(4, 2));

  const [waiting, inFlight, refused, ended, rejected] = await Promise.all(
    [1, 2, 3, 4, 5].map(async (row) => row),
  ).then(async (rows) => {
    const stories: RowDetails[] = [];
    for (const row of rows) stories.push(await storyOf(batch, row));
    return stories;
  });
  assert.deepEqual([waiting?.state, waiting?.sends, waiting?.outcome], ['waiting', [], undefined]);
  assert.deepEqual(
    [inFlight?.state, inFlight?.sends[0]?.result, inFlight?.outcome],
    ['in_flight', 'open', undefined],
  );
  assert.equal(inFlight?.sends[0]?.deadline, '2023-11-14T22:14:32.000Z');
  assert.deepEqual([refused?.state, refused?.sends[0]?.cause], ['waiting', 'HTTP 429']);
  assert.deepEqual(
    [ended?.state, ended?.outcome, ended?.charges, ended?.sends.map(({ result }) => result)],
    ['ended', 'tokenized', 1, ['not_processed', 'answered']],
  );
  assert.deepEqual(
    [rejected?.outcome, rejected?.error_code, rejected?.charges],
    ['rejected', 'card_expired', 0],
  );
});

test('the history of a row stays the same when its shard is closed and its intents are gone, except for their owners', async (t) => {
  const batch = await keepBatch(t, 2);
  await batch.intent(1, 1, notProcessedEnd);
  await batch.intent(1, 2, notProcessedEnd);
  await batch.intent(1, 3, answeredEnd(1, 3, { gatewayCode: 'INFO0000', responseCode: 0 }));
  const before = await storyOf(batch, 1);
  await close(batch);
  assert.deepEqual(await batch.storage.intents.list(shardRef), []);
  const after = await storyOf(batch, 1);
  assert.deepEqual(after, {
    ...before,
    sends: before.sends.map(({ owner: _, ...send }) => send),
  });
  assert.equal(after.sends.length, 3);
});

test('a closed shard’s rows are shown without staging and without the key', async (t) => {
  const batch = await keepBatch(t, 2);
  await batch.intent(1, 1, answeredEnd(1, 1));
  await close(batch);
  await batch.storage.files.remove(stagingFolder(batch.record.batchId));
  const context = { ...batch.context, operatorKey: () => Promise.reject(new Error('no key')) };
  await show(context, 'batch', 'ref-1', {});
  assert.match(batch.terminal.printed[0] ?? '', /outcome +tokenized/);
});

test('an open intent that a closed shard has left names its owner, and the row may have been charged', async (t) => {
  const batch = await keepBatch(t, 1);
  await batch.intent(1, 1);
  await close(batch);
  const story = await storyOf(batch, 1);
  assert.deepEqual(
    [story.outcome, story.sends[0]?.result, story.sends[0]?.owner],
    ['unknown', 'open', 'host 1'],
  );
  const text = await textOf(batch, 'ref-1');
  assert.match(text, /charged +not known/);
  assert.match(text, /abcdefghijkl-p1-r1-n1/);
});

test('a lost connection is not an answer', async (t) => {
  const batch = await keepBatch(t, 1);
  await batch.intent(1, 1, {
    kind: 'final',
    answer: {
      outcome: 'unknown',
      errorCode: 'unknown_connection_lost',
      merchantTxnRef: 'abcdefghijkl-p1-r1-n1',
      completedAt: '2026-01-01T00:00:00.000Z',
      isCharged: false,
    },
  });
  for (const step of ['open', 'closed']) {
    if (step === 'closed') await close(batch);
    assert.match(await textOf(batch, 'ref-1'), /^ {6}no answer by \S+: unknown$/m);
  }
});

test('a row’s history fits 80 columns, names every send, and holds no card number', async (t) => {
  const batch = await keepBatch(t, 1);
  await batch.intent(1, 1, notProcessedEnd);
  await batch.intent(
    1,
    2,
    answeredEnd(1, 2, {
      outcome: 'declined',
      errorCode: 'declined_soft',
      httpStatus: 200,
      gatewayCode: 'ERR1234',
      responseCode: 51,
      message: 'Insufficient funds, and a sentence of the gateway that is longer than a line of a terminal',
      isCharged: false,
    }),
  );
  for (const step of ['open', 'closed']) {
    if (step === 'closed') await close(batch);
    const text = await textOf(batch, 'ref-1');
    assert.match(text, /declined_soft/);
    assert.match(text, /intent 1 .*-n1\n/);
    assert.match(text, /intent 2 .*-n2\n/);
    assert.match(text, /response\s+code 51/);
    assert.match(text, /next step {2,}Redrive/);
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
    const digits = text.replace(/[\s-]/g, '');
    assert.ok(!digits.includes((batch.rows[0] as { cardNumber: string }).cardNumber));
    assert.match(text, /400000\*{6}0010/);
  }
});

test('a reference of several rows shows them all, and one that no row has is not repeated', async (t) => {
  const batch = await keepBatch(t, [
    createSendableRow(1, { merchantRef: 'same' }),
    createSendableRow(2, { merchantRef: 'same "quoted"' }),
    { ...createRejectedRow(3), merchantRef: 'same' },
  ]);
  for (const step of ['open', 'closed']) {
    if (step === 'closed') await close(batch);
    assert.equal((await textOf(batch, 'same')).match(/^Row /gm)?.length, 2);
    assert.match(await textOf(batch, 'same "quoted"'), /^Row 2 /);
  }
  await assert.rejects(show(batch.context, 'batch', '4111111111111111', {}), (error: Error) => {
    assert.match(error.message, /None of the 3 rows/);
    assert.doesNotMatch(error.message, /4111/);
    return true;
  });
});

test('a row that does not exist, and a call without or with both row and reference, are wrong use', async (t) => {
  const { context } = await keepBatch(t, 1);
  for (const [ref, options] of [
    [undefined, { row: 2 }],
    [undefined, {}],
    ['ref-1', { row: 1 }],
  ] as const) {
    await assert.rejects(show(context, 'batch', ref, options), (error) => {
      assert.equal(describeFailure(error).exitCode, 2);
      return true;
    });
  }
});

test('a batch that is not staged yet says so', async (t) => {
  const batch = await keepBatch(t, 1);
  await batch.storage.files.remove(stagingFolder(batch.record.batchId));
  await assert.rejects(
    show(batch.context, 'batch', undefined, { row: 1 }),
    /not staged yet, or its staging was purged/,
  );
});
