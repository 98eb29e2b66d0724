import type { TestContext } from 'node:test';
import type { CliContext } from '../../src/cli/cli-context.ts';
import type { RowAnswer } from '../../src/contract/row-answer.ts';
import type { StagedRow } from '../../src/domain/staged-row.ts';
import { merchantTxnRefOf } from '../../src/domain/txn-ref.ts';
import type { BatchRecord } from '../../src/storage/batch-record.ts';
import type { IntentResult, Storage } from '../../src/storage/storage.ts';
import { createKeepingTerminal, createTestContext } from './app-context.ts';
import { createSendableRow, stageRows } from './batches.ts';
import { createIntent, createIntentHead } from './intents.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

/**
 * A batch in its own storage, as its workers leave it, and a context whose terminal keeps what it
 * is given.
 */
export interface KeptBatch {
  readonly context: CliContext;
  readonly terminal: ReturnType<typeof createKeepingTerminal>;
  readonly storage: Storage;
  readonly record: BatchRecord;
  readonly rows: readonly StagedRow[];
  /** Creates an intent of a row in the first pass, and writes its result if given. */
  intent(row: number, number: number, end?: IntentResult): Promise<void>;
}

/** A row that failed our checks. */
export function createRejectedRow(row: number): StagedRow {
  return {
    kind: 'rejected',
    row,
    line: row + 1,
    merchantRef: `ref-${row}`,
    errorCodes: ['card_expired', 'amount_missing'],
    maskedCard: '411111******1111',
    amount: '',
    currency: 'JPY',
    scheme: 'visa',
  };
}

/** An intent result with an answer; it has a token unless changed. */
export function answeredEnd(row: number, intent: number, changes: Partial<RowAnswer> = {}): IntentResult {
  return {
    kind: 'final',
    answer: {
      outcome: 'tokenized',
      storedPaymentMethodId: `pm-${row}`,
      transactionId: `txn-${row}`,
      merchantTxnRef: merchantTxnRefOf('abcdefghijkl', 1, row, intent),
      httpStatus: 201,
      isCharged: true,
      completedAt: '2026-01-01T00:00:00.000Z',
      ...changes,
    },
  };
}

export const notProcessedEnd: IntentResult = { kind: 'not_processed', cause: 'HTTP 429' };

/** Stages a batch: sendable rows unless others are given. */
export async function keepBatch(
  t: Pick<TestContext, 'after'>,
  rows: number | readonly StagedRow[],
  changes: Partial<BatchRecord> = {},
): Promise<KeptBatch> {
  const staged =
    typeof rows === 'number'
      ? Array.from({ length: rows }, (_, index) => createSendableRow(index + 1))
      : rows;
  const folder = await createTemporaryFolder(t);
  const terminal = createKeepingTerminal();
  const bare = createTestContext(folder, 'http://127.0.0.1:1');
  const storage = await bare.storage();
  const { record, operatorKey } = await stageRows(storage, staged, changes);
  return {
    context: { ...bare, terminal, operatorKey: () => Promise.resolve(operatorKey) },
    terminal,
    storage,
    record,
    rows: staged,
    async intent(row, number, end) {
      const ref = { batchId: record.batchId, pass: 1, shard: Math.ceil(row / 500) };
      const own = await createIntent(storage.intents, ref, createIntentHead(row, number));
      if (own === undefined) throw new Error('The intent is there already');
      if (end !== undefined) await own.writeResult(end);
    },
  };
}
