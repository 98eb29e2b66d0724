import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { definedOf } from '../../src/domain/defined.ts';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import type { FaultName } from '../../src/simulator/faults.ts';
import { generateSampleRows, sampleColumns } from '../../src/simulator/sample-rows.ts';

/** A merchant's file, and what a test knows about its rows. */
export interface SampleFile {
  readonly path: string;
  /** In file order. */
  readonly rows: readonly SampleRow[];
}

export interface SampleRow {
  readonly merchantRef: string;
  readonly cardNumber: string;
  /** The fault for every request with this card. */
  readonly fault?: FaultName;
}

const cardColumn = sampleColumns.indexOf('card_number');
/** Cards of a sample expire in this year or later. */
const expiryYear = new Date().getUTCFullYear() + 3;
/** Cards of each written file begin here, so that two files of one test share none. */
let nextCardIndex = 0;

/**
 * Writes a file with this many rows; `faultAt` returns the fault of a row (from 1), or undefined.
 */
export async function writeSampleFile(
  folder: string,
  rowCount: number,
  faultAt: (row: number) => FaultName | undefined = () => undefined,
): Promise<SampleFile> {
  const firstIndex = nextCardIndex;
  nextCardIndex += rowCount;
  const rows: SampleRow[] = [];
  const lines: string[][] = [[...sampleColumns]];
  for (const cells of generateSampleRows({ rows: rowCount, seed: firstIndex, expiryYear })) {
    const row = rows.length + 1;
    const fault = faultAt(row);
    const cardNumber = generatedCardNumber(firstIndex + row, fault);
    lines.push(cells.with(cardColumn, cardNumber));
    rows.push({
      merchantRef: cells[0] ?? '',
      cardNumber,
      ...definedOf({ fault }),
    });
  }
  const path = join(folder, `sample-${firstIndex}.csv`);
  await writeFile(path, stringify(lines));
  return { path, rows };
}
