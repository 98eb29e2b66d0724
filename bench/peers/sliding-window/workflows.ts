/*
 * The sliding window of Temporal's samples: each partition is a workflow that keeps a window of
 * child workflows running, one per row. A child signals the partition when it is done. After each
 * page the partition continues as new.
 */
import {
  condition,
  continueAsNew,
  defineSignal,
  executeChild,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { activities } from './main.ts';

const { countRows, listRows, tokenizeRow } = proxyActivities<typeof activities>({
  startToCloseTimeout: '10 s',
});
const rowDoneSignal = defineSignal<[row: number]>('rowDone');

interface PartitionInput {
  readonly from: number;
  readonly to: number;
  readonly windowSize: number;
  readonly pageSize: number;
  /** Rows whose children were started by an earlier run and are not done. */
  readonly running: readonly number[];
}

export async function migrateInWindows(input: {
  partitions: number;
  windowSize: number;
  pageSize: number;
}): Promise<void> {
  const rows = await countRows();
  const edge = (total: number, partition: number): number =>
    Math.floor((total * partition) / input.partitions);
  const partitions = Array.from(
    { length: input.partitions },
    (_, index): PartitionInput => ({
      from: edge(rows, index),
      to: edge(rows, index + 1),
      windowSize: edge(input.windowSize, index + 1) - edge(input.windowSize, index),
      pageSize: input.pageSize,
      running: [],
    }),
  );
  const { workflowId } = workflowInfo();
  await Promise.all(
    partitions.map((partition, index) =>
      executeChild(migratePartition, { workflowId: `${workflowId}/${index}`, args: [partition] }),
    ),
  );
}

export async function migratePartition(input: PartitionInput): Promise<void> {
  const running = new Set(input.running);
  setHandler(rowDoneSignal, (row) => void running.delete(row));
  const to = Math.min(input.to, input.from + input.pageSize);
  for (const row of await listRows(input.from, to)) {
    await condition(() => running.size < input.windowSize);
    running.add(row);
    await startChild(migrateRow, {
      workflowId: `${workflowInfo().workflowId}/${row}`,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      args: [row],
    });
  }
  if (to < input.to) {
    await continueAsNew<typeof migratePartition>({ ...input, from: to, running: [...running] });
  }
  await condition(() => running.size === 0);
}

export async function migrateRow(row: number): Promise<void> {
  await tokenizeRow(row);
  const { parent } = workflowInfo();
  if (parent !== undefined) await getExternalWorkflowHandle(parent.workflowId).signal(rowDoneSignal, row);
}
