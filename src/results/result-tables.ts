/*
 * The three tables of a publication: which rows each contains, and how it is written and verified.
 */
import { createHash } from 'node:crypto';
import { resultKey } from '../storage/layout.ts';
import type { FileDraft, Storage } from '../storage/storage.ts';
import type { Manifest } from './manifest.ts';
import type { MergedRow } from './merge-row.ts';
import {
  chargeColumns,
  isUnresolved,
  resultColumns,
  toExactCsv,
  toSpreadsheetCsv,
  unresolvedColumns,
} from './result-files.ts';

/** The tables, with their columns and the rows they take from a shard. */
export const resultTables = [
  {
    name: 'results.csv',
    columns: resultColumns,
    hasPassedColumns: true,
    format: (rows: readonly MergedRow[], passed: readonly string[]) =>
      toExactCsv(
        rows.map(({ line }) => line),
        resultColumns,
        passed.length,
      ),
  },
  {
    name: 'unresolved.csv',
    columns: unresolvedColumns,
    hasPassedColumns: false,
    format: (rows: readonly MergedRow[]) =>
      toSpreadsheetCsv(
        rows
          .filter(({ line, isContradicted }) => isContradicted || isUnresolved(line))
          .map(({ line }) => line),
        unresolvedColumns,
      ),
  },
  {
    name: 'charges.csv',
    columns: chargeColumns,
    hasPassedColumns: false,
    format: (rows: readonly MergedRow[]) =>
      toSpreadsheetCsv(
        rows.flatMap(({ charges }) => charges),
        chargeColumns,
      ),
  },
] as const;

/** A table being written. It stays invisible until it is committed. */
export interface TableDraft {
  readonly name: string;
  readonly file: FileDraft;
  write(text: string): Promise<void>;
  /** SHA-256 of the written content, in hex. Call once. */
  digest(): string;
}

/** Begins a table with its header. */
export async function openTableDraft(
  storage: Storage,
  batchId: string,
  name: (typeof resultTables)[number]['name'],
  header: string,
): Promise<TableDraft> {
  const file = await storage.files.draft(resultKey(batchId, name));
  const hash = createHash('sha256');
  const write = async (text: string): Promise<void> => {
    hash.update(text);
    await file.write(text);
  };
  await write(header);
  return { name, file, write, digest: () => hash.digest('hex') };
}

/** True if the tables are those that the manifest names. False after an interrupted publication. */
export async function hasSameFiles(
  storage: Storage,
  { batch_id, sha256 }: Pick<Manifest, 'batch_id' | 'sha256'>,
): Promise<boolean> {
  for (const { name } of resultTables) {
    const content = await storage.files.read(resultKey(batch_id, name));
    const found = createHash('sha256')
      .update(content ?? '')
      .digest('hex');
    if (found !== sha256[name]) return false;
  }
  return true;
}
