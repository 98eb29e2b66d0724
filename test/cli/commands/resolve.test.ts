import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { resolveRows } from '../../../src/cli/commands/resolve.ts';
import { definedOf } from '../../../src/domain/defined.ts';
import { type RowErrorCode, rowErrorCodes } from '../../../src/domain/error-codes.ts';
import { OperationRefused } from '../../../src/operations/errors.ts';
import { readManifest, readShownManifest } from '../../../src/results/manifest.ts';
import { type OutcomeLine, unansweredLine } from '../../../src/results/outcome-line.ts';
import { publishBatch } from '../../../src/results/publish-batch.ts';
import { readAudit } from '../../../src/storage/audit-log.ts';
import { readDecisions } from '../../../src/storage/decisions.ts';
import { formerResultKey, resultKey } from '../../../src/storage/layout.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { createTestContext } from '../../support/app-context.ts';
import { batchId, createSendableRow, stageRows } from '../../support/batches.ts';
import { createPassPlan } from '../../support/decisions.ts';
import { shardRef } from '../../support/intents.ts';
import { writeOutcomeLines } from '../../support/outcome-lines.ts';
import { createTemporaryFolder } from '../../support/temporary-folder.ts';

type Cells = Record<string, string>;

/**
 * A published batch: row 1 tokenized, row 2 charged without a token, the others unknown. One
 * reference looks like a formula.
 */
async function openBatch(t: TestContext, rowCount = 5, unknownRef?: string) {
  const folder = await createTemporaryFolder(t);
  const context = createTestContext(folder, 'http://127.0.0.1:1');
  const storage = await context.storage();
  const rows = Array.from({ length: rowCount }, (_, index) =>
    createSendableRow(index + 1, index === 3 ? { merchantRef: '=ref 4' } : {}),
  );
  const { record, staging } = await stageRows(storage, rows);
  const codes: (RowErrorCode | undefined)[] = [undefined, 'charged_no_token'];
  const lines = rows.map((row, index): OutcomeLine => {
    const errorCode = index < codes.length ? codes[index] : 'unknown_timeout';
    const isCharged = index < codes.length;
    return {
      ...unansweredLine(
        row,
        { sends: 1, sentAt: '2026-01-01T00:00:00.000Z' },
        {
          outcome: errorCode === undefined ? 'tokenized' : rowErrorCodes[errorCode].outcome,
          ...definedOf({ errorCode }),
          merchantTxnRef: (isCharged ? undefined : unknownRef) ?? `abcdefghijkl-p1-r${row.row}-n1`,
        },
      ),
      ...(isCharged ? { isCharged, transactionId: `txn-${row.row}` } : {}),
      ...(errorCode === undefined ? { storedPaymentMethodId: 'pm-1' } : {}),
    };
  });
  await writeOutcomeLines(storage, shardRef, lines);
  await publishBatch({
    storage,
    record,
    staging,
    pass: 1,
    isCancelled: false,
    versions: {},
    publishedAt: '2026-01-02T00:00:00.000Z',
  });
  const path = join(folder, 'resolved.csv');
  const write = async (
    change: (cells: Cells) => Cells,
    options: Parameters<typeof stringify>[1] = {},
  ): Promise<void> => {
    const unresolved = parse(await readFile(storage.files.locate(resultKey(batchId, 'unresolved.csv'))), {
      columns: true,
    }) as Cells[];
    await writeFile(path, stringify(unresolved.map(change), { header: true, ...options }));
  };
  return {
    storage,
    write,
    path,
    resolve: () => resolveRows(context, batchId, path, { yes: true }),
  };
}

const resolutions: Readonly<Record<string, Cells>> = {
  '3': { resolution: 'tokenized', transaction_id: 'txn-found', stored_payment_method_id: 'pm-found' },
  '4': { resolution: 'not_charged' },
  '5': { resolution: 'charged_without_token', transaction_id: 'txn-5' },
};
const settle = (cells: Cells): Cells => ({ ...cells, ...resolutions[cells.row ?? ''] });

async function readResults(storage: Storage): Promise<Cells[]> {
  const content = await storage.files.read(resultKey(batchId, 'results.csv'));
  return parse(content ?? '', { columns: true }) as Cells[];
}

async function readErrors(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => assert.fail('Nothing was refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OperationRefused, String(error));
  return error.message;
}

test('resolutions are applied: results, charges and manifest are new, the previous ones are kept, the audit log says who', async (t) => {
  const { storage, write, resolve } = await openBatch(t);
  await write(settle);
  assert.equal(await resolve(), 0);
  const results = await readResults(storage);
  assert.deepEqual(
    results.map(({ outcome, error_code, stored_payment_method_id }) => [
      outcome,
      error_code,
      stored_payment_method_id,
    ]),
    [
      ['tokenized', '', 'pm-1'],
      ['charged_without_token', 'charged_no_token', ''],
      ['tokenized', '', 'pm-found'],
      ['failed', 'resolved_not_charged', ''],
      ['charged_without_token', 'charged_no_token', ''],
    ],
  );
  assert.match(results[2]?.next_step ?? '', /Settled by hand by /);
  const manifest = await readManifest(storage, batchId);
  assert.deepEqual(
    [manifest?.version, manifest?.resolutions, manifest?.charged, manifest?.outcomes.unknown],
    [2, 1, { JPY: '400' }, 0],
  );
  const former = String(await storage.files.read(formerResultKey(batchId, 1, 'results.csv')));
  assert.equal(former.match(/unknown_timeout/g)?.length, 3);
  const { lines } = await readAudit(storage, batchId);
  const line = lines.find(({ act }) => act === 'resolve');
  assert.equal(line?.details?.rows, 3);

  assert.equal(await resolve(), 0, 'the same file again');
  assert.equal((await readDecisions(storage, batchId)).resolutions.length, 1);
  assert.equal((await readManifest(storage, batchId))?.version, 2);
});

test('a file that a spreadsheet has saved is understood: semicolons, a byte order mark, CR LF, guards removed', async (t) => {
  const { storage, write, resolve, path } = await openBatch(t);
  await write((cells) => ({ ...settle(cells), merchant_ref: (cells.merchant_ref ?? '').replace(/^'/, '') }), {
    delimiter: ';',
    record_delimiter: 'windows',
    bom: true,
  });
  await writeFile(path, `${await readFile(path, 'utf8')};;;;;;;;;;;;;;;\r\n`);
  assert.equal(await resolve(), 0);
  assert.equal((await readManifest(storage, batchId))?.outcomes.unknown, 0);
});

test('a token that the gateway reported for a charge without one makes the row tokenized', async (t) => {
  const { storage, write, resolve } = await openBatch(t);
  await write((cells) =>
    cells.row === '2'
      ? { ...cells, resolution: 'tokenized', stored_payment_method_id: 'pm-reported' }
      : { ...cells, resolution: '' },
  );
  await resolve();
  const [, row] = await readResults(storage);
  assert.deepEqual([row?.outcome, row?.stored_payment_method_id], ['tokenized', 'pm-reported']);
  assert.deepEqual((await readManifest(storage, batchId))?.charged, { JPY: '200' }, 'charged once still');
});

const wrong: readonly (readonly [what: string, row: string, cells: Cells, message: RegExp])[] = [
  ['an unknown word', '3', { resolution: 'refunded' }, /resolution must be one of/],
  [
    'a token without its id',
    '3',
    { resolution: 'tokenized', transaction_id: 't' },
    /needs the stored_payment/,
  ],
  ['a charge without its id', '3', { resolution: 'charged_without_token' }, /needs the transaction_id/],
  [
    'ids for no charge',
    '3',
    { resolution: 'not_charged', transaction_id: 't' },
    /an id means that there was a payment/,
  ],
  [
    'another reference',
    '3',
    { resolution: 'not_charged', merchant_ref: 'ref-9' },
    /merchant_ref does not match/,
  ],
  [
    'another send',
    '3',
    { resolution: 'not_charged', merchant_txn_ref: 'x' },
    /use the newest unresolved\.csv/,
  ],
  [
    'a line that names no send',
    '3',
    { resolution: 'not_charged', merchant_txn_ref: '' },
    /merchant_txn_ref is empty, so the line names no request: use the newest unresolved\.csv/,
  ],
  ['a row that is not there', '3', { resolution: 'not_charged', row: '77' }, /the batch has no such row/],
  [
    'the same row twice',
    '4',
    { resolution: 'not_charged', row: '3' },
    /is already in line|merchant_ref does not/,
  ],
  ['a row that was charged', '2', { resolution: 'not_charged', transaction_id: '' }, /cannot be not_charged/],
  [
    'a card number as id',
    '3',
    { resolution: 'tokenized', transaction_id: 't', stored_payment_method_id: '4111111111111111' },
    /looks like a card number/,
  ],
  [
    'a damaged id',
    '3',
    { resolution: 'tokenized', transaction_id: '4.11E+15', stored_payment_method_id: 'pm' },
    /damaged by a spreadsheet/,
  ],
  [
    'an id without a letter or a digit',
    '3',
    { resolution: 'tokenized', transaction_id: 't', stored_payment_method_id: '-' },
    /has no letter and no digit/,
  ],
  [
    'another payment than the gateway reported',
    '2',
    { resolution: 'tokenized', transaction_id: 'txn-other', stored_payment_method_id: 'pm-reported' },
    /transaction_id differs from the gateway's/,
  ],
  [
    'the token of another row',
    '3',
    { resolution: 'tokenized', transaction_id: 't', stored_payment_method_id: 'pm-1' },
    /an id belongs to row 1/,
  ],
];
for (const [what, row, cells, message] of wrong) {
  test(`${what} refuses the whole file with its line, quotes no cell, and changes nothing`, async (t) => {
    const { storage, write, resolve } = await openBatch(t);
    await write((each) => (each.row === row ? { ...each, ...cells } : settle(each)));
    const text = await readErrors(resolve());
    assert.match(text, message);
    assert.match(text, new RegExp(`line ${Number(row)}:`));
    assert.doesNotMatch(text, /4111111111111111|ref-9|4\.11E/);
    assert.deepEqual((await readDecisions(storage, batchId)).resolutions, []);
    assert.equal((await readManifest(storage, batchId))?.version, 1);
  });
}

test('every error of a file is reported, not only the first', async (t) => {
  const { write, resolve } = await openBatch(t);
  await write((cells) => ({ ...cells, resolution: 'maybe' }));
  assert.match(await readErrors(resolve()), /has 4 errors/);
});

test('a resolved row cannot be resolved otherwise', async (t) => {
  const { write, resolve, path } = await openBatch(t);
  await write(settle);
  const first = await readFile(path, 'utf8');
  await resolve();
  await writeFile(path, first.replace('tokenized,txn-found,pm-found', 'not_charged,,'));
  assert.match(await readErrors(resolve()), /line 3: the row is tokenized and needs no resolution/);
});

test('a corrected file changes a row resolved as not_charged by mistake, as long as it was not sent again', async (t) => {
  const { storage, write, resolve, path } = await openBatch(t);
  await write(settle);
  const first = await readFile(path, 'utf8');
  await resolve();
  await writeFile(path, first.replace('not_charged,,', 'tokenized,txn-4,pm-4'));
  await resolve();
  const row = (await readResults(storage))[3];
  assert.deepEqual([row?.outcome, row?.stored_payment_method_id], ['tokenized', 'pm-4']);
  const { outcomes } = (await readManifest(storage, batchId)) ?? {};
  assert.deepEqual([outcomes?.tokenized, outcomes?.charged_without_token, outcomes?.failed], [3, 2, 0]);
});

test('while a later pass is open, nothing is resolved', async (t) => {
  const { storage, write, resolve } = await openBatch(t);
  await write(settle);
  await createPassPlan(storage, batchId, {
    pass: 2,
    createdAt: '2026-01-05T00:00:00.000Z',
    createdBy: 'mia@desk',
    includesSoftDeclines: false,
    rows: 1,
    amounts: {},
    runs: [[3, 3]],
  });
  assert.match(await readErrors(resolve()), /Pass 2 of the batch is open/);
});

test('a resolve that died before it published is completed by the same command', async (t) => {
  const { storage, write, resolve } = await openBatch(t);
  await write(settle);
  const { replace } = storage.files;
  storage.files.replace = async (key, content) => {
    if (key.endsWith('manifest.json') && !key.includes('former')) throw new Error('killed');
    await replace(key, content);
  };
  await assert.rejects(resolve(), /killed/);
  assert.equal((await readShownManifest(storage, batchId))?.version, 1);
  storage.files.replace = replace;
  assert.equal(await resolve(), 0);
  const manifest = await readManifest(storage, batchId);
  assert.deepEqual([manifest?.version, manifest?.outcomes.unknown], [2, 0]);
  const former = String(await storage.files.read(formerResultKey(batchId, 1, 'results.csv')));
  assert.equal(
    former.match(/unknown_timeout/g)?.length,
    3,
    'the former results are the ones before all this',
  );
});

test('two rows whose sends have no merchant_txn_ref are not resolved: one resolution would count for both', async (t) => {
  const { storage, write, resolve } = await openBatch(t, 4, '');
  await write((cells) => ({ ...cells, ...(cells.row === '2' ? {} : resolutions[cells.row ?? '']) }));
  const text = await readErrors(resolve());
  assert.match(text, /line 3: merchant_txn_ref is empty/);
  assert.match(text, /line 4: merchant_txn_ref is empty/);
  assert.deepEqual(
    (await readResults(storage)).map(({ outcome }) => outcome),
    ['tokenized', 'charged_without_token', 'unknown', 'unknown'],
  );
});
