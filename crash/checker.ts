/*
 * The independent checker. It compares a batch's results.csv and manifest.json with the gateway's
 * ledger, and uses none of the product's code. It returns findings instead of asserting, so that a
 * run can show which mutations it finds.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Charge } from '../src/simulator/ledger.ts';

export type ResultCells = Readonly<Record<string, string>>;

export interface CheckInput {
  /** The folder of the batch's result files. */
  readonly folder: string;
  /** The references of the merchant's file, in its order. */
  readonly merchantRefs: readonly string[];
  /** What the batch's merchant_txn_refs begin with. */
  readonly tag: string;
  readonly ledger: readonly Charge[];
  /** Why a row ended unknown; undefined if no fault explains it. Absent: not checked. */
  readonly explain?: (row: number, cells: ResultCells) => string | undefined;
}

export interface BatchFindings {
  readonly results: readonly ResultCells[];
  /** Row numbers. */
  readonly chargedTwice: readonly number[];
  /** Answered with a token, and neither tokenized with it nor unknown. */
  readonly tokensLost: readonly number[];
  /** Missing, twice, or out of order in the results. */
  readonly unaccounted: readonly number[];
  /** Tokenized without a charge for that token, or charged with an outcome that denies it. */
  readonly untrue: readonly number[];
  readonly unknown: readonly number[];
  readonly unexplained: readonly number[];
  /** How many unknown rows each explanation explains. */
  readonly explanations: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Sums and hashes of the manifest that do not match. */
  readonly broken: readonly string[];
  chargesOfRow(row: number): readonly Charge[];
}

const outcomesOfCharged = new Set(['tokenized', 'charged_without_token', 'unknown']);

/** Compares a published batch with the ledger. */
export async function checkBatch(input: CheckInput): Promise<BatchFindings> {
  const { folder, merchantRefs, tag, ledger, explain } = input;
  const results: ResultCells[] = parse(await readFile(join(folder, 'results.csv')), { columns: true });
  const charges = groupByRow(ledger.filter(({ merchantTxnRef }) => merchantTxnRef?.startsWith(`${tag}-`)));
  const rows = merchantRefs.map((_, index) => index + 1);
  const cellsOf = (row: number): ResultCells => results[row - 1] ?? {};
  const chargesOf = (row: number): readonly Charge[] => charges.get(row) ?? [];
  const isUnaccounted = (row: number): boolean =>
    Number(cellsOf(row).row) !== row || cellsOf(row).merchant_ref !== merchantRefs[row - 1];

  const unknown = rows.filter((row) => cellsOf(row).outcome === 'unknown');
  const explanations: Record<string, number> = {};
  const unexplained = unknown.filter((row) => {
    const reason = explain === undefined ? 'not asked' : explain(row, cellsOf(row));
    if (reason !== undefined) explanations[reason] = (explanations[reason] ?? 0) + 1;
    return reason === undefined;
  });
  return {
    results,
    chargedTwice: findChargedTwice(charges),
    tokensLost: rows.filter((row) => chargesOf(row).some((charge) => isLost(charge, cellsOf(row)))),
    unaccounted: [
      ...rows.filter(isUnaccounted),
      ...results.slice(rows.length).map((_, index) => rows.length + index + 1),
    ],
    untrue: rows.filter((row) => isUntrue(chargesOf(row), cellsOf(row))),
    unknown,
    unexplained,
    explanations,
    outcomes: countOutcomes(results),
    broken: await findBrokenSums(folder, results, merchantRefs.length),
    chargesOfRow: chargesOf,
  };
}

/** The findings that break a promise, as sentences; empty if there are none. */
export function complaintsOf(findings: BatchFindings): string[] {
  const { chargedTwice, tokensLost, unaccounted, untrue, unexplained, broken, results } = findings;
  const kinds: [string, readonly number[]][] = [
    ['charged twice', chargedTwice],
    ['tokens lost', tokensLost],
    ['unaccounted', unaccounted],
    ['said what is not true', untrue],
    ['unknown without a reason', unexplained],
  ];
  return [
    ...kinds
      .filter(([, rows]) => rows.length > 0)
      .map(([what, rows]) => `${rows.length} ${what}: rows ${rows.slice(0, 20).join(', ')}`),
    ...unexplained.slice(0, 20).map((row) => {
      const { error_code: code, completed_at: endedAt, merchant_txn_ref: ref } = results[row - 1] ?? {};
      return `row ${row}: ${code} at ${endedAt}, ${ref}`;
    }),
    ...broken,
  ];
}

function groupByRow(charges: readonly Charge[]): Map<number, Charge[]> {
  const byRow = new Map<number, Charge[]>();
  for (const charge of charges) {
    const row = Number(/-r(\d+)-n\d+$/.exec(charge.merchantTxnRef ?? '')?.[1]);
    byRow.set(row, [...(byRow.get(row) ?? []), charge]);
  }
  return byRow;
}

/** Counted by row and by card: a card that is charged under two rows is charged twice. */
function findChargedTwice(charges: ReadonlyMap<number, readonly Charge[]>): number[] {
  const rowsOfCard = new Map<string, number[]>();
  for (const [row, ofRow] of charges) {
    for (const { cardFingerprint } of ofRow) {
      rowsOfCard.set(cardFingerprint, [...(rowsOfCard.get(cardFingerprint) ?? []), row]);
    }
  }
  const twice = [...rowsOfCard.values()].filter((rows) => rows.length > 1).flat();
  const again = [...charges].filter(([, ofRow]) => ofRow.length > 1).map(([row]) => row);
  return [...new Set([...twice, ...again])].sort((a, b) => a - b);
}

function isLost({ answered, storedPaymentMethodId }: Charge, cells: ResultCells): boolean {
  if (!answered || storedPaymentMethodId === null || cells.outcome === 'unknown') return false;
  return cells.outcome !== 'tokenized' || cells.stored_payment_method_id !== storedPaymentMethodId;
}

function isUntrue(charges: readonly Charge[], cells: ResultCells): boolean {
  const { outcome = '', stored_payment_method_id: token, transaction_id: transactionId } = cells;
  if (charges.length > 0 && !outcomesOfCharged.has(outcome)) return true;
  if (outcome === 'charged_without_token') return charges.length === 0;
  return (
    outcome === 'tokenized' &&
    !charges.some(
      (charge) => charge.storedPaymentMethodId === token && charge.transactionId === transactionId,
    )
  );
}

function countOutcomes(results: readonly ResultCells[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome = '' } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

interface ManifestParts {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly input: { readonly rows: number };
}

async function findBrokenSums(
  folder: string,
  results: readonly ResultCells[],
  rows: number,
): Promise<string[]> {
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as ManifestParts;
  const reported = Object.entries(manifest.outcomes).filter(([, count]) => count > 0);
  const sum = reported.reduce((total, [, count]) => total + count, 0);
  const counts = countOutcomes(results);
  return [
    ...(sum === rows && manifest.input.rows === rows
      ? []
      : [`the manifest counts ${sum} rows of ${manifest.input.rows}, and the file has ${rows}`]),
    ...reported
      .filter(([outcome, count]) => counts[outcome] !== count)
      .map(([outcome, count]) => `the manifest counts ${count} ${outcome}, the results ${counts[outcome]}`),
  ];
}
