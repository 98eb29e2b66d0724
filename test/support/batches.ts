import { createHash } from 'node:crypto';
import { shardCountOf, shardSizeRows } from '../../src/domain/shard-plan.ts';
import type { SendableRow, StagedRow } from '../../src/domain/staged-row.ts';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import {
  type BatchRecord,
  createBatchRecord,
  unwrapDataKey,
  wrapNewDataKey,
} from '../../src/storage/batch-record.ts';
import { createKey } from '../../src/storage/encryption.ts';
import type { OperatorKey } from '../../src/storage/key-file.ts';
import { commitFingerprints, writeFingerprints } from '../../src/storage/row-fingerprints.ts';
import type { StagingSummary } from '../../src/storage/staged-shards.ts';
import { beginStaging } from '../../src/storage/staging-attempt.ts';
import type { Storage } from '../../src/storage/storage.ts';

export const batchId = 'cardlift/merchant/batch';
export const targetFingerprint = 'target-of-the-tests';

export function createOperatorKey(): OperatorKey {
  return { id: '7d9f0a52-7a5e-4c59-9d0f-0d7a4b4f3f10', key: createKey(), isNew: false };
}

/** A row that passes every check and is paid by the simulator. */
export function createSendableRow(row: number, changes: Partial<SendableRow> = {}): SendableRow {
  return {
    kind: 'sendable',
    row,
    line: row + 1,
    merchantRef: `ref-${row}`,
    cardNumber: generatedCardNumber(row),
    expiryMonth: '12',
    expiryYear: '2039',
    amount: '100',
    currency: 'JPY',
    billing: {},
    scheme: 'visa',
    ...changes,
  };
}

export function createRecord(
  operatorKey: OperatorKey,
  rows: number,
  changes: Partial<BatchRecord> = {},
): BatchRecord {
  return {
    version: 1,
    batchId,
    merchantId: 'merchant',
    createdAt: '2026-01-01T00:00:00.000Z',
    createdBy: 'a test',
    file: {
      path: '/nowhere/cards.csv',
      name: 'cards.csv',
      bytes: 1,
      sha256: createHash('sha256').digest('hex'),
      rows,
    },
    isLive: false,
    concurrency: 10,
    gatewayTimeoutMs: 2_000,
    baseUrl: 'http://127.0.0.1:1',
    targetFingerprint,
    tag: 'abcdefghijkl',
    dataKey: wrapNewDataKey(operatorKey, changes.batchId ?? batchId),
    ...changes,
  };
}

/** A batch whose rows are staged and whose shards are open, as the workers find it. */
export async function stageRows(
  storage: Storage,
  rows: readonly StagedRow[],
  changes: Partial<BatchRecord> = {},
): Promise<{ record: BatchRecord; operatorKey: OperatorKey; dataKey: Buffer; staging: StagingSummary }> {
  const operatorKey = createOperatorKey();
  const record = createRecord(operatorKey, rows.length, changes);
  await createBatchRecord(storage, record);
  const dataKey = unwrapDataKey(operatorKey, record);
  const shards = Array.from({ length: shardCountOf(rows.length) }, (_, at) =>
    rows.slice(at * shardSizeRows, (at + 1) * shardSizeRows),
  );
  for (const shard of shards.keys()) {
    await storage.intents.prepare({ batchId: record.batchId, pass: 1, shard: shard + 1 });
  }
  const staging = await stageShards(storage, record, dataKey, shards);
  return { record, operatorKey, dataKey, staging };
}

/** Stages these shards as the record's batch. */
export async function stageShards(
  storage: Storage,
  record: BatchRecord,
  dataKey: Uint8Array,
  shards: readonly (readonly StagedRow[])[],
): Promise<StagingSummary> {
  const attempt = beginStaging(storage, record, dataKey);
  for (const rows of shards) await attempt.writeShard(rows);
  const sendableRows = shards.flat().filter(({ kind }) => kind === 'sendable').length;
  return await attempt.commit({ rows: record.file.rows, sendableRows });
}

/** The fingerprints of a batch as staging leaves them. */
export async function keepFingerprints(
  storage: Storage,
  batchId: string,
  keyId: string,
  lines: AsyncIterable<string>,
): Promise<void> {
  const attempt = 'aaaaaaaaaaaaaaaa-aaaaaaaaaaaaaaaa';
  await writeFingerprints(storage, batchId, attempt, keyId, lines);
  await commitFingerprints(storage, batchId, attempt);
}
