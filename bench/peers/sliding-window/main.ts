import { fileURLToPath } from 'node:url';
import { appendResults, readRows } from '../files.ts';
import { settings } from '../settings.ts';
import { tokenizeAsActivity } from '../temporal-activities.ts';
import { runBatch } from '../temporal-worker.ts';

const rows = await readRows();

export const activities = {
  countRows: async (): Promise<number> => rows.length,
  listRows: async (from: number, to: number): Promise<number[]> => [...rows.keys()].slice(from, to),
  async tokenizeRow(index: number): Promise<void> {
    const row = rows[index];
    if (row === undefined) throw new RangeError(`The file has no row ${index}`);
    await appendResults([[row, await tokenizeAsActivity(row)]]);
  },
};

await runBatch({
  workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
  activities,
  workflowType: 'migrateInWindows',
  input: { partitions: 3, windowSize: settings.concurrency, pageSize: 200 },
});
