import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { rowOutcomes } from '../../src/contract/outcome.ts';
import { type RowErrorCode, rowErrorCodes } from '../../src/domain/error-codes.ts';
import { shardSizeRows } from '../../src/domain/shard-plan.ts';
import type { SendableRow } from '../../src/domain/staged-row.ts';
import { ConservationError } from '../../src/results/merged-shard.ts';
import { type OutcomeLine, unansweredLine } from '../../src/results/outcome-line.ts';
import { publishBatch } from '../../src/results/publish-batch.ts';
import { resultKey } from '../../src/storage/layout.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { batchId, createSendableRow, stageRows } from '../support/batches.ts';
import { createIntent, createIntentHead, longestAnswer, shardRef } from '../support/intents.ts';
import { writeOutcomeLines } from '../support/outcome-lines.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const files = ['results.csv', 'manifest.json', 'unresolved.csv', 'charges.csv'] as const;

interface Manifest {
  readonly status: string;
  readonly input: { readonly sha256: string; readonly rows: number };
  readonly outcomes: Readonly<Record<string, number>>;
  readonly error_codes: Readonly<Record<string, number>>;
  readonly charged: Readonly<Record<string, string>>;
  readonly possibly_charged: Readonly<Record<string, string>>;
  readonly sha256: Readonly<Record<string, string>>;
}

type Change = Partial<OutcomeLine>;

/** A line as consolidation writes it: tokenized unless changed. */
function createLine(row: SendableRow, change: Change = {}): OutcomeLine {
  const line: OutcomeLine = {
    ...unansweredLine(row, { sends: 1 }, { outcome: 'tokenized' }),
    merchantTxnRef: `abcdefghijkl-p1-r${row.row}-n1`,
    completedAt: '2026-01-01T00:00:00.000Z',
  };
  return change.outcome === undefined
    ? {
        ...line,
        storedPaymentMethodId: `pm-${row.row}`,
        transactionId: `txn-${row.row}`,
        isCharged: true,
        ...change,
      }
    : { ...line, ...change };
}

async function openBatch(t: TestContext, rows: readonly SendableRow[], changes: readonly Change[] = []) {
  const storage = await openLocalStorage(await createTemporaryFolder(t), testKey);
  const staged = await stageRows(storage, rows);
  const lines = rows.map((row, index) => createLine(row, changes[index]));
  const writeShard = (shard: number, some: readonly OutcomeLine[]) =>
    writeOutcomeLines(storage, { batchId, pass: 1, shard }, some);
  const shardLines = (shard: number) => lines.slice((shard - 1) * shardSizeRows, shard * shardSizeRows);
  for (let shard = 1; shard <= staged.staging.shards; shard += 1) await writeShard(shard, shardLines(shard));
  const publish = (options: Partial<Parameters<typeof publishBatch>[0]> = {}) =>
    publishBatch({
      storage,
      ...staged,
      pass: 1,
      isCancelled: false,
      versions: { cardlift: '0' },
      publishedAt: '2026-01-02T00:00:00.000Z',
      ...options,
    });
  return { storage, lines, shardLines, writeShard, publish, ...staged };
}

async function readFile(storage: Storage, name: (typeof files)[number]): Promise<Buffer> {
  const content = await storage.files.read(resultKey(batchId, name));
  assert.ok(content !== undefined, name);
  return content;
}

async function readCsv(storage: Storage, name: (typeof files)[number]): Promise<Record<string, string>[]> {
  return parse(await readFile(storage, name), { columns: true });
}

async function readManifest(storage: Storage): Promise<Manifest> {
  return JSON.parse(String(await readFile(storage, 'manifest.json'))) as Manifest;
}

const someRows = (count: number) => Array.from({ length: count }, (_, index) => createSendableRow(index + 1));

test('the results have the columns that scripts rely on, in order', async (t) => {
  const { publish, storage } = await openBatch(t, someRows(1));
  await publish();
  assert.equal(
    String(await readFile(storage, 'results.csv')),
    'row,merchant_ref,outcome,stored_payment_method_id,error_code,error_message,next_step,transaction_id,' +
      'merchant_txn_ref,amount,currency,scheme,card,sends,completed_at\n' +
      '1,ref-1,tokenized,pm-1,,,,txn-1,abcdefghijkl-p1-r1-n1,100,JPY,visa,400000******0010,1,2026-01-01T00:00:00.000Z\n',
  );
});

test('columns that are passed through follow ours in results.csv only, verbatim, and empty for a row without them', async (t) => {
  const rows = [1, 2].map((row) => ({ ...createSendableRow(row), passed: ['=m,1', `txn "${row}"`] }));
  const batch = await openBatch(t, [...rows, createSendableRow(3)]);
  const mapping = { columns: {}, constants: {}, ignored: [], passed: ['mandate', 'scheme txn'] };
  await batch.publish({ record: { ...batch.record, mapping } });
  const table = parse(await readFile(batch.storage, 'results.csv')) as string[][];
  assert.deepEqual(
    table.map((cells) => cells.slice(-3)),
    [
      ['completed_at', 'mandate', 'scheme txn'],
      ['2026-01-01T00:00:00.000Z', '=m,1', 'txn "1"'],
      ['2026-01-01T00:00:00.000Z', '=m,1', 'txn "2"'],
      ['2026-01-01T00:00:00.000Z', '', ''],
    ],
  );
  for (const name of ['unresolved.csv', 'charges.csv'] as const) {
    assert.equal((await readFile(batch.storage, name)).includes('mandate'), false);
  }
});

test('a row without a token says why and what to do next, in the catalogue’s words and the gateway’s', async (t) => {
  const { publish, storage } = await openBatch(t, someRows(2), [
    { outcome: 'declined', errorCode: 'declined_soft', message: 'response code 51, Insufficient funds' },
    { remark: 'Approved with response code 10: check the amount that was charged' },
  ]);
  await publish();
  const [declined, odd] = await readCsv(storage, 'results.csv');
  const { text, nextStep } = rowErrorCodes.declined_soft;
  assert.equal(declined?.error_message, `${text}: response code 51, Insufficient funds`);
  assert.equal(declined?.next_step, nextStep);
  assert.deepEqual(
    [odd?.error_code, odd?.next_step],
    ['', 'Approved with response code 10: check the amount that was charged'],
  );
});

test('the counts, the manifest and the files agree for a batch of several shards', async (t) => {
  const changes = Array.from(
    { length: 1_001 },
    (_, index): Change => (index % 10 === 0 ? { outcome: 'unknown', errorCode: 'unknown_timeout' } : {}),
  );
  let shardsDone = 0;
  const { publish, storage, record } = await openBatch(t, someRows(1_001), changes);
  const counts = await publish({
    onShard: () => {
      shardsDone += 1;
    },
  });
  assert.deepEqual(counts, { tokenized: 900, unknown: 101 });
  assert.ok(shardsDone >= 3);
  const manifest = await readManifest(storage);
  assert.deepEqual(manifest.outcomes, {
    ...Object.fromEntries(rowOutcomes.map((name) => [name, 0])),
    tokenized: 900,
    unknown: 101,
  });
  assert.deepEqual(manifest.error_codes, { unknown_timeout: 101 });
  assert.deepEqual(manifest.charged, { JPY: '90000' });
  assert.deepEqual(manifest.input, { file: 'cards.csv', bytes: 1, sha256: record.file.sha256, rows: 1_001 });
  assert.equal((await readCsv(storage, 'unresolved.csv')).length, 101);
  assert.equal((await readCsv(storage, 'charges.csv')).length, 900);
  assert.deepEqual(
    (await readCsv(storage, 'results.csv')).map(({ row }) => Number(row)),
    someRows(1_001).map(({ row }) => row),
  );
});

test('amounts are summed exactly by currency, including charges without a token', async (t) => {
  const rows = [
    createSendableRow(1, { amount: '0.10', currency: 'EUR' }),
    createSendableRow(2, { amount: '0.20', currency: 'EUR' }),
    createSendableRow(3, { amount: '999999999999', currency: 'JPY' }),
    createSendableRow(4, { amount: '5', currency: 'USD' }),
  ];
  const { publish, storage } = await openBatch(t, rows, [
    {},
    {
      outcome: 'charged_without_token',
      errorCode: 'charged_no_token',
      isCharged: true,
      transactionId: 'txn-2',
    },
    {},
    { outcome: 'declined', errorCode: 'declined_hard' },
  ]);
  await publish();
  assert.deepEqual((await readManifest(storage)).charged, { EUR: '0.30', JPY: '999999999999' });
  assert.deepEqual(
    (await readCsv(storage, 'charges.csv')).map(({ row, amount }) => [row, amount]),
    [
      ['1', '0.10'],
      ['2', '0.20'],
      ['3', '999999999999'],
    ],
  );
  assert.deepEqual(
    (await readCsv(storage, 'unresolved.csv')).map(({ row, transaction_id }) => [row, transaction_id]),
    [['2', 'txn-2']],
  );
});

test('amounts of possibly charged rows are summed by currency, whether sent once or twice, and no other rows count', async (t) => {
  const rows = [
    createSendableRow(1, { amount: '0.10', currency: 'EUR' }),
    createSendableRow(2, { amount: '0.25', currency: 'EUR' }),
    createSendableRow(3, { amount: '700', currency: 'JPY' }),
    createSendableRow(4, { amount: '5', currency: 'USD' }),
    createSendableRow(5, { amount: '9', currency: 'USD' }),
  ];
  const { publish, storage } = await openBatch(t, rows, [
    { outcome: 'unknown', errorCode: 'unknown_timeout', sends: 1 },
    { outcome: 'unknown', errorCode: 'unknown_process_stopped', sends: 2 },
    { outcome: 'unknown', errorCode: 'unknown_timeout', sends: 1 },
    { outcome: 'declined', errorCode: 'declined_hard' },
    {},
  ]);
  await publish();
  const { charged, possibly_charged: possiblyCharged } = await readManifest(storage);
  assert.deepEqual(possiblyCharged, { EUR: '0.35', JPY: '700' });
  assert.deepEqual(charged, { USD: '9' });
});

test('the manifest’s SHA-256 digests match the files, and only the owner can read them', async (t) => {
  const { publish, storage } = await openBatch(t, someRows(700));
  const umask = process.umask(0);
  await publish().finally(() => process.umask(umask));
  const { sha256 } = await readManifest(storage);
  assert.deepEqual(Object.keys(sha256).sort(), ['charges.csv', 'results.csv', 'unresolved.csv']);
  for (const name of files) {
    const path = storage.files.locate(resultKey(batchId, name));
    assert.equal((await stat(path)).mode & 0o777, 0o600, name);
    if (name !== 'manifest.json') {
      assert.equal(
        sha256[name],
        createHash('sha256')
          .update(await readFile(storage, name))
          .digest('hex'),
        name,
      );
    }
  }
});

test('a cancelled batch says so in its manifest', async (t) => {
  const { publish, storage } = await openBatch(t, someRows(1), [
    { outcome: 'not_sent', errorCode: 'batch_cancelled' },
  ]);
  await publish({ isCancelled: true });
  assert.equal((await readManifest(storage)).status, 'cancelled');
});

test('publishing again with nothing new leaves the results byte-identical', async (t) => {
  const { publish, storage } = await openBatch(t, someRows(501));
  await publish();
  const first = await Promise.all(files.map((name) => readFile(storage, name)));
  await publish();
  assert.deepEqual(await Promise.all(files.map((name) => readFile(storage, name))), first);
});

/* How the shards' outcomes can differ from the rows of the input. */
const breaks: Readonly<Record<string, (lines: readonly OutcomeLine[]) => readonly OutcomeLine[]>> = {
  'has lost its first row': (lines) => lines.slice(1),
  'has lost its last row': (lines) => lines.slice(0, -1),
  'has lost a row in the middle': (lines) => lines.toSpliced(250, 1),
  'has a row twice': (lines) => lines.toSpliced(250, 0, ...lines.slice(250, 251)),
  'has a row twice in the place of another': (lines) => lines.with(250, lines[249] as OutcomeLine),
  'has two rows in each other’s place': (lines) =>
    lines.with(10, lines[11] as OutcomeLine).with(11, lines[10] as OutcomeLine),
  'has a row that the file has not': (lines) => [...lines, { ...(lines.at(-1) as OutcomeLine), row: 502 }],
  'is empty': () => [],
};

for (const [what, break_] of Object.entries(breaks)) {
  for (const shard of [1, 2]) {
    test(`a shard ${shard} that ${what} publishes nothing, and earlier results stay`, async (t) => {
      const { publish, storage, writeShard, shardLines } = await openBatch(t, someRows(1_000));
      await publish();
      const before = await Promise.all(files.map((name) => readFile(storage, name)));
      await writeShard(shard, break_(shardLines(shard)));
      await assert.rejects(publish(), { name: ConservationError.name, message: /nothing is published$/ });
      assert.deepEqual(await Promise.all(files.map((name) => readFile(storage, name))), before);
    });
  }
}

test('a batch with an unconsolidated shard publishes nothing', async (t) => {
  const { publish, storage, staging } = await openBatch(t, someRows(1));
  await assert.rejects(publish({ staging: { ...staging, rows: 501, shards: 2 } }), {
    name: ConservationError.name,
    message: 'Rows 501 to 501 have no outcomes yet; nothing is published',
  });
  for (const name of files) assert.equal(await storage.files.read(resultKey(batchId, name)), undefined);
});

test('fewer outcomes than staged rows publish nothing', async (t) => {
  const { publish, staging } = await openBatch(t, someRows(2));
  await assert.rejects(publish({ staging: { ...staging, rows: 3 } }), {
    name: ConservationError.name,
    message: 'The outcomes add up to 2 rows, but the file has 3; nothing is published',
  });
});

test('a result that arrived after consolidation replaces the unknown in the results', async (t) => {
  const { publish, storage } = await openBatch(t, someRows(2), [
    { outcome: 'unknown', errorCode: 'unknown_process_stopped' },
  ]);
  const late = await createIntent(storage.intents, shardRef, createIntentHead(1));
  assert.deepEqual(await publish(), { tokenized: 1, unknown: 1 });
  await late?.writeResult({ kind: 'final', answer: { ...longestAnswer, storedPaymentMethodId: 'pm-late' } });
  assert.deepEqual(await publish(), { tokenized: 2 });
  assert.equal((await readCsv(storage, 'results.csv'))[0]?.stored_payment_method_id, 'pm-late');
  assert.equal(await storage.intents.count(shardRef), 1, 'the intent stays, for later passes to see');
});

const awkwardReferences = [
  '=1+1',
  '+81',
  '-5',
  '@cmd',
  '"quoted"',
  'a,b',
  "'quote",
  ' blank ',
  '日本語',
  '=HYPERLINK("x")',
  'a;b',
];

test('the results contain every reference verbatim; files for spreadsheets escape formulas', async (t) => {
  const rows = awkwardReferences.map((merchantRef, index) => createSendableRow(index + 1, { merchantRef }));
  const changes = rows.map(
    (): Change => ({ outcome: 'unknown', errorCode: 'unknown_timeout', isCharged: true }),
  );
  const { publish, storage } = await openBatch(t, rows, changes);
  await publish();
  assert.deepEqual(
    (await readCsv(storage, 'results.csv')).map(({ merchant_ref }) => merchant_ref),
    awkwardReferences,
  );
  const escaped = awkwardReferences.map((text) => (/^[=+\-@]/.test(text) ? `'${text}` : text));
  for (const name of ['unresolved.csv', 'charges.csv'] as const) {
    assert.deepEqual(
      (await readCsv(storage, name)).map(({ merchant_ref }) => merchant_ref),
      escaped,
    );
  }
});

const codes = Object.keys(rowErrorCodes) as RowErrorCode[];
const anyRow = fc.record({
  merchantRef: fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((text) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)),
  amount: fc.constantFrom('1', '10.50', '0.01', '1000'),
  currency: fc.constantFrom('JPY', 'EUR'),
  errorCode: fc.option(fc.constantFrom(...codes), { nil: undefined, freq: 2 }),
  isCharged: fc.boolean(),
});

test('any outcomes add up to the rows, and every row appears in the results once, in order, verbatim', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 40 }), async (some) => {
      const rows = some.map(({ merchantRef, amount, currency }, index) =>
        createSendableRow(index + 1, { merchantRef, amount, currency }),
      );
      const changes = some.map(
        ({ errorCode, isCharged }): Change =>
          errorCode === undefined ? {} : { outcome: rowErrorCodes[errorCode].outcome, errorCode, isCharged },
      );
      const { publish, storage } = await openBatch(t, rows, changes);
      const counts = await publish();
      assert.equal(
        Object.values(counts).reduce((sum, count) => sum + count, 0),
        rows.length,
      );
      const results = await readCsv(storage, 'results.csv');
      assert.deepEqual(
        results.map(({ row, merchant_ref, amount, currency, outcome, error_code }) => ({
          row,
          merchant_ref,
          amount,
          currency,
          outcome,
          error_code,
        })),
        some.map(({ merchantRef, amount, currency, errorCode }, index) => ({
          row: String(index + 1),
          merchant_ref: merchantRef,
          amount,
          currency,
          outcome: errorCode === undefined ? 'tokenized' : rowErrorCodes[errorCode].outcome,
          error_code: errorCode ?? '',
        })),
      );
      const { outcomes, error_codes: errorCodes } = await readManifest(storage);
      for (const outcome of rowOutcomes) {
        assert.equal(outcomes[outcome], results.filter((line) => line.outcome === outcome).length);
      }
      assert.equal(
        Object.values(errorCodes).reduce((sum, count) => sum + count, 0),
        results.filter((line) => line.error_code !== '').length,
      );
      assert.ok(results.every((line) => (line.outcome === 'tokenized') === (line.error_code === '')));
    }),
    { numRuns: 25 },
  );
});
