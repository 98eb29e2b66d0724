import { existsSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { settings } from './settings.ts';

export type Row = Readonly<
  Record<
    | 'merchant_ref'
    | 'card_number'
    | 'expiry_month'
    | 'expiry_year'
    | 'cardholder_name'
    | 'amount'
    | 'currency',
    string
  >
>;

/** A row's line in the file of results. */
export interface Result {
  readonly outcome: 'tokenized' | 'declined' | 'failed';
  readonly token: string;
}

export async function readRows(): Promise<Row[]> {
  return parse(await readFile(settings.inputFile), { columns: true }) as Row[];
}

/** The references that already have a result. */
export async function readDone(): Promise<Set<string>> {
  if (!existsSync(settings.resultFile)) return new Set();
  const lines = parse(await readFile(settings.resultFile), { relax_column_count: true }) as string[][];
  return new Set(lines.filter((line) => line.length === 3).map(([ref = '']) => ref));
}

export async function appendResults(results: readonly (readonly [Row, Result])[]): Promise<void> {
  const lines = results.map(([row, { outcome, token }]) => [row.merchant_ref, outcome, token]);
  await appendFile(settings.resultFile, stringify(lines));
}
