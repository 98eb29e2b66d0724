/*
 * One activity per row with default retries, in child workflows of 500 rows that keep each history
 * short.
 */
import { executeChild, proxyActivities } from '@temporalio/workflow';
import type { Result } from '../files.ts';
import type { activities } from './main.ts';

const { tokenizeRow, saveResults } = proxyActivities<typeof activities>({ startToCloseTimeout: '10 s' });

export interface Page {
  readonly from: number;
  readonly to: number;
}

export async function migrateBatch({ rows, pageSize }: { rows: number; pageSize: number }): Promise<void> {
  const pages = Array.from({ length: Math.ceil(rows / pageSize) }, (_, index) => ({
    from: index * pageSize,
    to: Math.min(rows, (index + 1) * pageSize),
  }));
  await Promise.all(pages.map((page) => executeChild(migratePage, { args: [page] })));
}

export async function migratePage({ from, to }: Page): Promise<void> {
  const indexes = Array.from({ length: to - from }, (_, index) => from + index);
  const results: Result[] = await Promise.all(indexes.map((index) => tokenizeRow(index)));
  await saveResults(from, results);
}
