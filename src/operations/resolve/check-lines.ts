/*
 * Checks a resolution as a whole before anything changes. It reports every error with its line and
 * quotes no cell.
 */
import { shardOf } from '../../domain/shard-plan.ts';
import type { ResolutionCells } from '../../input/resolution-file.ts';
import { type BatchPasses, readMergedShard } from '../../results/merged-shard.ts';
import type { OutcomeLine } from '../../results/outcome-line.ts';
import { resolutionKinds, type SendResolution } from '../../storage/resolutions.ts';
import { findIdErrors, reasonToRefuse } from './settling-rules.ts';

export interface LineError {
  /** The line in the file, from 1. */
  readonly line: number;
  readonly text: string;
}

/** What the lines of a resolution contain. */
export interface CheckedLines {
  readonly errors: readonly LineError[];
  /** The resolutions that are new. */
  readonly resolutions: readonly SendResolution[];
  /** Lines without a resolution. */
  readonly openLines: number;
  /** Lines that repeat a recorded resolution. */
  readonly knownLines: number;
}

/** Checks the lines against the current state of the batch. */
export async function checkLines(
  lines: readonly ResolutionCells[],
  past: BatchPasses,
): Promise<CheckedLines> {
  const errors: LineError[] = [];
  const resolutions: SendResolution[] = [];
  let openLines = 0;
  let knownLines = 0;
  const publication = await readRows(past, lines);
  const rowsSeen = new Map<number, number>();
  const idsSeen = new Map<string, number>();
  for (const cells of lines) {
    const { line } = cells;
    const wrong = (text: string): void => {
      errors.push({ line, text });
    };
    if (cells.resolution === '') {
      openLines += 1;
      continue;
    }
    const word = resolutionKinds.find((known) => known === cells.resolution.toLowerCase());
    if (word === undefined) {
      wrong(`resolution must be one of ${resolutionKinds.join(', ')}`);
      continue;
    }
    const row = /^[1-9]\d{0,8}$/.test(cells.row) ? Number(cells.row) : undefined;
    const present = row === undefined ? undefined : publication.get(row);
    if (row === undefined || present === undefined) {
      wrong('the batch has no such row');
      continue;
    }
    const first = rowsSeen.get(row);
    if (first !== undefined) {
      wrong(`the row is already in line ${first}`);
      continue;
    }
    rowsSeen.set(row, line);
    if (present.merchantRef !== cells.merchant_ref) wrong('merchant_ref does not match the row');
    if (cells.merchant_txn_ref === '') {
      // Two sends without a reference would be taken for one.
      wrong('merchant_txn_ref is empty, so the line names no request: use the newest unresolved.csv');
    } else if (present.merchantTxnRef !== cells.merchant_txn_ref) {
      wrong('merchant_txn_ref does not match the row: use the newest unresolved.csv');
    }
    const resolution: SendResolution = {
      row,
      merchantTxnRef: cells.merchant_txn_ref,
      resolution: word,
      ...(cells.stored_payment_method_id === ''
        ? {}
        : { storedPaymentMethodId: cells.stored_payment_method_id }),
      ...(cells.transaction_id === '' ? {} : { transactionId: cells.transaction_id }),
    };
    if (isKnown(past, resolution)) {
      knownLines += 1;
      continue;
    }
    const refused = reasonToRefuse(present, resolution);
    if (refused !== undefined) wrong(refused);
    for (const text of findIdErrors(resolution)) wrong(text);
    for (const id of [resolution.storedPaymentMethodId, resolution.transactionId]) {
      if (id === undefined) continue;
      const earlier = idsSeen.get(id);
      if (earlier !== undefined) wrong(`an id is already in line ${earlier}: each payment has its own`);
      idsSeen.set(id, line);
    }
    resolutions.push(resolution);
  }
  for (const error of await takenIds(past, resolutions, rowsSeen)) errors.push(error);
  return { errors: errors.sort((a, b) => a.line - b.line), resolutions, openLines, knownLines };
}

function isKnown({ resolutions }: BatchPasses, { merchantTxnRef, ...rest }: SendResolution): boolean {
  const known = resolutions.get(merchantTxnRef);
  return (
    known !== undefined &&
    known.row === rest.row &&
    known.resolution === rest.resolution &&
    known.storedPaymentMethodId === rest.storedPaymentMethodId &&
    // The gateway may have given a charge without a token its transaction id.
    (known.transactionId === rest.transactionId || rest.resolution === 'charged_without_token')
  );
}

/** The current state of the rows that the lines name. */
async function readRows(
  past: BatchPasses,
  lines: readonly ResolutionCells[],
): Promise<Map<number, OutcomeLine>> {
  const rows = lines.map(({ row }) => Number(row)).filter((row) => row >= 1 && row <= past.rows);
  const found = new Map<number, OutcomeLine>();
  for (const shard of new Set(rows.filter(Number.isInteger).map(shardOf))) {
    for (const { line } of await readMergedShard(past, shard)) found.set(line.row, line);
  }
  return found;
}

/** Ids in the file that another row of the batch already has. */
async function takenIds(
  past: BatchPasses,
  resolutions: readonly SendResolution[],
  lineOfRow: ReadonlyMap<number, number>,
): Promise<LineError[]> {
  const wanted = new Map<string, number>();
  for (const { row, storedPaymentMethodId, transactionId } of resolutions) {
    for (const id of [storedPaymentMethodId, transactionId]) if (id !== undefined) wanted.set(id, row);
  }
  const errors: LineError[] = [];
  if (wanted.size === 0) return errors;
  for (let shard = 1; shard <= shardOf(past.rows); shard += 1) {
    for (const { line, charges } of await readMergedShard(past, shard)) {
      const ids = new Set(
        [line, ...charges].flatMap(({ storedPaymentMethodId, transactionId }) => [
          storedPaymentMethodId,
          transactionId,
        ]),
      );
      for (const id of ids) {
        const row = id === undefined ? undefined : wanted.get(id);
        if (row === undefined || row === line.row) continue;
        errors.push({
          line: lineOfRow.get(row) ?? 0,
          text: `an id belongs to row ${line.row}: each payment has its own`,
        });
      }
    }
  }
  return errors;
}
