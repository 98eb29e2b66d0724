import type { TestContext } from 'node:test';
import type { Workplace } from '../../src/cli/workplace.ts';
import type { RowAnswer } from '../../src/contract/row-answer.ts';
import type { StagedRow } from '../../src/domain/staged-row.ts';
import { merchantTxnRefOf } from '../../src/domain/txn-ref.ts';
import type { BatchRecord } from '../../src/storage/batch-record.ts';
import type { NoteEnd, Storage } from '../../src/storage/storage.ts';
import { createSendableRow, stageRows } from './batches.ts';
import { createNoteHead } from './notes.ts';
import { createTemporaryFolder } from './temporary-folder.ts';
import { createKeepingTerminal, createWorkplace } from './workplace.ts';

/** A batch in a storage of its own, as its workers leave it, and a workplace whose terminal keeps what it is given. */
export interface KeptBatch {
  readonly place: Workplace;
  readonly terminal: ReturnType<typeof createKeepingTerminal>;
  readonly storage: Storage;
  readonly record: BatchRecord;
  readonly rows: readonly StagedRow[];
  /** Makes a note of a row in the first pass, and writes its end if one is given. */
  note(row: number, number: number, end?: NoteEnd): Promise<void>;
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

/** An end with an answer; a token unless said otherwise. */
export function answeredEnd(row: number, note: number, changes: Partial<RowAnswer> = {}): NoteEnd {
  return {
    kind: 'ended',
    answer: {
      outcome: 'tokenized',
      storedPaymentMethodId: `pm-${row}`,
      transactionId: `txn-${row}`,
      merchantTxnRef: merchantTxnRefOf('abcdefghijkl', 1, row, note),
      httpStatus: 201,
      isCharged: true,
      completedAt: '2026-01-01T00:00:00.000Z',
      ...changes,
    },
  };
}

export const notProcessedEnd: NoteEnd = { kind: 'not_processed', cause: 'HTTP 429' };

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
  const bare = createWorkplace(folder, 'http://127.0.0.1:1');
  const storage = await bare.storage();
  const { record, operatorKey } = await stageRows(storage, staged, changes);
  return {
    place: { ...bare, terminal, operatorKey: () => Promise.resolve(operatorKey) },
    terminal,
    storage,
    record,
    rows: staged,
    async note(row, number, end) {
      const ref = { batchId: record.batchId, pass: 1, shard: Math.ceil(row / 500) };
      const own = await storage.notes.create(ref, createNoteHead(row, number));
      if (own === undefined) throw new Error('The note is there already');
      if (end !== undefined) await own.end(end);
    },
  };
}
