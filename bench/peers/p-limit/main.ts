/*
 * A script: p-limit for concurrency, p-throttle (recommended by its readme) for the rate, p-retry
 * for failures, and a result file that a second start reads to skip finished rows.
 */
import pLimit from 'p-limit';
import pRetry, { AbortError } from 'p-retry';
import pThrottle from 'p-throttle';
import { appendResults, type Result, type Row, readDone, readRows } from '../files.ts';
import { isFinal, tokenize } from '../gateway.ts';
import { settings } from '../settings.ts';

const limit = pLimit(settings.concurrency);
const tokenizeAtLimits =
  settings.ratePerS === 0
    ? tokenize
    : pThrottle({ limit: settings.ratePerS, interval: 1_000, strict: true })(tokenize);

async function attempt(row: Row): Promise<Result> {
  try {
    return await tokenizeAtLimits(row);
  } catch (error) {
    throw isFinal(error) ? new AbortError(error as Error) : error;
  }
}

async function migrate(row: Row): Promise<void> {
  const result = await pRetry(() => attempt(row)).catch((): Result => ({ outcome: 'failed', token: '' }));
  await appendResults([[row, result]]);
}

const done = await readDone();
const rows = await readRows();
await Promise.all(rows.filter((row) => !done.has(row.merchant_ref)).map((row) => limit(migrate, row)));
