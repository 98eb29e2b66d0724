/*
 * Compares a batch's results with the simulator's ledger, which a merchant could only learn from
 * the bank.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { type RowOutcome, rowOutcomes } from '../../src/contract/outcome.ts';
import type { Charge } from '../../src/simulator/ledger.ts';
import type { SimulatorProcess } from './simulator-process.ts';

/** A line of results.csv, cells by column. */
export type ResultLine = Readonly<Record<string, string>> & { readonly outcome: RowOutcome };

export interface Manifest {
  readonly status: string;
  readonly outcomes: Readonly<Record<RowOutcome, number>>;
  readonly charged: Readonly<Record<string, string>>;
  readonly input: { readonly rows: number };
}

export interface ComparisonInput {
  readonly simulator: Pick<SimulatorProcess, 'ledger' | 'stats'>;
  /** The folder of the result files. */
  readonly folder: string;
  /** The references of the input in file order; an empty one matches any. */
  readonly merchantRefs: readonly string[];
}

export interface Comparison {
  readonly results: readonly ResultLine[];
  readonly manifest: Manifest;
  readonly counts: Readonly<Partial<Record<RowOutcome, number>>>;
  /** Row numbers, in order. */
  readonly unknownRows: readonly number[];
  readonly charges: readonly Charge[];
}

/** Reads one of the result files. */
export async function readResultFile(
  folder: string,
  name: 'results.csv' | 'unresolved.csv' | 'charges.csv',
): Promise<ResultLine[]> {
  return parse(await readFile(join(folder, name)), { columns: true }) as ResultLine[];
}

/**
 * Asserts the promises that hold after any fault: one line per input row in order, correct sums, no
 * card charged twice, each answered token in the results or its row unknown, and no charge that the
 * results deny.
 */
export async function compareWithLedger(input: ComparisonInput): Promise<Comparison> {
  const { simulator, folder, merchantRefs } = input;
  const results = await readResultFile(folder, 'results.csv');
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const { charges } = await simulator.ledger();

  assertInputOrder(results, merchantRefs);
  const counts = countOutcomes(results);
  assertSums(results, manifest, counts);
  assertNothingTwice(charges);
  const stats = await simulator.stats();
  assert.equal(stats.repeatedTxnRefs, 0, 'no merchant_txn_ref is sent twice');
  assertCharges(results, charges);
  await assertChargeFile(folder, results, manifest);
  const unknownRows = results.filter(({ outcome }) => outcome === 'unknown').map(({ row }) => Number(row));
  return { results, manifest, counts, unknownRows, charges };
}

function assertInputOrder(results: readonly ResultLine[], merchantRefs: readonly string[]): void {
  assert.deepEqual(
    results.map(({ row }) => Number(row)),
    merchantRefs.map((_, index) => index + 1),
    'the results have each input row once, in input order',
  );
  for (const [index, { merchant_ref }] of results.entries()) {
    const wanted = merchantRefs[index];
    if (wanted !== '') assert.equal(merchant_ref, wanted, `the reference of row ${index + 1}`);
  }
}

function countOutcomes(results: readonly ResultLine[]): Partial<Record<RowOutcome, number>> {
  const counts: Partial<Record<RowOutcome, number>> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

function assertSums(
  results: readonly ResultLine[],
  manifest: Manifest,
  counts: Partial<Record<RowOutcome, number>>,
): void {
  assert.equal(manifest.input.rows, results.length);
  for (const outcome of rowOutcomes) {
    assert.equal(manifest.outcomes[outcome], counts[outcome] ?? 0, `the manifest's count of ${outcome}`);
  }
  const sum = Object.values(manifest.outcomes).reduce((total, count) => total + count, 0);
  assert.equal(sum, results.length, 'the outcomes add up to the rows');
}

function assertNothingTwice(charges: readonly Charge[]): void {
  assert.equal(
    new Set(charges.map(({ cardFingerprint }) => cardFingerprint)).size,
    charges.length,
    'no card is charged twice',
  );
  const rows = charges.map(rowOfCharge);
  assert.equal(new Set(rows).size, rows.length, 'no row is charged twice');
}

function rowOfCharge({ merchantTxnRef }: Charge): number {
  const [, row] = /-r(\d+)-n\d+$/.exec(merchantTxnRef ?? '') ?? [];
  assert.ok(row !== undefined, 'a charge belongs to a row');
  return Number(row);
}

function assertCharges(results: readonly ResultLine[], charges: readonly Charge[]): void {
  const byRow = new Map(charges.map((charge) => [rowOfCharge(charge), charge]));
  for (const [index, line] of results.entries()) {
    const charge = byRow.get(index + 1);
    const where = `row ${index + 1}, ${line.outcome}`;
    switch (line.outcome) {
      case 'tokenized':
        assert.ok(charge !== undefined, `${where}: was charged`);
        assert.equal(
          line.stored_payment_method_id,
          charge.storedPaymentMethodId,
          `${where}: has its own token`,
        );
        assert.equal(line.transaction_id, charge.transactionId, where);
        assert.equal(line.merchant_txn_ref, charge.merchantTxnRef, where);
        assert.equal(line.amount, charge.amount, where);
        break;
      case 'charged_without_token':
        assert.ok(charge !== undefined, `${where}: was charged`);
        assert.equal(charge.storedPaymentMethodId, null, where);
        assert.equal(line.transaction_id, charge.transactionId, where);
        break;
      case 'unknown':
        if (charge !== undefined) assert.equal(line.merchant_txn_ref, charge.merchantTxnRef, where);
        break;
      default:
        assert.equal(charge, undefined, `${where}: was not charged`);
    }
  }
}

async function assertChargeFile(
  folder: string,
  results: readonly ResultLine[],
  { charged }: Manifest,
): Promise<void> {
  const isCharge = ({ outcome }: ResultLine): boolean =>
    outcome === 'tokenized' || outcome === 'charged_without_token';
  const wanted = results.filter(isCharge);
  const lines = await readResultFile(folder, 'charges.csv');
  assert.deepEqual(
    lines.map(({ row }) => row),
    wanted.map(({ row }) => row),
    'charges.csv has the rows that are known to be charged',
  );
  const totals = new Map<string, number>();
  for (const { currency = '', amount } of wanted) {
    totals.set(currency, (totals.get(currency) ?? 0) + Math.round(Number(amount) * 100));
  }
  const reported = Object.entries(charged).map(([currency, total]) => [
    currency,
    Math.round(Number(total) * 100),
  ]);
  assert.deepEqual(new Map(reported as [string, number][]), totals, 'the totals by currency');
  const unresolved = await readResultFile(folder, 'unresolved.csv');
  assert.deepEqual(
    unresolved.map(({ row }) => row),
    results
      .filter(({ outcome }) => outcome === 'unknown' || outcome === 'charged_without_token')
      .map(({ row }) => row),
    'unresolved.csv has the rows that a person must look into',
  );
}
