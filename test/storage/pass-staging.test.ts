import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { SendableRow } from '../../src/domain/staged-row.ts';
import { passStagingFolder, passStagingKeyKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import type { PassPlan } from '../../src/storage/pass-plan.ts';
import {
  createPassStaging,
  openPassRows,
  readPlannedRows,
  writePassShard,
} from '../../src/storage/pass-staging.ts';
import { batchId, createSendableRow, stageRows } from '../support/batches.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

/** A batch of four rows; each later pass supplies some rows with another card, or none. */
async function openStaged(t: TestContext, passes: readonly (readonly SendableRow[] | undefined)[]) {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const first = [1, 2, 3, 4].map((row) => createSendableRow(row, { cardNumber: `first-${row}` }));
  const { operatorKey, record } = await stageRows(storage, first);
  const plans: PassPlan[] = [];
  for (const [index, rows] of passes.entries()) {
    const pass = index + 2;
    const folder = `staging-${pass}`;
    if (rows !== undefined) {
      const staging = await createPassStaging(storage, operatorKey, { batchId, pass, folder });
      await writePassShard(storage, staging, 1, rows);
    }
    plans.push({
      pass,
      createdAt: '2026-01-05T00:00:00.000Z',
      createdBy: 'mia@desk',
      includesSoftDeclines: false,
      ...(rows === undefined ? {} : { staging: { folder } }),
      rows: 4,
      amounts: { JPY: '400' },
      runs: [[1, 4]],
    });
  }
  const plan = plans.at(-1);
  assert.ok(plan !== undefined);
  const rows = openPassRows(storage, operatorKey, record, plans);
  return {
    storage,
    rows,
    cards: async () => (await readPlannedRows(rows, plan, 1)).map(({ cardNumber }) => cardNumber),
  };
}

const withCard = (row: number, cardNumber: string): SendableRow => createSendableRow(row, { cardNumber });

test('a row supplied by two passes is sent with the card of the later one, and every other row with its latest card', async (t) => {
  const { cards } = await openStaged(t, [
    [withCard(2, 'second-2'), withCard(3, 'second-3')],
    [withCard(3, 'third-3'), withCard(4, 'third-4')],
  ]);
  assert.deepEqual(await cards(), ['first-1', 'second-2', 'third-3', 'third-4']);
});

test('a pass without a file sends the rows as earlier passes left them', async (t) => {
  const { cards } = await openStaged(t, [
    [withCard(1, 'second-1'), withCard(2, 'second-2')],
    undefined,
    [withCard(2, 'fourth-2')],
    undefined,
  ]);
  assert.deepEqual(await cards(), ['second-1', 'fourth-2', 'first-3', 'first-4']);
});

test('only the requested rows are found, and unstaged rows are omitted', async (t) => {
  const { rows } = await openStaged(t, [[withCard(2, 'second-2')]]);
  const found = await rows.find(1, [2, 4, 9]);
  assert.deepEqual(
    [...found].map(([row, { cardNumber }]) => [row, cardNumber]),
    [
      [2, 'second-2'],
      [4, 'first-4'],
    ],
  );
});

for (const [what, key] of [
  ['its key', passStagingKeyKey(batchId, 3, 'staging-3')],
  ['its shard', `${passStagingFolder(batchId, 3, 'staging-3')}/shard-1.enc`],
] as const) {
  test(`a row whose own staging lost ${what} is not staged, although an earlier pass has its old card`, async (t) => {
    const { storage, rows, cards } = await openStaged(t, [
      [withCard(2, 'second-2')],
      [withCard(3, 'third-3')],
    ]);
    await storage.files.remove(key);
    assert.deepEqual([...(await rows.find(1, [2, 3]))], []);
    await assert.rejects(cards(), { name: 'StagedShardError' });
  });
}
