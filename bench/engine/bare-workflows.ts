/*
 * The minimal way to run one activity per row: the reference for Cardlift on the same machine, in
 * the same run.
 */
import { executeChild, proxyActivities } from '@temporalio/workflow';

const { answer } = proxyActivities<{ answer(input: { row: number }): Promise<{ outcome: string }> }>({
  taskQueue: 'bench-rows',
  startToCloseTimeout: '60s',
});

export async function bareShard(input: { rows: number; concurrency: number }): Promise<void> {
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < input.rows) {
      next += 1;
      await answer.executeWithOptions({ summary: `row ${next}` }, [{ row: next }]);
    }
  };
  await Promise.all(Array.from({ length: input.concurrency }, sender));
}

export async function bareBatch(input: { shards: number; rows: number; concurrency: number }): Promise<void> {
  for (let shard = 0; shard < input.shards; shard += 1) {
    await executeChild(bareShard, { args: [{ rows: input.rows, concurrency: input.concurrency }] });
  }
}
