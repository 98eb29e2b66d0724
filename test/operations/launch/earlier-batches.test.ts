import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { RowOutcome } from '../../../src/contract/outcome.ts';
import { createDigestTable } from '../../../src/domain/digest-table.ts';
import { createFingerprinter } from '../../../src/input/fingerprinter.ts';
import { createRowSet } from '../../../src/input/row-set.ts';
import { compareWithEarlierBatches } from '../../../src/operations/launch/earlier-batches.ts';
import { unansweredLine } from '../../../src/results/outcome-line.ts';
import { openLocalStorage } from '../../../src/storage/local/local-storage.ts';
import { fingerprintLineOf } from '../../../src/storage/row-fingerprints.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { createSendableRow, keepFingerprints } from '../../support/batches.ts';
import { createIntent, createIntentHead } from '../../support/intents.ts';
import { writeOutcomeLines } from '../../support/outcome-lines.ts';
import { testKey } from '../../support/storage-key.ts';
import { createTemporaryFolder } from '../../support/temporary-folder.ts';

const key = Buffer.alloc(32, 5);
const refOf = createFingerprinter(key, 'merchant_ref');
const cardOf = createFingerprinter(key, 'card_number');
const earlierId = 'cardlift/merchant/earlier';

type Pair = readonly [merchantRef: string, cardNumber: string];

/** An earlier batch as staging leaves it. */
async function stageEarlier(storage: Storage, rows: readonly Pair[], batchId = earlierId, keyId = 'key-1') {
  async function* lines() {
    for (const [ref, card] of rows) yield fingerprintLineOf({ merchantRef: refOf(ref), card: cardOf(card) });
  }
  await keepFingerprints(storage, batchId, keyId, lines());
}

/** What an earlier batch's closed shard says about its rows. */
async function closeEarlier(storage: Storage, outcomes: readonly RowOutcome[], pass = 1, firstRow = 1) {
  const lines = outcomes.map((outcome, index) =>
    unansweredLine(createSendableRow(firstRow + index), { sends: 1 }, { outcome }),
  );
  await writeOutcomeLines(storage, { batchId: earlierId, pass, shard: 1 }, lines);
}

async function compare(storage: Storage, rows: readonly Pair[], rejectedRows: readonly number[] = []) {
  const tables = { refs: createDigestTable(), cards: createDigestTable(), unsent: createRowSet() };
  for (const [index, [ref, card]] of rows.entries()) {
    tables.refs.add(refOf(ref), index + 1);
    if (rejectedRows.includes(index + 1)) tables.unsent.add(index + 1);
    else tables.cards.add(cardOf(card), index + 1);
  }
  return await compareWithEarlierBatches({
    ...tables,
    storage,
    merchantId: 'merchant',
    keyId: 'key-1',
    sha256: '',
  });
}

const open = async (t: TestContext) => openLocalStorage(await createTemporaryFolder(t), testKey);
const none = { count: 0, firstRows: [] };

test('a reference with a token, one that may have been charged, and a card under another reference are distinguished', async (t) => {
  const storage = await open(t);
  await stageEarlier(storage, [
    ['tokenized', 'card-1'],
    ['unknown', 'card-2'],
    ['old-name', 'card-3'],
    ['declined', 'card-4'],
  ]);
  await closeEarlier(storage, ['tokenized', 'unknown', 'tokenized', 'declined']);
  const { overlaps, comparedBatches } = await compare(storage, [
    ['fresh', 'card-9'],
    ['declined', 'card-4'],
    ['new-name', 'card-3'],
    ['unknown', 'card-8'],
    ['tokenized', 'card-1'],
  ]);
  assert.equal(comparedBatches, 1);
  assert.deepEqual(overlaps, [
    {
      batchId: earlierId,
      tokenizedRefs: { count: 1, firstRows: [5] },
      openRefs: { count: 1, firstRows: [4] },
      otherRefs: { count: 1, firstRows: [3] },
    },
  ]);
});

test('unsent and in-flight rows of an open batch count as in common', async (t) => {
  const storage = await open(t);
  await stageEarlier(storage, [
    ['waiting', 'card-1'],
    ['sending', 'card-2'],
    ['answered', 'card-3'],
  ]);
  const ref = { batchId: earlierId, pass: 1, shard: 1 };
  await createIntent(storage.intents, ref, createIntentHead(2));
  const answered = await createIntent(storage.intents, ref, createIntentHead(3));
  await answered?.writeResult({
    kind: 'final',
    answer: { outcome: 'tokenized', merchantTxnRef: 'x', completedAt: '2026-01-01T00:00:00.000Z' },
  });
  const { overlaps } = await compare(storage, [
    ['waiting', 'card-1'],
    ['sending', 'card-2'],
    ['answered', 'card-3'],
  ]);
  assert.deepEqual(overlaps[0]?.openRefs, { count: 2, firstRows: [1, 2] });
  assert.deepEqual(overlaps[0]?.tokenizedRefs, { count: 1, firstRows: [3] });
});

test('the outcome of a row in a later pass replaces that of an earlier one', async (t) => {
  const storage = await open(t);
  await stageEarlier(storage, [
    ['a', 'card-1'],
    ['b', 'card-2'],
  ]);
  await closeEarlier(storage, ['declined', 'declined']);
  await closeEarlier(storage, ['tokenized'], 2, 2);
  const { overlaps } = await compare(storage, [
    ['a', 'card-1'],
    ['b', 'card-2'],
  ]);
  assert.deepEqual(overlaps[0]?.tokenizedRefs, { count: 1, firstRows: [2] });
});

test('a rejected row of the new file does not count as in common', async (t) => {
  const storage = await open(t);
  await stageEarlier(storage, [['a', 'card-1']]);
  await closeEarlier(storage, ['tokenized']);
  assert.deepEqual((await compare(storage, [['a', 'card-1']], [1])).overlaps, []);
});

test('at most five rows are named, and all are counted', async (t) => {
  const storage = await open(t);
  const rows = Array.from({ length: 7 }, (_, index): Pair => [`ref-${index}`, `card-${index}`]);
  await stageEarlier(storage, rows);
  await closeEarlier(storage, new Array(7).fill('tokenized'));
  const [overlap] = (await compare(storage, rows)).overlaps;
  assert.deepEqual(overlap, {
    batchId: earlierId,
    tokenizedRefs: { count: 7, firstRows: [1, 2, 3, 4, 5] },
    openRefs: none,
    otherRefs: none,
  });
});

test('batches of another merchant are ignored, and those under another key are counted separately', async (t) => {
  const storage = await open(t);
  await stageEarlier(storage, [['a', 'card-1']], 'cardlift/other/batch');
  await stageEarlier(storage, [['a', 'card-1']], 'cardlift/merchant/old-key', 'key-0');
  assert.deepEqual(await compare(storage, [['a', 'card-1']]), {
    overlaps: [],
    comparedBatches: 0,
    incomparableBatches: 1,
    unknownBatches: [],
    seenBatches: ['cardlift/merchant/old-key'],
  });
});
