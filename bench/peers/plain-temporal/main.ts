import { fileURLToPath } from 'node:url';
import type { Result } from '../files.ts';
import { appendResults, type Row, readRows } from '../files.ts';
import { tokenizeAsActivity } from '../temporal-activities.ts';
import { runBatch } from '../temporal-worker.ts';

const rows = await readRows();
const rowAt = (index: number): Row => {
  const row = rows[index];
  if (row === undefined) throw new RangeError(`The file has no row ${index}`);
  return row;
};

export const activities = {
  tokenizeRow: (index: number): Promise<Result> => tokenizeAsActivity(rowAt(index)),
  saveResults: (from: number, results: Result[]): Promise<void> =>
    appendResults(results.map((result, index) => [rowAt(from + index), result])),
};

await runBatch({
  workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
  activities,
  workflowType: 'migrateBatch',
  input: { rows: rows.length, pageSize: 500 },
});
