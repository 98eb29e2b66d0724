import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';

export interface BarePlan {
  readonly shards: number;
  readonly shardRows: number;
  readonly concurrency: number;
  /** Replaces the gateway: a timer in the activity. */
  readonly latencyMs: number;
}

/** More than any concurrency, so that the concurrency alone decides. */
const maxActivities = 2_000;

/** Rows per second of a workflow that only runs one activity per row, in this process. */
export async function measureBare(client: Client, address: string, plan: BarePlan): Promise<number> {
  const workflowsPath = fileURLToPath(new URL('./bare-workflows.ts', import.meta.url));
  const workflowBundle = await bundleWorkflowCode({ workflowsPath });
  const connection = await NativeConnection.connect({ address });
  const answer = (): Promise<{ outcome: string }> =>
    new Promise((resolve) => setTimeout(() => resolve({ outcome: 'tokenized' }), plan.latencyMs));
  const workers = [
    await Worker.create({ connection, taskQueue: 'bench', workflowBundle }),
    await Worker.create({
      connection,
      taskQueue: 'bench-rows',
      activities: { answer },
      maxConcurrentActivityTaskExecutions: maxActivities,
    }),
  ];
  const running = workers.map((worker) => worker.run());
  const startedMs = performance.now();
  await client.workflow.execute('bareBatch', {
    taskQueue: 'bench',
    workflowId: `bare-${Date.now()}`,
    args: [{ shards: plan.shards, rows: plan.shardRows, concurrency: plan.concurrency }],
  });
  const perS = (plan.shards * plan.shardRows * 1000) / (performance.now() - startedMs);
  for (const worker of workers) worker.shutdown();
  await Promise.all(running);
  await connection.close();
  return perS;
}
