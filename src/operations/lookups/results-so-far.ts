/* What is known so far about a batch that has not ended. */
import type { AppContext } from '../../app/app-context.ts';
import { writePartialResults } from '../../results/partial-results.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { partialResultsKey } from '../../storage/layout.ts';
import { createStagedReader } from './staged-reader.ts';

type PartialCounts = Awaited<ReturnType<typeof writePartialResults>>;

export interface ResultsSoFar {
  /** ISO 8601. */
  readonly asOf: string;
  readonly counts: PartialCounts;
  /** The path or address of results.partial.csv, for people. */
  readonly path: string;
}

/**
 * Writes results.partial.csv. `onRows` gets the number of rows read so far. Throws OperationRefused
 * if nothing is staged.
 */
export async function writeResultsSoFar(
  context: AppContext,
  record: BatchRecord,
  onRows: (rows: number) => void = () => undefined,
): Promise<ResultsSoFar> {
  const { batchId, file } = record;
  const storage = await context.storage();
  const asOf = new Date().toISOString();
  const counts = await writePartialResults({
    storage,
    batchId,
    rows: file.rows,
    passed: record.mapping?.passed ?? [],
    readStaged: createStagedReader(context, record),
    onShard: onRows,
  });
  return { asOf, counts, path: storage.files.locate(partialResultsKey(batchId)) };
}
