/* Compares what was published with the gateway's ledger. Uses none of the product's code. */
import { parse } from 'csv-parse/sync';
import type { Charge } from '../../src/simulator/ledger.ts';

export interface OracleInput {
  readonly charges: readonly Charge[];
  readonly resultsCsv: string | undefined;
  readonly manifestJson: string | undefined;
  readonly merchantRefs: readonly string[];
  /** Rows that were sent by a process that overlooked the seal: their outcomes may be anything. */
  readonly unseenSeals: ReadonlySet<number>;
  /** Tokens by row: they must be in the results. Absent: not checked. */
  readonly tokens?: ReadonlyMap<number, string>;
  /** The rows that a run knew to be tokenized, and that ended without a cancel. */
  readonly tokenizedRows?: ReadonlySet<number>;
}

type Cells = Readonly<Record<string, string>>;

/** What is not true; empty if everything is. */
export function complaintsAbout(input: OracleInput): string[] {
  const { charges, resultsCsv, manifestJson, merchantRefs, unseenSeals, tokens, tokenizedRows } = input;
  if (resultsCsv === undefined || manifestJson === undefined) return ['nothing is published'];
  const results: Cells[] = parse(resultsCsv, { columns: true });
  const chargesOf = (row: number): Charge[] =>
    charges.filter(({ merchantTxnRef }) => merchantTxnRef?.includes(`-r${row}-`));
  const complaints: string[] = [];
  if (results.length !== merchantRefs.length) complaints.push(`${results.length} result rows`);
  for (const [index, merchantRef] of merchantRefs.entries()) {
    const cells = results[index] ?? {};
    const row = index + 1;
    if (cells.row !== String(row) || cells.merchant_ref !== merchantRef)
      complaints.push(`row ${row} unaccounted`);
    if (unseenSeals.has(row)) continue;
    for (const complaint of complaintsAboutRow(cells, chargesOf(row)))
      complaints.push(`row ${row} ${complaint}`);
  }
  for (const [row, token] of tokens ?? []) {
    const { outcome, stored_payment_method_id: found } = results[row - 1] ?? {};
    if (found !== token && !unseenSeals.has(row))
      complaints.push(`row ${row} kept token lost, reported as ${outcome}`);
  }
  for (const row of tokenizedRows ?? []) {
    const outcome = results[row - 1]?.outcome;
    if (outcome !== 'tokenized') complaints.push(`row ${row} forgotten without a hold, now ${outcome}`);
  }
  const { outcomes } = JSON.parse(manifestJson) as { readonly outcomes: Readonly<Record<string, number>> };
  const sum = Object.values(outcomes).reduce((total, count) => total + count, 0);
  if (sum !== merchantRefs.length) complaints.push(`the manifest counts ${sum} rows`);
  for (const [outcome, count] of Object.entries(outcomes)) {
    const found = results.filter((cells) => cells.outcome === outcome).length;
    if (found !== count) complaints.push(`the manifest counts ${count} ${outcome}, the results ${found}`);
  }
  return complaints;
}

function complaintsAboutRow(
  { outcome, stored_payment_method_id: token }: Cells,
  charges: readonly Charge[],
): string[] {
  if (outcome === 'unknown') return [];
  const complaints: string[] = [];
  if (charges.length > 0 && outcome !== 'tokenized' && outcome !== 'charged_without_token')
    complaints.push(`charged, and reported as ${outcome}`);
  if (charges.length === 0 && (outcome === 'tokenized' || outcome === 'charged_without_token'))
    complaints.push(`not charged, and reported as ${outcome}`);
  for (const { answered, storedPaymentMethodId } of charges) {
    if (answered && storedPaymentMethodId !== null && token !== storedPaymentMethodId)
      complaints.push(`token lost, reported as ${outcome}`);
  }
  return complaints;
}

/** The cards that were charged more than once. */
export function chargedTwice(charges: readonly Charge[]): string[] {
  const counts = new Map<string, number>();
  for (const { cardFingerprint } of charges)
    counts.set(cardFingerprint, (counts.get(cardFingerprint) ?? 0) + 1);
  return charges.flatMap(({ cardFingerprint, merchantTxnRef }) =>
    (counts.get(cardFingerprint) ?? 0) > 1 ? [merchantTxnRef ?? ''] : [],
  );
}
