/*
 * BullMQ as its guide recommends: bulk jobs with their own ids, attempts with exponential backoff,
 * the queue's limiter, `rateLimit` at a 429, no card number in a job, return values as results. A
 * second start adds nothing, and takes over the killed worker's jobs when they have stalled (30 s).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Job, Queue, UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { appendResults, type Result, type Row, readRows } from '../files.ts';
import { GatewayError, isFinal, tokenize } from '../gateway.ts';
import { redisPort, settings } from '../settings.ts';

// Required by the guide for a worker's connection.
const connection = new Redis({ host: '127.0.0.1', port: redisPort(), maxRetriesPerRequest: null });
const rows = new Map((await readRows()).map((row) => [row.merchant_ref, row]));
const queue = new Queue('cards', {
  connection,
  defaultJobOptions: { attempts: 10, backoff: { type: 'exponential', delay: 1_000 } },
});
await queue.addBulk([...rows.keys()].map((ref) => ({ name: 'tokenize', data: {}, opts: { jobId: ref } })));

const rowOf = (job: Job): Row => {
  const row = rows.get(job.id ?? '');
  if (row === undefined) throw new UnrecoverableError('The file has no such row');
  return row;
};

const worker: Worker = new Worker(
  'cards',
  async (job): Promise<Result> => {
    try {
      return await tokenize(rowOf(job));
    } catch (error) {
      if (isFinal(error)) throw new UnrecoverableError((error as Error).message);
      if (error instanceof GatewayError && error.status === 429) {
        await worker.rateLimit(error.retryAfterMs ?? 1_000);
        throw Worker.RateLimitError();
      }
      throw error;
    }
  },
  {
    connection,
    concurrency: settings.concurrency,
    ...(settings.ratePerS === 0 ? {} : { limiter: { max: settings.ratePerS, duration: 1_000 } }),
  },
);
worker.on('error', (error) => process.stderr.write(`${error.message}\n`));

while ((await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized')) > 0) await delay(500);

const failed: Result = { outcome: 'failed', token: '' };
const jobs = await queue.getJobs(['completed', 'failed']);
await appendResults(jobs.map((job) => [rowOf(job), (job.returnvalue as Result | null) ?? failed]));
await worker.close();
await queue.close();
connection.disconnect();
